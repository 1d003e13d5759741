"""One call to Lyra's REST API: transport, envelope, and what its errors mean."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connector_core.adapters.http_out import HttpAnswer, HttpOut, masked
from connector_core.adapters.psp_lyra.account import LyraAccount
from connector_core.adapters.psp_lyra.codes import Verdict, meaning_of
from connector_core.adapters.psp_lyra.times import moment
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RetryLater,
)

_NEVER_BLINDLY = frozenset({"Transaction/CancelOrRefund"})
"""Calls after whose technical incident nothing may be repeated before a look: money could go back twice."""
_OF_A_PERSON = re.compile(r"(name=(?:customer|paymentReceiptEmail|merchantComment)[^,]*, value=)[^\]]*")
"""Where Lyra repeats what a field of the buyer held: the field's name is kept, its value is not (1.4)."""


class LyraClient:
    """Lyra answers business errors with HTTP 200, wrong credentials with 200 or 401: the envelope decides (1.1)."""

    def __init__(self, account: LyraAccount) -> None:
        self.account = account
        self.clock_skew = 0.0
        self._http = HttpOut(account.peer, total_seconds=account.total_seconds, limit=account.connections)
        pair = f"{account.shop_id}:{account.passwords[0].get_secret_value()}"
        self._headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode("ascii")}

    async def call(self, operation: str, payload: Mapping[str, Any], *, effect: bool) -> "LyraAnswer":
        """`operation` such as ``Charge/CreatePaymentOrder``. Raises the errors of `connector_core.domain.errors`."""
        url = f"{self.account.server}/api-payment/V4/{operation}"
        answer = await self._http.call(
            "POST", url, headers=self._headers, json=payload, effect=effect, read_statuses=(401,)
        )
        envelope = self._envelope(answer)
        content = envelope.get("answer")
        if not isinstance(content, dict):
            raise answer.unusable("answered without a usable answer")
        server_date = moment(envelope.get("serverDate"))
        if server_date is not None:
            self.clock_skew = (datetime.now(UTC) - server_date).total_seconds()
        match envelope.get("status"):
            case "SUCCESS" if answer.status == 200:
                self._check_mode(envelope.get("mode"))
                return LyraAnswer(content, answer, server_date)
            case "ERROR":
                raise self.refusal(operation, content, str(envelope.get("ticket") or ""))
        raise answer.unusable("answered with an unknown status")

    async def close(self) -> None:
        await self._http.close()

    def _envelope(self, answer: HttpAnswer) -> dict[str, Any]:
        try:
            envelope = answer.json() if answer.status in (200, 401) else None
        except ConnectorError:
            if answer.status != 401:
                raise
            envelope = None
        if isinstance(envelope, dict):
            return envelope
        if answer.status == 401:
            raise self.refusal("", {"errorCode": "INT_905"}, "")
        raise answer.unusable("answered with something that is no Lyra answer")

    def _check_mode(self, mode: object) -> None:
        """`mode` is a newer field of the envelope; where it is present it must be ours."""
        if mode in (None, "", self.account.mode):
            return
        raise ConfigurationError(
            f"{self.account.peer} is set to {self.account.mode}, but its password belongs to {masked(str(mode))}.",
            cure="Take the password of the right mode from the Back Office, or change the mode.",
        )

    def refusal(self, operation: str, answer: Mapping[str, Any], ticket: str) -> ConnectorError:
        """The error for an answer of type ``V4/WebService/WebServiceError``; `code` is kept where there is one."""
        code = str(answer.get("errorCode") or "")
        meaning = meaning_of(code)
        sentence = f"{self.account.peer} {meaning.plain[:-1]} ({masked(code)})."
        words = (answer.get("errorMessage"), answer.get("detailedErrorCode"), answer.get("detailedErrorMessage"))
        told = " / ".join(str(word) for word in (code, *words) if word)
        detail = masked(_OF_A_PERSON.sub(r"\1…", told)) + (f" (ticket {masked(ticket)})" if ticket else "")
        verdict = meaning.verdict
        if verdict is Verdict.INCIDENT and operation in _NEVER_BLINDLY:
            verdict = Verdict.LOOK_FIRST
        return _error(verdict, sentence, code, meaning.cure, detail)


class LyraAnswer:
    """The answer part of a successful call; `unusable` makes the error for content that is not what it must be."""

    def __init__(self, content: dict[str, Any], http: HttpAnswer, server_date: datetime | None = None) -> None:
        self.content = content
        self.server_date = server_date
        self._http = http

    def unusable(self, what: str) -> ConnectorError:
        return self._http.unusable(what)


def _error(verdict: Verdict, sentence: str, code: str, cure: str, detail: str) -> ConnectorError:
    match verdict:
        case Verdict.CREDENTIALS:
            return AuthenticationError(sentence, cure=cure, detail=detail)
        case Verdict.ACCOUNT:
            return ConfigurationError(sentence, cure=cure, detail=detail)
        case Verdict.INCIDENT:
            return RetryLater(sentence, cure=cure, detail=detail)
        case Verdict.BUSY:
            return RateLimited(sentence, cure=cure, detail=detail)
        case Verdict.LOOK_FIRST:
            return OutcomeUnknown(sentence, cure="The connector looks before it repeats anything.", detail=detail)
        case Verdict.NOT_FOUND:
            return NotFound(sentence, cure=cure, detail=detail)
        case Verdict.NO_ATTEMPT:
            return NoAttempt(sentence, cure=cure, detail=detail)
        case Verdict.CLOSED:
            return Rejected(sentence, code="closed", cure=cure, detail=detail)
        case Verdict.REFUSED:
            return Rejected(sentence, code=code, cure=cure, detail=detail)


class NoAttempt(NotFound):
    """Lyra knows no transaction: nobody has tried to pay yet (PSP_010)."""
