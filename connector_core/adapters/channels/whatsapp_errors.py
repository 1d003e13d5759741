"""What each error code of the Graph API means for the next step (reference/messaging.md A6).

Meta asks to decide by `code` and `error_data.details`, not by title, subcode or HTTP status.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, assert_never

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RateLimited,
    Rejected,
    RetryLater,
    Unreachable,
)
from connector_core.domain.masking import mask_text

OUTSIDE_WINDOW = 131047
TEMPLATE_MISSING = 132001
_DETAIL_LENGTH = 300


class _Then(Enum):
    AUTHENTICATE = auto()
    CONFIGURE = auto()
    SLOW_DOWN = auto()
    RETRY = auto()
    OTHER_CHANNEL = auto()
    PARK = auto()


@dataclass(frozen=True, slots=True)
class _Meaning:
    then: _Then
    sentence: str
    cure: str = ""
    after: timedelta | None = None


_MANAGER = "Look into WhatsApp Manager"
_TEMPLATES = f"{_MANAGER}, Message templates"


def _rows(codes: Iterable[int], then: _Then, sentence: str, cure: str = "", after: int = 0) -> dict[int, _Meaning]:
    pause = timedelta(seconds=after) if after else None
    return dict.fromkeys(codes, _Meaning(then, f"WhatsApp: {sentence}.", cure, pause))


_TABLE: dict[int, _Meaning] = {
    **_rows((0, 190), _Then.AUTHENTICATE, "the access token is invalid or has expired",
            "Make a new token of the system user in Meta Business Settings and put it into the secret file."),
    **_rows((3, 10, *range(200, 300), 131005), _Then.AUTHENTICATE, "the access token lacks a permission",
            "Give the system user whatsapp_business_messaging and whatsapp_business_management, then a new token."),
    **_rows((1, 131000, 135000), _Then.RETRY, "it failed for an unknown reason", after=60),
    **_rows((2, 131016, 133004), _Then.RETRY, "the service is down or overloaded", after=60),
    **_rows((131057,), _Then.RETRY, "the account is in maintenance for about a minute", after=90),
    **_rows((131052, 131053), _Then.RETRY, "a document could not be transferred", after=60),
    **_rows((4, 80007), _Then.SLOW_DOWN, "the call limit of the app or account is reached", after=300),
    **_rows((130429,), _Then.SLOW_DOWN, "the throughput of the sending number is reached", after=5),
    **_rows((131056,), _Then.SLOW_DOWN, "too many messages to the same buyer within seconds", after=6),
    **_rows((131048,), _Then.SLOW_DOWN, "the sending number is limited because buyers reported or blocked it",
            f"{_MANAGER} at the number's quality rating, and send less.", 4 * 3600),
    **_rows((33,), _Then.CONFIGURE, "the sending number does not exist or is not visible to the token",
            "Correct phone_number_id, or give the system user access to the WhatsApp account."),
    **_rows((368, 131031), _Then.CONFIGURE, "the account is blocked or locked", f"{_MANAGER}, Account quality."),
    **_rows((131037,), _Then.CONFIGURE, "the sending number has no approved display name",
            f"{_MANAGER}, Phone numbers, and have a display name approved."),
    **_rows((131042, 131044), _Then.CONFIGURE, "Meta has a problem with the account's payment method",
            "Correct the payment method in Meta Business Settings, Billing."),
    **_rows((131045, 133010, 133016), _Then.CONFIGURE, "the sending number is not registered",
            "Register the number for the Cloud API in WhatsApp Manager."),
    **_rows((131063, 131064), _Then.CONFIGURE, "the account may not send this category of messages at present",
            f"{_TEMPLATES}, and compare the category of each template."),
    **_rows((139200,), _Then.CONFIGURE, "direct sending is blocked", "Use approved templates."),
    **_rows((132000, 132012), _Then.CONFIGURE, "the template's variables differ from what is sent",
            f"{_TEMPLATES}: register it as in the documentation, or run paylink check."),
    **_rows((TEMPLATE_MISSING,), _Then.CONFIGURE, "the template is missing in this language or not approved",
            f"{_TEMPLATES}, and run paylink check."),
    **_rows((132007, 132015, 132016), _Then.CONFIGURE, "the template is rejected, paused or disabled",
            f"{_TEMPLATES}: improve it, or name another template in the settings."),
    **_rows((131021,), _Then.OTHER_CHANNEL, "the buyer's number is the sending number itself"),
    **_rows((131026,), _Then.OTHER_CHANNEL, "the message cannot be delivered to this number",
            "The number may not be on WhatsApp, or the buyer has blocked the shop: use another channel."),
    **_rows((131030,), _Then.OTHER_CHANNEL, "the number is not on the allow-list of the test sender",
            "Add it in the app's WhatsApp set-up, or use a real sending number."),
    **_rows((130497,), _Then.OTHER_CHANNEL, "this account may not write to the buyer's country"),
    **_rows((130472, 131049), _Then.OTHER_CHANNEL, "Meta withholds marketing messages from this buyer",
            f"{_TEMPLATES}: a payment message should have the category UTILITY."),
    **_rows((131050,), _Then.OTHER_CHANNEL, "the buyer has stopped marketing messages of this shop",
            f"{_TEMPLATES}: a payment message should have the category UTILITY."),
    **_rows((131062, 137000), _Then.OTHER_CHANNEL, "the buyer's identity is not accepted as recipient"),
    **_rows((OUTSIDE_WINDOW,), _Then.OTHER_CHANNEL, "the buyer has not written within 24 hours"),
    **_rows((100, 131008, 131009, 131051, 132005, 132008, 132018), _Then.PARK, "it does not accept the message",
            "Compare shop name, reference and template; the detail has Meta's own words."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GraphError:
    """A Graph error as it came. `details` are Meta's own words, masked and cut."""

    code: int
    details: str = ""
    transient: bool = False

    def as_error(self, retry_after: timedelta | None = None) -> ConnectorError:
        """The error for the runner; the peer's own pause wins over ours."""
        meaning = _meaning(self.code, self.transient)
        detail = f"code {self.code}: {self.details}"
        after = retry_after or meaning.after
        match meaning.then:
            case _Then.AUTHENTICATE:
                return AuthenticationError(meaning.sentence, cure=meaning.cure, detail=detail)
            case _Then.CONFIGURE:
                return ConfigurationError(meaning.sentence, cure=meaning.cure, detail=detail)
            case _Then.SLOW_DOWN:
                return RateLimited(meaning.sentence, after=after, cure=meaning.cure, detail=detail)
            case _Then.RETRY:
                return RetryLater(meaning.sentence, after=after, cure=meaning.cure, detail=detail)
            case _Then.OTHER_CHANNEL:
                return Unreachable(meaning.sentence, code=str(self.code), cure=meaning.cure, detail=detail)
            case _Then.PARK:
                return Rejected(meaning.sentence, code=str(self.code), cure=meaning.cure, detail=detail)
            case _:
                assert_never(meaning.then)


def graph_error(document: Any) -> GraphError | None:
    """The error in an answer or in a status; None when there is none. `error_data` is an object or a plain text."""
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else data
    words = details or error.get("message") or error.get("title") or ""
    transient = error.get("is_transient") is True
    return GraphError(code if type(code) is int else -1, mask_text(str(words))[:_DETAIL_LENGTH], transient)


def sentence_of(code: int) -> str:
    """What a code means, in one plain sentence."""
    return _meaning(code, transient=False).sentence


def _meaning(code: int, transient: bool) -> _Meaning:
    if code in _TABLE:
        return _TABLE[code]
    if transient:
        return _Meaning(_Then.RETRY, "WhatsApp: it failed for a moment.", after=timedelta(seconds=60))
    return _Meaning(_Then.PARK, f"WhatsApp: it refuses the message (code {code}).")
