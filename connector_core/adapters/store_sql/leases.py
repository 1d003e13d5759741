"""Who has which order in hand: in this process, and among several daemons on one PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import Connection, Select, exists, not_, or_, select, update

from connector_core.adapters.store_sql import schema
from connector_core.adapters.store_sql.statements import among, chunks, id_list
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef
from connector_core.ports.store import OrderBusy

NaturalKey = tuple[ConnectionId, OrderRef]


class Hands:
    """The orders that this process has in hand, with their fencing numbers; 0 for one that is not written yet."""

    def __init__(self) -> None:
        self._fences: dict[OrderId, int] = {}
        self._new: dict[NaturalKey, OrderId] = {}
        self._keys: dict[OrderId, NaturalKey] = {}

    def take(self, order_id: OrderId, fence: int, key: NaturalKey | None = None) -> None:
        """Raises `OrderBusy` when it is in hand already. `key` is the natural key of a new order."""
        if order_id in self._fences:
            raise OrderBusy(order_id)
        self._fences[order_id] = fence
        if key is not None:
            self._new[key] = order_id
            self._keys[order_id] = key

    def busy(self, order_id: OrderId) -> bool:
        return order_id in self._fences

    def busy_key(self, key: NaturalKey) -> OrderId | None:
        """The order of this natural key that is in hand since it was new."""
        return self._new.get(key)

    def fence(self, order_id: OrderId) -> int | None:
        return self._fences.get(order_id)

    def refence(self, order_id: OrderId, fence: int) -> None:
        """The fencing number under which an order in hand was really leased."""
        self._fences[order_id] = fence

    def drop(self, order_id: OrderId) -> None:
        self._fences.pop(order_id, None)
        if key := self._keys.pop(order_id, None):
            del self._new[key]

    @property
    def written(self) -> list[OrderId]:
        """Those that have a row."""
        return [order_id for order_id, fence in self._fences.items() if fence]


def lease(connection: Connection, order_id: str, owner: str, now: int, until: int) -> int | None:
    """The new fencing number; None when there is no such order or another daemon has it. Waits for nobody."""
    orders = schema.orders
    free = or_(orders.c.lease_owner.in_(("", owner)), orders.c.lease_until <= now)
    query = select(orders.c.fence).where(orders.c.id == order_id, free).with_for_update(skip_locked=True)
    fence: int | None = connection.execute(query).scalar()
    if fence is None:
        return None
    values = {"lease_owner": owner, "lease_until": until, "fence": fence + 1}
    connection.execute(update(orders).where(orders.c.id == order_id).values(values))
    return fence + 1


def lease_due(
    connection: Connection, limit: int, owner: str, now: int, until: int, skip: Sequence[str]
) -> dict[OrderId, int]:  # fmt: skip
    """Leases what `due_orders` finds; each with its new fencing number, which nobody may learn from a later reading:
    by then the order may be another daemon's.
    """
    orders, fences = schema.orders, {}
    values = {"lease_owner": owner, "lease_until": until, "fence": orders.c.fence + 1}
    for ids in chunks(due_orders(connection, limit, now, skip)):
        connection.execute(update(orders).where(orders.c.id.in_(ids)).values(values))
        rows = connection.execute(select(orders.c.id, orders.c.fence).where(orders.c.id.in_(ids)))
        taken = {row.id: row.fence for row in rows}
        fences.update({order_id: taken[order_id] for order_id in ids})
    return fences


def due_orders(connection: Connection, limit: int, now: int, skip: Sequence[str]) -> list[OrderId]:
    """Orders with a due, unparked step and no living lease, longest due first; locked until the transaction ends.

    May find fewer than `limit` when one order has many due steps.
    """
    query = waiting(connection, now, skip).where(schema.steps.c.due_at <= now).limit(limit)
    found = connection.execute(query.with_for_update(of=schema.orders, skip_locked=True))
    return list(dict.fromkeys(OrderId(row.order_id) for row in found))


def waiting(connection: Connection, now: int, skip: Sequence[str]) -> Select[str, int]:
    """(order id, when due) of the unparked steps of orders that nobody has in hand, longest due first."""
    steps, orders = schema.steps, schema.orders
    skipped = among(orders.c.id, connection.dialect.name)
    return (
        select(steps.c.order_id, steps.c.due_at)
        .join(orders, orders.c.id == steps.c.order_id)
        .where(schema.UNPARKED, orders.c.lease_until <= now, not_(skipped))
        .order_by(steps.c.due_at, steps.c.id)
        .params(ids=id_list(connection, skip))
    )


def anything_due(connection: Connection, now: int) -> bool:
    steps = schema.steps
    return bool(connection.execute(select(exists().where(schema.UNPARKED, steps.c.due_at <= now))).scalar())


def prolong(connection: Connection, order_ids: Sequence[str], owner: str, until: int) -> None:
    """An order that another daemon is just looking at is left out, and prolonged the next time."""
    orders = schema.orders
    for ids in chunks(order_ids):
        mine = select(orders.c.id).where(orders.c.id.in_(ids), orders.c.lease_owner == owner)
        locked = connection.execute(mine.with_for_update(skip_locked=True)).scalars().all()
        connection.execute(update(orders).where(orders.c.id.in_(locked)).values(lease_until=until))


def give_back_all(connection: Connection, owner: str) -> None:
    """Whatever this daemon still has is free for others."""
    orders = schema.orders
    connection.execute(update(orders).where(orders.c.lease_owner == owner).values(lease_owner="", lease_until=0))
