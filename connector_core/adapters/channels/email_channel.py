"""E-mail over SMTP: for buyers whom no messenger reaches."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

from connector_core.adapters.channels.email_account import EmailAccount
from connector_core.adapters.channels.email_text import written
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    InvalidInput,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    Unreachable,
)
from connector_core.domain.message import InboundMessage, MessageStatus
from connector_core.ports.channel import Accepted, MessageAsk
from connector_core.sdk.check import Probe

_AGAIN = "It is tried again by itself. If it lasts, see the log of the mail server."
_STEP_SECONDS = 10.0
"""For each answer of the server: a send asks six times."""


class EmailChannel:
    """A mail that the server took is not repeated; what becomes of it afterwards nobody reports."""

    reports = False

    def __init__(self, account: EmailAccount) -> None:
        self.name = account.name
        self._account = account

    async def send(self, ask: MessageAsk) -> Accepted:
        """Raises `Unreachable` for a buyer without address or whose address is refused, `OutcomeUnknown` when the line
        broke after the mail had gone out.
        """
        if not ask.email or not ask.email.isascii():
            raise Unreachable(
                "The order has no e-mail address that mails can go to.",
                cure="Enter one in the order, or reach the buyer another way.",
            )
        mail = written(ask, self._account)
        await asyncio.to_thread(self._deliver, mail, ask.email)
        return Accepted(str(mail["Message-ID"]))

    def read_webhook(
        self, headers: Mapping[str, str], body: bytes
    ) -> tuple[Sequence[MessageStatus], Sequence[InboundMessage]]:
        raise InvalidInput("E-mail reports nothing.", status=404)

    def handshake(self, query: Mapping[str, str]) -> str:
        raise InvalidInput("E-mail reports nothing.", status=404)

    async def check(self) -> Sequence[Probe]:
        """Logs in and sends nothing."""
        try:
            await asyncio.to_thread(self._log_in)
        except ConnectorError as error:
            return [Probe("smtp", False, error.sentence, error.cure)]
        return [Probe("smtp", True, f"The server takes mails from {self._account.sender}.")]

    async def close(self) -> None:
        """Each mail has a connection of its own."""

    def _log_in(self) -> None:
        with self._connected() as server:
            server.noop()

    def _deliver(self, mail: EmailMessage, to: str) -> None:
        with self._connected() as server:
            _judged(server.mail(self._account.sender), self._refused_sender)
            _judged(server.rcpt(to), partial(_refused_buyer, to))
            try:
                answer: tuple[int, bytes | str] = server.data(mail.as_bytes(policy=SMTP))
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                raise OutcomeUnknown(
                    "The mail server did not confirm the mail.", cure="See its log.", detail=_words(error)
                ) from None
            except smtplib.SMTPDataError as error:
                answer = (error.smtp_code, error.smtp_error)
            _judged(answer, partial(_refused_mail, to))

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A server that is ready to take a mail. What it says later is judged where it says it."""
        try:
            server = self._opened()
        except smtplib.SMTPAuthenticationError as error:
            raise AuthenticationError(
                "The mail server refuses our login.",
                cure="Check username and password.",
                detail=_text(error.smtp_error),
            ) from None
        except smtplib.SMTPNotSupportedError as error:
            raise ConfigurationError(
                "The mail server does not offer what the settings ask for.",
                cure="Set security to what the server offers: starttls, tls or none.",
                detail=str(error),
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise ConfigurationError(
                f"The certificate of the mail server is not valid: {error.verify_message}.",
                cure="Check the host; for a certificate of the company's own set ca_file.",
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise RetryLater(
                "The mail server cannot be reached.", cure="Check host, port and security.", detail=_words(error)
            ) from None
        try:
            yield server
        except (smtplib.SMTPException, OSError) as error:
            raise RetryLater("The mail server hung up.", cure=_AGAIN, detail=_words(error)) from None
        finally:
            _quit(server)

    def _opened(self) -> smtplib.SMTP:
        account = self._account
        context = _context(account.ca_file)
        server: smtplib.SMTP
        if account.security == "tls":
            server = smtplib.SMTP_SSL(account.host, account.port, timeout=_STEP_SECONDS, context=context)
        else:
            server = smtplib.SMTP(account.host, account.port, timeout=_STEP_SECONDS)
        try:
            server.ehlo_or_helo_if_needed()
            if account.security == "starttls":
                server.starttls(context=context)
            if account.password is not None:
                server.login(account.username, account.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _refused_sender(self, said: str) -> ConnectorError:
        return ConfigurationError(
            f"The mail server takes no mails from {self._account.sender}: {said}",
            cure="Set sender to an address that this login may send from.",
        )


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError:
        raise ConfigurationError(
            f"The certificates in {ca_file} cannot be read.", cure="Correct ca_file, or make the file readable."
        ) from None


def _refused_buyer(to: str, said: str) -> ConnectorError:
    return Unreachable(
        "The mail server refuses the buyer's address.",
        cure="Correct the e-mail address in the order.",
        detail=said.replace(to, "the address"),
    )


def _refused_mail(to: str, said: str) -> ConnectorError:
    return Rejected(
        f"The mail server refuses the mail: {said.replace(to, 'the address')}",
        cure="Ask who runs the mail server; then try again.",
    )


def _judged(answer: tuple[int, bytes | str], refused: Callable[[str], ConnectorError]) -> None:
    """2xx and 3xx go on, 4xx is for later (greylisting, a full queue), 5xx for good."""
    code, said = answer
    if code < 400:
        return
    if code < 500:
        raise RetryLater(f"The mail server asks for patience ({code}).", cure=_AGAIN)
    raise refused(f"{code} {_text(said)}")


def _quit(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


def _text(said: bytes | str) -> str:
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else said)[:200]


def _words(error: Exception) -> str:
    """Without what a server may have said of a buyer."""
    return type(error).__name__
