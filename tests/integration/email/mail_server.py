"""A mail server on this machine, which refuses what a test asks it to refuse."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from connector_core.sandbox.world.daemon import free_port
from tests.services.certificates import make_certificate

LOGIN, PASSWORD = "paylink", "correct horse battery staple"


@dataclass
class MailServer:
    """Keeps what it takes in `mails`. `answers` come in the place of "250 OK", by the name of the command; a "cut" ends
    the connection when it is done.
    """

    port: int
    certificate: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_MAIL(self, server: SMTP, _s: Any, envelope: Envelope, address: str, _options: Any) -> str:
        return self._answer(server, "MAIL", lambda: setattr(envelope, "mail_from", address))

    async def handle_RCPT(self, server: SMTP, _s: Any, envelope: Envelope, address: str, _options: Any) -> str:
        return self._answer(server, "RCPT", lambda: envelope.rcpt_tos.append(address))

    async def handle_DATA(self, server: SMTP, _s: Any, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        return self._answer(server, "DATA", lambda: self.mails.append(message_from_bytes(content, policy=default)))

    def _answer(self, server: SMTP, command: str, take: Any) -> str:
        answer = self.answers.get(command, "250 OK")
        if answer in ("cut", "250 OK"):
            take()
        if answer == "cut":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer


def _log_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (LOGIN.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(folder: Path, *, login: bool = True, encrypted: bool = True) -> Iterator[MailServer]:
    server = MailServer(free_port())
    options: dict[str, Any] = {"auth_required": login, "authenticator": _log_in if login else None}
    if encrypted:
        certificate, key = make_certificate(folder)
        server.certificate = str(certificate)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        options |= {"tls_context": context, "require_starttls": True}
    else:
        options |= {"auth_require_tls": False}
    controller = Controller(server, hostname="127.0.0.1", port=server.port, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
