"""Who has which order in hand: in this process, and among several daemons on one PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import Connection, exists, select, update

from connector_core.adapters.store_sql import schema
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef
from connector_core.ports.store import OrderBusy


class Hands:
    """The orders that this process has in hand, with their fencing numbers; 0 for one that is not written yet."""

    def __init__(self) -> None:
        self._fences: dict[OrderId, int] = {}
        self._new: dict[tuple[ConnectionId, OrderRef], OrderId] = {}

    def take(self, order_id: OrderId, fence: int, key: tuple[ConnectionId, OrderRef] | None = None) -> None:
        """Raises `OrderBusy` when it is in hand already. `key` is the natural key of a new order."""
        if order_id in self._fences:
            raise OrderBusy(order_id)
        self._fences[order_id] = fence
        if key is not None:
            self._new[key] = order_id

    def busy(self, order_id: OrderId) -> bool:
        return order_id in self._fences

    def busy_key(self, key: tuple[ConnectionId, OrderRef]) -> OrderId | None:
        """The new order of this natural key that is in hand."""
        return self._new.get(key)

    def fence(self, order_id: OrderId) -> int | None:
        return self._fences.get(order_id)

    def written(self, order_id: OrderId, key: tuple[ConnectionId, OrderRef]) -> None:
        """A new order has its row, with the first fencing number."""
        self._fences[order_id] = 1
        self._new.pop(key, None)

    def refence(self, order_id: OrderId, fence: int) -> None:
        """The fencing number under which an order in hand was really leased."""
        self._fences[order_id] = fence

    def drop(self, order_id: OrderId, key: tuple[ConnectionId, OrderRef] | None = None) -> None:
        self._fences.pop(order_id, None)
        if key is not None and self._new.get(key) == order_id:
            del self._new[key]

    @property
    def all(self) -> list[OrderId]:
        return [order_id for order_id, fence in self._fences.items() if fence]


def lease(connection: Connection, order_id: str, owner: str, now: int, until: int) -> int | None:
    """The new fencing number; None when another daemon has a living lease. Raises `KeyError` for an unknown order."""
    row = connection.execute(
        select(schema.orders.c.lease_owner, schema.orders.c.lease_until, schema.orders.c.fence)
        .where(schema.orders.c.id == order_id)
        .with_for_update()
    ).first()
    if row is None:
        raise KeyError(order_id)
    if row.lease_owner not in ("", owner) and row.lease_until > now:
        return None
    values = {"lease_owner": owner, "lease_until": until, "fence": row.fence + 1}
    connection.execute(update(schema.orders).where(schema.orders.c.id == order_id).values(values))
    return int(row.fence) + 1


def due_orders(connection: Connection, limit: int, now: int, skip: Sequence[str]) -> list[str]:
    """Orders with a due, unparked step and no living lease, longest due first; locked until the transaction ends."""
    steps, orders = schema.steps, schema.orders
    due = select(steps.c.order_id).where(steps.c.state != "parked", steps.c.due_at <= now)
    oldest = due.order_by(steps.c.due_at).limit(limit * 4 + len(skip))
    query = (
        select(orders.c.id)
        .where(orders.c.id.in_(oldest), orders.c.lease_until <= now)
        .limit(limit + len(skip))
        .with_for_update(skip_locked=True)
    )
    known = set(skip)
    return [order_id for order_id in connection.execute(query).scalars() if order_id not in known][:limit]


def anything_due(connection: Connection, now: int) -> bool:
    steps = schema.steps
    return bool(connection.execute(select(exists().where(steps.c.state != "parked", steps.c.due_at <= now))).scalar())
