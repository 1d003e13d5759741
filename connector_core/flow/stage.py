"""What a stage gets and what it gives."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connector_core.domain.errors import ConfigurationError, ConnectorError
from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, EventId, OrderId, ShopId, StepId, uuid7
from connector_core.domain.phone import E164
from connector_core.domain.shop import Shop
from connector_core.domain.state import OrderState, Value
from connector_core.domain.step import Step, StepKind, StepState
from connector_core.flow.gap import Gap
from connector_core.flow.patience import Patience
from connector_core.ports.channel import Channel
from connector_core.ports.clock import Clock
from connector_core.ports.gateway import Gateway
from connector_core.ports.mapper import Mapper
from connector_core.ports.source import Source

NameT = TypeVar("NameT", bound=str)
ThingT = TypeVar("ThingT")

ACTOR = "connector"


@dataclass(frozen=True, slots=True)
class Timing:
    """Settable delays of the flow.

    `unknown_wait` is how long a message whose sending broke off is given to report itself before it is repeated,
    `reconcile_every` how often an open PayLink is read at the PSP, `expiry_grace` how long after its end it is read
    for the last time, `link_trial` how long a new PayLink lives until it is prolonged (docs/decisions/0004); zero makes
    it for its whole validity at once.
    """

    unknown_wait: timedelta = timedelta(minutes=10)
    reconcile_every: timedelta = timedelta(days=1)
    expiry_grace: timedelta = timedelta(minutes=5)
    link_trial: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside, as the stages see it."""

    clock: Clock
    mapper: Mapper
    shops: Mapping[ShopId, Shop]
    sources: Mapping[ConnectionId, Source]
    gateways: Mapping[str, Gateway]
    channels: Mapping[str, Channel]
    opted_out: Callable[[E164], Awaitable[bool]]
    """Whether a buyer wants no messages any more."""
    timing: Timing = field(default_factory=Timing)
    gap: Gap = field(default_factory=Gap)
    patience: Patience = field(default_factory=Patience)
    forget: Sequence[Callable[[OrderState], Awaitable[None]]] = ()
    """Take the order's buyer out of everything that is kept beside the order itself, as often as they are asked to."""

    def shop(self, state: OrderState) -> Shop:
        return _configured(self.shops, state.order.shop, "shops")

    def source(self, connection: ConnectionId) -> Source:
        return _configured(self.sources, connection, "connections")

    def gateway(self, account: str) -> Gateway:
        return _configured(self.gateways, account, "psp")

    def channel(self, name: str) -> Channel:
        return _configured(self.channels, name, "channels")


def _configured(things: Mapping[NameT, ThingT], name: NameT, block: str) -> ThingT:
    if name in things:
        return things[name]
    raise ConfigurationError(
        f"The work at hand belongs to {name!r}, which the configuration does not know (any more).",
        cure=f"Put the block [{block}.{name}] back into paylink.toml and restart.",
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage wants stored. With `parked` the stage's own step is kept for a person, else it is done.

    `done` are further steps that have become pointless.
    """

    values: Sequence[Value] = ()
    events: Sequence[Event] = ()
    steps: Sequence[Step] = ()
    parked: ConnectorError | None = None
    done: Sequence[StepId] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            (*self.values, *other.values),
            (*self.events, *other.events),
            (*self.steps, *other.steps),
            self.parked or other.parked,
            (*self.done, *other.done),
        )

    def by(self, actor: str) -> "Outcome":
        """The same, done by this person or program; an empty text leaves it to the connector."""
        return replace(self, events=[replace(event, actor=actor) for event in self.events]) if actor else self


NOTHING = Outcome()


def new_step(order_id: OrderId, kind: StepKind, now: datetime, due_at: datetime | None = None, **payload: Any) -> Step:
    """A step that is due at once, or at `due_at`."""
    return Step(StepId(uuid7()), order_id, kind, due_at or now, now, payload)


def parked_steps(state: OrderState, kind: StepKind) -> list[Step]:
    return [step for step in state.steps if step.kind is kind and step.state is StepState.PARKED]


def revived(steps: Iterable[Step], now: datetime) -> list[Step]:
    """Parked steps, due again with a clean slate."""
    return [replace(s, state=StepState.WAITING, due_at=now, cause="", cure="", attempts=0) for s in steps]


def parked_step(step: Step, error: ConnectorError) -> Step:
    """The step as a person finds it: with what happened, in the peer's own words too, and what to do."""
    cause = f"{error.sentence} ({error.detail})" if error.detail else error.sentence
    return Step(
        step.id, step.order_id, step.kind, step.due_at, step.created_at, step.payload,
        StepState.PARKED, step.attempts, cause, error.cure,
    )  # fmt: skip


def happened(
    type_: EventType, state: OrderState, now: datetime, subject: str = "", /, *, cause: str = "", **data: Any
) -> Event:
    """One line of the order's timeline, published as well."""
    order = state.order
    known = {"connection": order.connection, "order_ref": order.order_ref, "shop": order.shop}
    return Event(EventId(uuid7()), type_, now, ACTOR, order.id, subject or order.id, cause, {**known, **data})
