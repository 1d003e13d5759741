"""The timeline of a request as sentences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector_core.adapters.web.office.words import word
from connector_core.domain.event import Event, EventType
from connector_core.domain.money import Money

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One event: `tone` is good, wait, warn, bad or quiet; `who` is empty for the connector itself."""

    at: datetime
    tone: str
    title: str
    detail: str
    who: str


_TITLES: Mapping[EventType, tuple[str, str]] = {
    EventType.ORDER_RECEIVED: ("quiet", "Order received"),
    EventType.ORDER_CHANGED: ("quiet", "Order changed"),
    EventType.ORDER_WITHDRAWN: ("quiet", "Order withdrawn"),
    EventType.ORDER_SKIPPED: ("quiet", "Nothing to ask for"),
    EventType.ORDER_REFUSED: ("bad", "Order refused"),
    EventType.ORDER_ERASED: ("quiet", "Buyer erased"),
    EventType.REQUEST_CREATED: ("wait", "Payment request made"),
    EventType.REQUEST_UPDATED: ("wait", "Payment request changed"),
    EventType.REQUEST_CLOSED: ("quiet", "Payment request closed"),
    EventType.LINK_CREATED: ("wait", "PayLink made"),
    EventType.LINK_REPLACED: ("wait", "PayLink replaced"),
    EventType.LINK_CLOSED: ("quiet", "PayLink closed"),
    EventType.MESSAGE_QUEUED: ("quiet", "Message waits to be sent"),
    EventType.MESSAGE_ACCEPTED: ("wait", "Message handed to the messenger"),
    EventType.MESSAGE_STATUS: ("wait", "Message"),
    EventType.PAYMENT_CAPTURED: ("good", "Payment received"),
    EventType.PAYMENT_REFUNDED: ("quiet", "Money given back"),
    EventType.REFUND_ASKED: ("quiet", "Refund ordered"),
    EventType.PAYMENT_DISPUTED: ("bad", "Chargeback by the buyer's bank"),
    EventType.PAYMENT_ATTEMPTED: ("warn", "Payment attempt failed"),
    EventType.PAYMENT_UNALLOCATED: ("warn", "Payment without a request"),
    EventType.PAYMENT_SETTLED: ("quiet", "Payment dealt with"),
    EventType.WRITEBACK_DUE: ("quiet", "About to be booked in the merchant's system"),
    EventType.WRITEBACK_DONE: ("good", "Booked in the merchant's system"),
    EventType.WRITEBACK_PARKED: ("bad", "Booking refused"),
    EventType.STEP_PARKED: ("bad", "Stopped: a person is needed"),
    EventType.STEP_RETRIED: ("quiet", "Tried again"),
    EventType.STEP_CLOSED: ("quiet", "Given up"),
}
_DELIVERED: Mapping[str, str] = {
    "sent": "Message sent",
    "delivered": "Message delivered",
    "read": "Message read",
    "failed": "Message not delivered",
    "unknown": "Message: no answer from the messenger",
}
_DATA_WORDS: Mapping[str, str] = {
    "purpose": "purpose",
    "fact": "fact",
    "flag": "flag",
    "step": "step",
}
"""Fields of an event's data whose values have words of their own, by axis."""
_AS_IT_IS = ("channel", "method", "mapping", "psp_ref", "source_ref", "outcome", "error")
_STATE_AXES: Mapping[EventType, str] = {
    EventType.REQUEST_CLOSED: "state",
    EventType.LINK_CLOSED: "link",
    EventType.PAYMENT_CAPTURED: "payment_state",
    EventType.PAYMENT_REFUNDED: "payment_state",
}


def told(events: Sequence[Event], translate: Translate, money: Callable[[Money], str]) -> list[Line]:
    """Newest first."""
    return [_line(event, translate, money) for event in reversed(events)]


def _line(event: Event, translate: Translate, money: Callable[[Money], str]) -> Line:
    tone, title = _TITLES.get(event.type, ("quiet", event.type.value))
    data = event.data
    if event.type is EventType.MESSAGE_STATUS:
        delivery = str(data.get("delivery"))
        tone = {"failed": "bad", "unknown": "warn", "read": "good"}.get(delivery, tone)
        title = _DELIVERED.get(delivery, title)
    parts = [translate(text) if _is_word(text) else text for text in _details(event)]
    if (amount := _amount(data)) is not None:
        parts.insert(0, money(amount))
    if event.cause:
        parts.append(translate(event.cause))
    who = "" if event.actor == "connector" else event.actor
    return Line(event.at, tone, translate(title), " · ".join(parts), who)


def _details(event: Event) -> list[str]:
    data = event.data
    found = [word(axis, str(data[field])) for field, axis in _DATA_WORDS.items() if data.get(field)]
    if data.get("state") and (axis := _STATE_AXES.get(event.type)):
        found.append(word(axis, str(data["state"])))
    return found + [str(data[field]) for field in _AS_IT_IS if data.get(field)]


def _is_word(text: str) -> bool:
    return not any(character.isdigit() for character in text)


def _amount(data: Mapping[str, Any]) -> Money | None:
    if isinstance(data.get("amount"), int) and data.get("currency"):
        return Money(data["amount"], str(data["currency"]))
    return None
