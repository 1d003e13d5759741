"""What of an order names its buyer, and the order without that."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connector_core.domain.masking import mask_text
from connector_core.domain.message import Message
from connector_core.domain.phone import E164
from connector_core.domain.request import ERASED, Terms
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step

FREE_TEXTS = frozenset(
    {"name", "phone", "email", "description", "comment", "reason", "cure", "parked_for", "error", "record"}
)
"""Keys under which a person's or a peer's own words stand in what is kept as JSON."""

_SHORTEST = 3
"""Shorter parts of a name occur in other words too."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """By what texts may name somebody: `marks` can be nothing else, `names` may be other words too."""

    marks: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def without(self, sentence: str) -> str:
        """The sentence with the mark of erasure for each of them, and without any telephone number."""
        return mask_text(_marked(sentence, self.marks | self.names))

    def out_of(self, value: Any) -> Any:
        """The same for JSON values; free texts are replaced as a whole, and ids are left alone."""
        if isinstance(value, Mapping):
            return {key: ERASED if key in FREE_TEXTS and inner else self.out_of(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.out_of(inner) for inner in value]
        return _marked(value, self.marks) if isinstance(value, str) else value

    def is_in(self, text: str) -> bool:
        return _marked(text, self.marks) != text


def buyer_of(state: OrderState, earlier: Iterable[Terms] = ()) -> Buyer:
    """`earlier` are the terms of other revisions: the order may have had another buyer then."""
    terms = [*([state.request.terms] if state.request else []), *earlier]
    marks = {message.to for message in state.messages} | {message.provider_id for message in state.messages}
    for one in terms:
        marks |= {one.phone, one.phone.removeprefix("+"), one.email}
        marks |= {text for text in (one.name, one.description) if " " in text}
    whole = {one.name for one in terms}
    names = whole | {part for name in whole for part in name.split()}
    return Buyer(_telling(marks), _telling(names))


def _telling(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text for text in texts if len(text) >= _SHORTEST and text not in (ERASED, ERASED[1:-1]))


def _marked(text: str, marks: Iterable[str]) -> str:
    for mark in sorted(marks, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(mark)}(?!\w)", ERASED, text, flags=re.IGNORECASE)
    return text


def without_buyer(terms: Terms) -> Terms:
    """Amount, reference, language and end stay."""

    def mark(text: str) -> str:
        return ERASED if text else ""

    return replace(
        terms, phone=E164(ERASED), name=mark(terms.name), email=mark(terms.email), description=mark(terms.description)
    )


def unaddressed(message: Message) -> Message:
    """What was sent when, and what became of it, stays; the messenger's own id may hold the number."""
    return replace(message, to=E164(ERASED), provider_id="", error=ERASED if message.error else "")


def nameless(step: Step, buyer: Buyer) -> Step:
    return replace(
        step, payload=buyer.out_of(dict(step.payload)), cause=buyer.without(step.cause), cure=buyer.without(step.cure)
    )
