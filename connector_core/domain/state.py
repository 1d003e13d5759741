"""Everything that is known of one order, as a stage sees it."""

from collections.abc import Iterable
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
        state = self
        for value in values:
            state = state._with(value)
        return state

    def with_steps(self, steps: Iterable[Step], done: Iterable[StepId] = ()) -> "OrderState":
        """The state after these steps were stored and those are done."""
        return replace(self, steps=_merge([s for s in self.steps if s.id not in set(done)], steps))

    def _with(self, value: Value) -> "OrderState":
        match value:
            case Order():
                return replace(self, order=value)
            case PaymentRequest():
                return replace(self, request=value)
            case PayLink():
                return replace(self, links=_merge(self.links, [value]))
            case Message():
                return replace(self, messages=_merge(self.messages, [value]))
            case Payment():
                return replace(self, payments=_merge(self.payments, [value]))
            case WriteBack():
                return replace(self, write_backs=_merge(self.write_backs, [value]))


def _merge(known: Iterable[Any], new: Iterable[Any]) -> tuple[Any, ...]:
    by_id = {value.id: value for value in known}
    by_id.update((value.id, value) for value in new)
    return tuple(by_id.values())
