"""Everything that is known of one order, as a stage sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from connector_core.domain.ids import StepId
from connector_core.domain.message import Message
from connector_core.domain.order import Order
from connector_core.domain.payment import Payment, WriteBack
from connector_core.domain.request import LinkState, PayLink, PaymentRequest
from connector_core.domain.step import Step

Value: TypeAlias = Order | PaymentRequest | PayLink | Message | Payment | WriteBack
"""What a stage may ask to be stored; the store replaces the row with the same id."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """One order with its request, links, messages, payments, write-backs and unfinished steps, oldest first."""

    order: Order
    request: PaymentRequest | None = None
    links: tuple[PayLink, ...] = ()
    messages: tuple[Message, ...] = ()
    payments: tuple[Payment, ...] = ()
    write_backs: tuple[WriteBack, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def open_link(self) -> PayLink | None:
        """The one link that a buyer can pay, or that is being made."""
        live = [link for link in self.links if link.state in (LinkState.WANTED, LinkState.OPEN)]
        return live[-1] if live else None

    def with_values(self, values: Iterable[Value]) -> "OrderState":
        """The state after these values were stored."""
        parts: dict[str, Any] = {}
        for value in values:
            part = _PARTS[type(value)]
            known = parts.get(part) or getattr(self, part)
            parts[part] = _merge(known, (value,)) if part.endswith("s") else value
        return replace(self, **parts) if parts else self

    def with_steps(self, steps: Iterable[Step], done: Iterable[StepId] = ()) -> "OrderState":
        """The state after these steps were stored and those are done."""
        finished = set(done)
        return replace(self, steps=_merge((s for s in self.steps if s.id not in finished), steps))


_PARTS: Mapping[type, str] = {
    Order: "order",
    PaymentRequest: "request",
    PayLink: "links",
    Message: "messages",
    Payment: "payments",
    WriteBack: "write_backs",
}
"""Where a value stands in the state; those in the plural are told apart by their ids."""


def _merge(known: Iterable[Any], new: Iterable[Any]) -> tuple[Any, ...]:
    by_id = {value.id: value for value in known}
    by_id.update((value.id, value) for value in new)
    return tuple(by_id.values())
