"""A simulated merchant system: orders that change, what it was told of payments, and the `Source` port over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector_core.domain.errors import MappingError
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.money import Money
from connector_core.domain.order import OrderChange, OrderEvent, Record
from connector_core.domain.payment import WriteBackFact
from connector_core.domain.phone import E164
from connector_core.domain.request import Terms
from connector_core.ports.mapper import Mapped
from connector_core.sdk.check import Probe
from connector_core.sdk.plugin import (
    OpenLink,
    PaymentUpdate,
    WebhookAnswer,
    WebhookRequest,
    WriteBackOutcome,
    WriteBackResult,
)
from tests.simulation.chance import Dice
from tests.simulation.host import Host, HostClock
from tests.simulation.network import Network

CONNECTION = ConnectionId("erp-main")
SHOP = ShopId("main")
_OVERLAP = 3


@dataclass(slots=True)
class SimOrder:
    """`status`: pending, draft, cancelled, paid; `booked` are (fact, PSP's transaction id) with the amount told."""

    ref: OrderRef
    total: int
    phone: str
    status: str = "pending"
    note: str = ""
    version: int = 0
    gone: bool = False
    booked: list[tuple[WriteBackFact, str, Money]] = field(default_factory=list)

    def record(self) -> Record:
        return {
            "number": str(self.ref), "total": self.total, "phone": self.phone, "status": self.status,
            "note": self.note, "version": f"{self.version:08d}",
        }  # fmt: skip


@dataclass(slots=True)
class SimShop:
    """`hears` is told of every change, as a webhook would be."""

    clock: HostClock
    dice: Dice
    hears: Callable[[OrderEvent], None]
    orders: dict[OrderRef, SimOrder] = field(default_factory=dict)
    changes: list[OrderEvent] = field(default_factory=list)

    def place(self, total: int, phone: str) -> SimOrder:
        order = SimOrder(OrderRef(f"R{len(self.orders) + 1}"), total, phone)
        self.orders[order.ref] = order
        return self.change(order)

    def change(self, order: SimOrder, **fields: Any) -> SimOrder:
        for name, value in fields.items():
            setattr(order, name, value)
        order.version = len(self.changes) + 1
        kind = OrderChange.RECEIVED if not any(e.order_ref == order.ref for e in self.changes) else OrderChange.CHANGED
        carries = self.dice.happens("shop.event_with_record")
        event = OrderEvent(
            f"{order.ref}@{order.version}", f"/{CONNECTION}", CONNECTION, order.ref, kind, self.clock.now(),
            order.record() if carries else None,
        )  # fmt: skip
        self.changes.append(event)
        self.hears(event)
        return order

    def fetch(self, ref: OrderRef) -> Record | None:
        order = self.orders.get(ref)
        return None if order is None or order.gone else order.record()

    def poll(self, cursor: object) -> tuple[Sequence[OrderEvent], object, bool]:
        """Hints for what has changed since, and a little before."""
        since = cursor if isinstance(cursor, int) else 0
        return self.changes[max(0, since - _OVERLAP) :], len(self.changes), False

    def told(self, update: PaymentUpdate) -> WriteBackResult:
        """Reads before it writes: one booking for each fact and transaction."""
        order = self.orders[update.order_ref]
        if order.gone:
            return WriteBackResult(update.id, WriteBackOutcome.REFUSED, "The order was deleted.", "Book it by hand.")
        if any(booked[:2] == (update.fact, update.psp_ref) for booked in order.booked):
            return WriteBackResult(update.id, WriteBackOutcome.ALREADY)
        if self.dice.happens("shop.period_closed"):
            return WriteBackResult(update.id, WriteBackOutcome.REFUSED, "The period is closed.", "Open it, then retry.")
        order.booked.append((update.fact, update.psp_ref, update.amount))
        paid = update.fact is WriteBackFact.CAPTURED and update.captured.minor >= order.total
        self.change(order, status="paid" if paid and order.status == "pending" else order.status)
        return WriteBackResult(update.id, WriteBackOutcome.DONE, source_ref=f"B{len(order.booked)}")


class SimMapper:
    def map(self, connection: ConnectionId, document: str, record: Record) -> Mapped:
        version, number, status = record["version"], record["number"], record["status"]
        if status in ("cancelled", "paid"):
            return Mapped("sim@1", version, number, skipped="nothing is to be paid any more", withdrawn=True)
        if status != "pending":
            return Mapped("sim@1", version, number, skipped="it is a draft")
        if record["total"] <= 0 or not record["phone"]:
            raise MappingError("The order cannot be asked for.", field="total", cure="Correct the order.")
        terms = Terms(Money(record["total"], "EUR"), number, E164(record["phone"]), "de", description=record["note"])
        return Mapped("sim@1", version, number, terms=terms)


class SimSource:
    """One daemon's plugin for the shop."""

    connection = CONNECTION
    shop = SHOP

    def __init__(self, shop: SimShop, network: Network, host: Host) -> None:
        self._shop = shop
        self._network = network
        self._host = host

    async def fetch(self, order_ref: OrderRef, document: str) -> Record | None:
        return await self._network.call(
            self._host, "shop", f"fetch {order_ref}", lambda: self._shop.fetch(order_ref), effect=False
        )

    async def write_back(self, update: PaymentUpdate) -> WriteBackResult:
        return await self._network.call(
            self._host, "shop", f"book {update.order_ref}", lambda: self._shop.told(update), effect=True
        )

    @property
    def shows_links(self) -> bool:
        return False

    async def show_link(self, link: OpenLink) -> None: ...

    async def poll(self, cursor: object) -> tuple[Sequence[OrderEvent], object, bool]:
        return await self._network.call(self._host, "shop", "poll", lambda: self._shop.poll(cursor), effect=False)

    async def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        raise NotImplementedError

    async def check(self) -> Sequence[Probe]:
        return ()

    async def close(self) -> None: ...
