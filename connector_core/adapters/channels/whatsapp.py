"""WhatsApp Business Cloud API: one sending number (reference/messaging.md A)."""

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connector_core.adapters.channels.whatsapp_account import WhatsAppAccount
from connector_core.adapters.channels.whatsapp_check import number_probe, template_probes, version_probe
from connector_core.adapters.channels.whatsapp_errors import GraphError, graph_error
from connector_core.adapters.channels.whatsapp_messages import attempts
from connector_core.adapters.channels.whatsapp_webhook import MAX_BODY, parse_webhook, verify_signature
from connector_core.adapters.http_out import HttpAnswer, HttpOut, retry_after
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    InvalidInput,
    RateLimited,
    Rejected,
    SignatureInvalid,
)
from connector_core.domain.message import InboundMessage, MessageStatus
from connector_core.ports.channel import Accepted, MessageAsk
from connector_core.sdk.check import Probe

__all__ = ["WhatsAppAccount", "WhatsAppChannel"]

_CALL_SECONDS = 12.0
_FALLBACK_SECONDS = 3.0
"""A fallback starts only this early, so that a send takes 15 seconds at most in all."""

_ALL_FAILURES = range(400, 600)
_PAGES = 20


class WhatsAppChannel:
    """`send` has no idempotency at WhatsApp: after `OutcomeUnknown` wait for a status with the attempt id (A4)."""

    reports = True

    def __init__(self, account: WhatsAppAccount) -> None:
        self.name = account.name
        self._account = account
        self._http = HttpOut(f"WhatsApp sender {account.name}", total_seconds=_CALL_SECONDS)

    async def send(self, ask: MessageAsk) -> Accepted:
        """Takes at most 15 seconds. Raises every error of `connector_core.domain.errors` that a table row names."""
        clock = asyncio.get_running_loop().time
        started = clock()
        failure: ConnectorError = Rejected("WhatsApp has no form for this message.", code="no_form")
        for attempt in attempts(self._account, ask):
            answer = await self._call("POST", f"{self._account.phone_number_id}/messages", attempt.body)
            error = _failure(answer)
            if error is None:
                return _accepted(answer)
            failure = _as_error(error, answer)
            if error.code != attempt.next_on or clock() - started > _FALLBACK_SECONDS:
                break
        raise failure

    def read_webhook(
        self, headers: Mapping[str, str], body: bytes
    ) -> tuple[Sequence[MessageStatus], Sequence[InboundMessage]]:
        """Raises `SignatureInvalid` before a byte is parsed, `InvalidInput` for more than 3 MB or no webhook."""
        if len(body) > MAX_BODY:
            raise InvalidInput("A WhatsApp webhook is larger than 3 MB.", field="body", status=413)
        verify_signature(self._account.app_secrets, headers, body)
        return parse_webhook(body)

    def handshake(self, query: Mapping[str, str]) -> str:
        given = query.get("hub.verify_token", "").encode("utf-8", "replace")
        ours = self._account.verify_token.get_secret_value().encode()
        if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(given, ours):
            raise SignatureInvalid(
                "Somebody asked to verify our WhatsApp webhook with a wrong verify token.",
                cure="Enter the verify token of the settings in the Meta app, WhatsApp, Configuration.",
            )
        return query.get("hub.challenge", "")[:256]

    async def check(self) -> Sequence[Probe]:
        """Changes nothing. When the token is refused the other questions are not asked."""
        probes = [version_probe(self._account.graph_version, datetime.now(UTC).date())]
        try:
            fields = "display_phone_number,verified_name,quality_rating"
            number = await self._read(f"{self._account.phone_number_id}?fields={fields}")
        except AuthenticationError as error:
            return [*probes, _failed("token", error)]
        except ConnectorError as error:
            probes.append(_failed("phone number", error))
        else:
            probes += [Probe("token", ok=True), number_probe(number)]
        try:
            probes += template_probes(self._account, await self._templates())
        except ConnectorError as error:
            probes.append(_failed("templates", error))
        return probes

    async def close(self) -> None:
        await self._http.close()

    async def _templates(self) -> list[dict[str, Any]]:
        path = f"{self._account.waba_id}/message_templates?fields=name,language,status,category,components&limit=100"
        found: list[dict[str, Any]] = []
        after = ""
        for _ in range(_PAGES):
            page = await self._read(path + after)
            found += [item for item in page.get("data") or [] if isinstance(item, dict)]
            paging = page.get("paging")
            cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
            if not isinstance(cursors, dict) or not cursors.get("after"):
                break
            after = f"&after={cursors['after']}"
        return found

    async def _read(self, path: str) -> dict[str, Any]:
        answer = await self._call("GET", path)
        error = _failure(answer)
        if error is not None:
            raise _as_error(error, answer)
        document = answer.json()
        if not isinstance(document, dict):
            raise answer.unusable("answered with something that is no Graph object")
        return document

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> HttpAnswer:
        return await self._http.call(
            method,
            self._account.graph(path),
            headers={"Authorization": f"Bearer {self._account.access_token.get_secret_value()}"},
            json=body,
            effect=method == "POST",
            read_statuses=_ALL_FAILURES,
        )


def _failure(answer: HttpAnswer) -> GraphError | None:
    """The Graph error of an answer, whatever its HTTP status; None for success.

    Raises what the bare HTTP status means when the answer does not come from Graph, such as a proxy's page.
    """
    try:
        document = answer.json()
    except ConnectorError:
        document = None
    error = graph_error(document)
    if error is None and answer.status >= 400:
        raise _bare(answer)
    return error


def _bare(answer: HttpAnswer) -> ConnectorError:
    if answer.status >= 500:
        return answer.unusable(f"failed with HTTP {answer.status}")
    detail = answer.unusable("").detail
    if answer.status == 429:
        return RateLimited(f"{answer.peer} asks us to slow down.", after=retry_after(answer.headers), detail=detail)
    if answer.status in (401, 403):
        cure = "Check the access token in the secret file."
        return AuthenticationError(f"{answer.peer} refuses our token.", cure=cure, detail=detail)
    return ConfigurationError(
        f"{answer.peer}: no Graph API answers at this address (HTTP {answer.status}).",
        cure="Check graph_url and graph_version, and what stands between this host and Meta.",
        detail=detail,
    )


def _as_error(error: GraphError, answer: HttpAnswer) -> ConnectorError:
    return error.as_error(retry_after(answer.headers))


def _accepted(answer: HttpAnswer) -> Accepted:
    """`detail` is empty, or says that Meta holds the message back (`message_status`)."""
    document = answer.json()
    messages = document.get("messages") if isinstance(document, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    provider_id = first.get("id") if isinstance(first, dict) else None
    if not isinstance(provider_id, str) or not provider_id:
        raise answer.unusable("took the message, but did not name it")
    status = first.get("message_status", "accepted") if isinstance(first, dict) else "accepted"
    return Accepted(provider_id, "" if status == "accepted" else f"WhatsApp: {status}")


def _failed(name: str, error: ConnectorError) -> Probe:
    return Probe(name, ok=False, detail=f"{error.sentence} {error.detail}".strip(), cure=error.cure)
