"""What each event says in `data.facts`. A test lets a daemon publish them and compares."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connector_core.domain.event import EventType
from connector_core.domain.message import Delivery, Purpose
from connector_core.domain.payment import PaymentFlag, PaymentState, WriteBackFact
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.step import StepKind
from connector_core.sdk.plugin import WriteBackOutcome


@dataclass(frozen=True, slots=True)
class Said:
    """One type of event. `subject` is whose id stands there; `sometimes` are facts that may be left out.

    `order` tells whether the event belongs to an order, which then stands in its facts.
    """

    words: str
    subject: str
    facts: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    order: bool = True


ORDER_FACTS = ("connection", "order_ref", "shop")
_ASKED = ("revision", "amount", "currency")
_PAYMENT = ("psp_ref", "state", "amount", "currency", "method", "flag")

EVENTS: Mapping[EventType, Said] = {
    EventType.ORDER_RECEIVED: Said("An order was read and mapped for the first time.", "order", ("version", "mapping")),
    EventType.ORDER_CHANGED: Said(
        "An order was read again and has changed; or it differs from a payment request that is closed (see cause).",
        "order or payment request", sometimes=("version", "mapping"),
    ),
    EventType.ORDER_WITHDRAWN: Said(
        "An order asks for nothing any more: paid elsewhere, cancelled.", "order", ("version", "mapping")
    ),
    EventType.ORDER_SKIPPED: Said("The mapping asks for no payment; cause says why.", "order"),
    EventType.ORDER_REFUSED: Said(
        "An order event could not be taken and went to the dead letters.", "message", ("field", "cure"), order=False
    ),
    EventType.ORDER_ERASED: Said(
        "The buyer was erased: amounts, dates and references stay, and nobody's name. Later news of the order change "
        "nothing but its payments.", "order",
    ),
    EventType.REQUEST_CREATED: Said("A payment request was made of an order.", "payment request", _ASKED),
    EventType.REQUEST_UPDATED: Said("The order was edited, and the request with it.", "payment request", _ASKED),
    EventType.REQUEST_CLOSED: Said(
        "A payment request was paid, cancelled or has expired.", "payment request", ("state",)
    ),
    EventType.LINK_CREATED: Said("The PSP made a PayLink.", "PayLink", ("psp_link", "revision")),
    EventType.LINK_REPLACED: Said(
        "A PayLink was changed in place, or another one took its place.", "PayLink", ("revision",),
        ("psp_link", "in_place"),
    ),
    EventType.LINK_CLOSED: Said("A PayLink can be paid no more.", "PayLink", ("state",)),
    EventType.MESSAGE_QUEUED: Said("A message to the buyer is due.", "message", ("purpose", "channel")),
    EventType.MESSAGE_ACCEPTED: Said("The messenger took the message.", "message", ("purpose", "channel")),
    EventType.MESSAGE_STATUS: Said(
        "The messenger reports what became of it.", "message", ("delivery", "channel"), ("purpose", "code")
    ),
    EventType.PAYMENT_CAPTURED: Said("The buyer has paid.", "payment", _PAYMENT),
    EventType.PAYMENT_REFUNDED: Said("Money went back to the buyer.", "payment", _PAYMENT),
    EventType.REFUND_ASKED: Said(
        "A person wants money to go back to the buyer.", "payment", ("psp_ref", "amount", "currency")
    ),
    EventType.PAYMENT_DISPUTED: Said("The buyer's bank took money back. Lyra does not report it.", "payment", _PAYMENT),
    EventType.PAYMENT_ATTEMPTED: Said("A payment is pending or was refused; cause says why.", "payment", _PAYMENT),
    EventType.PAYMENT_UNALLOCATED: Said(
        "The PSP reports money under an order number that is not ours.", "payment",
        ("psp_ref", "account", "amount", "currency"),
        order=False,
    ),
    EventType.PAYMENT_SETTLED: Said(
        "A person has dealt with a payment that did not fit; cause says how.", "payment", ("psp_ref", "flag")
    ),
    EventType.WRITEBACK_DUE: Said("The merchant's system is to be told.", "write-back", ("fact",)),
    EventType.WRITEBACK_DONE: Said("The merchant's system knows.", "write-back", ("fact", "outcome", "ref")),
    EventType.WRITEBACK_PARKED: Said("The merchant's system refused; cause says why.", "write-back", ("fact",)),
    EventType.STEP_PARKED: Said("A person must look: cause says what happened.", "step", ("step", "cure")),
    EventType.STEP_RETRIED: Said("A person let an order walk again.", "order"),
    EventType.STEP_CLOSED: Said(
        "A person gave up a parked step; cause is the reason.", "step", ("step", "parked_for")
    ),
}  # fmt: skip


def _text(words: str, example: str) -> dict[str, Any]:
    return {"type": "string", "description": words, "examples": [example]}


def _word(words: str, *kinds: type[StrEnum]) -> dict[str, Any]:
    values = list(dict.fromkeys(value.value for kind in kinds for value in kind))
    return {"type": "string", "description": words, "enum": values, "examples": [values[-1]]}


def _number(words: str, low: int, example: int) -> dict[str, Any]:
    return {"type": "integer", "description": words, "minimum": low, "examples": [example]}


FACTS: Mapping[str, dict[str, Any]] = {
    "connection": _text("The connection's name in the configuration.", "woo-main"),
    "order_ref": _text("The order's id in the merchant's system.", "1042"),
    "shop": _text("The shop's name in the configuration.", "main"),
    "version": _text("The record's modification mark, text that sorts by time; may be empty.", "2026-01-31T12:00:00"),
    "mapping": _text("Source, version and fingerprint of the mapping.", "woocommerce.order@1+0c1d2e3f"),
    "field": _text("The attribute at fault; empty when there is none.", "data.connection"),
    "cure": _text("The way out.", "Correct the telephone number in the order, then replay it."),
    "revision": _number("Counts from 1, and grows when the order is edited.", 1, 1),
    "amount": _number("In minor units of the currency: 8990 is 89.90 EUR.", 0, 8990),
    "currency": {"type": "string", "description": "ISO 4217.", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]},
    "psp_link": _text("The PSP's id of the PayLink.", "0123456789abcdef0123456789abcdef"),
    "in_place": {
        "type": "boolean", "description": "True: the PayLink kept its address.", "const": True, "examples": [True]
    },
    "purpose": _word("Why the buyer is written to.", Purpose),
    "channel": _text("The channel's name in the configuration.", "whatsapp"),
    "delivery": _word("How far the message has come.", Delivery),
    "code": _text("The messenger's error code; empty when there is none.", ""),
    "psp_ref": _text("The PSP's id of the transaction.", "fedcba9876543210fedcba9876543210"),
    "account": _text("The PSP account's name in the configuration.", "main"),
    "method": _text("How it was paid, as the PSP names it; may be empty.", "VISA"),
    "flag": {
        **_word("Why a person should look at the payment; empty: nothing is odd.", PaymentFlag), "examples": [""]
    },
    "fact": _word("What the merchant's system is told.", WriteBackFact) | {"examples": ["captured"]},
    "outcome": _word("`already`: it was there before.", WriteBackOutcome) | {"examples": ["done"]},
    "ref": _text("The merchant's system's own id of the booking; may be empty.", "4711"),
    "parked_for": _text("What the step had been parked for.", "The order has no telephone number."),
    "step": _word("What could not be done.", StepKind) | {"examples": ["map_order"]},
}  # fmt: skip
_STATES: Mapping[str, type[StrEnum]] = {"payment_request": RequestState, "link": LinkState, "payment": PaymentState}


def facts_schema(kind: EventType) -> dict[str, Any]:
    """The schema of `data.facts`; each fact refers to its own schema."""
    said = EVENTS[kind]
    needed = [*(ORDER_FACTS if said.order else ()), *said.facts]
    properties = {name: {"$ref": f"#/components/schemas/{_key(kind, name)}"} for name in (*needed, *said.sometimes)}
    return {"type": "object", "required": needed, "properties": properties}


def fact_schemas() -> dict[str, dict[str, Any]]:
    """The schemas of all facts by the names that `facts_schema` refers to."""
    states = {f"fact.{thing}.state": _word("The state that was reached.", kind) for thing, kind in _STATES.items()}
    return {f"fact.{name}": dict(schema) for name, schema in FACTS.items()} | states


def example_facts(kind: EventType) -> dict[str, Any]:
    schemas = fact_schemas()
    return {name: schemas[_key(kind, name)]["examples"][0] for name in facts_schema(kind)["required"]}


def _key(kind: EventType, name: str) -> str:
    """`state` has the words of the thing that the event is about."""
    return f"fact.{kind.value.partition('.')[0]}.state" if name == "state" else f"fact.{name}"
