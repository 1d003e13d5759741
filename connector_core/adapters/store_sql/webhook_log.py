"""From the log of events to deliveries: each event once for each endpoint that wants it, and again where a person asks.

Several steps of the same daemon, or of two that follow each other, may read an event twice: the deliveries of an
endpoint are unique by event.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select, update

from connector_core.adapters.store_sql.books import cursors, save_cursor
from connector_core.adapters.store_sql.log_place import advanced, low, near_end, read_on
from connector_core.adapters.store_sql.rows import REQUEST, event_value, micros, moment, order_value
from connector_core.adapters.store_sql.schema import events, orders, requests
from connector_core.adapters.store_sql.statements import add, chunks
from connector_core.adapters.store_sql.webhook_rows import delivery_row, endpoint_value
from connector_core.adapters.store_sql.webhook_schema import deliveries, endpoints
from connector_core.domain.ids import ShopId, uuid7
from connector_core.domain.webhook import TYPES, Delivery, DeliveryId, DeliveryState, Endpoint, EndpointState
from connector_core.ports.webhooks import Body

CURSOR = "webhooks"
_EVENTS = 500
_MOST_WAITING = 200
"""A replay waits while so many deliveries of its endpoint do: what happens meanwhile is told in between."""
_COLUMNS = select(events)

ACTIVE = endpoints.c.state == EndpointState.ACTIVE
_REPLAYING = and_(ACTIVE, endpoints.c.replay_until != "")


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its shop and what is told of it."""

    event: Any
    shop: ShopId
    body: str


@dataclass(frozen=True, slots=True)
class Piece:
    """What one step reads, and how far the log is read then."""

    told: Sequence[Told]
    high: int
    missing: Mapping[int, int]

    def saved(self) -> dict[str, Any]:
        return {"low": low(self.high, self.missing)}


def listens(connection: Connection) -> bool:
    """Whether anybody is to be told of anything."""
    return connection.execute(select(endpoints.c.id).where(ACTIVE).limit(1)).first() is not None


def start(connection: Connection) -> None:
    """Before an endpoint becomes active: where nobody has listened, nobody has read on."""
    if not listens(connection):
        save_cursor(connection, CURSOR, {"low": near_end(connection)})


def begin(connection: Connection) -> tuple[Piece, Any]:
    """Where the last daemon stood, and how that is written down."""
    saved = cursors(connection, [CURSOR]).get(CURSOR)
    return Piece([], saved["low"] if saved else near_end(connection), {}), saved


def next_piece(connection: Connection, place: Piece, body: Body) -> Piece:
    found = read_on(connection, _COLUMNS, place.high, place.missing, _EVENTS)
    return Piece(_told(connection, found, body), *advanced(place.high, place.missing, found))


def enter(connection: Connection, piece: Piece, saved: Any) -> int | None:
    """How many deliveries were made; None, and none made, when another daemon has read on since `saved`."""
    if cursors(connection, [CURSOR]).get(CURSOR) != saved:
        return None
    rows = [
        delivery_row(delivery)
        for endpoint in map(endpoint_value, connection.execute(select(endpoints).where(ACTIVE)))
        for delivery in _deliveries(endpoint, _since(endpoint, piece.told))
    ]
    for some in chunks(rows):
        add(connection, deliveries, some)
    save_cursor(connection, CURSOR, piece.saved())
    return len(rows)


def replays(connection: Connection, body: Body) -> Iterator[tuple[Any, Sequence[Any], Sequence[Told]]]:
    """The next piece of each replay: (row of the endpoint, events that were read, those of them it may want)."""
    for row in connection.execute(select(endpoints).where(_REPLAYING)).all():
        waiting = select(func.count()).where(deliveries.c.endpoint == row.id, deliveries.c.state == DeliveryState.DUE)
        if connection.execute(waiting).scalar_one() < _MOST_WAITING:
            found = connection.execute(_between(row.replay_after, row.replay_until)).all()
            yield row, found, _told(connection, found, body)


def enter_replay(connection: Connection, row: Any, found: Sequence[Any], told: Sequence[Told], now: datetime) -> int:
    """Nothing when the replay was asked for anew, or another daemon has gone on with it."""
    last = len(found) < _EVENTS
    values = {"replay_after": "", "replay_until": ""} if last else {"replay_after": found[-1].id}
    same = [endpoints.c[name] == getattr(row, name) for name in ("id", "replay_after", "replay_until")]
    if connection.execute(update(endpoints).where(*same).values(**values)).rowcount != 1:
        return 0
    wanted = _deliveries(endpoint_value(row), told, now)
    for some in chunks(wanted):
        put_due(connection, some)
    return len(wanted)


def put_due(connection: Connection, wanted: Sequence[Delivery]) -> None:
    """Of one endpoint: new deliveries, and known ones once more from the start, under the id they had."""
    if not wanted:
        return
    first = wanted[0]
    known = [deliveries.c.endpoint == first.endpoint, deliveries.c.event_id.in_([one.event for one in wanted])]
    again = {"state": DeliveryState.DUE, "attempts": 0, "next_at": micros(first.next_at)}
    connection.execute(update(deliveries).where(*known).values(**again))
    add(connection, deliveries, [delivery_row(one) for one in wanted])


def id_at(at: datetime) -> str:
    """The beginning of every UUIDv7 that is made in this millisecond; less than all of them, and than all later."""
    digits = f"{max(0, micros(at) // 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _between(after: str, until: str) -> Select[Any]:
    wanted = [events.c.id > after, events.c.id < until, events.c.type.in_(TYPES)]
    return select(events).where(*wanted).order_by(events.c.id).limit(_EVENTS)


def _since(endpoint: Endpoint, told: Sequence[Told]) -> Sequence[Told]:
    return [one for one in told if one.event.at >= micros(endpoint.active_since)]


def _deliveries(endpoint: Endpoint, told: Sequence[Told], due: datetime | None = None) -> list[Delivery]:
    """Of what the endpoint wants, due since it has happened or at `due`. Their ids go up in this order, which those
    made in one millisecond would not do by themselves.
    """
    wanted = [one for one in told if endpoint.shop == one.shop and endpoint.wants(one.event.type)]
    ids = sorted(uuid7() for _ in wanted)
    return [_delivery(DeliveryId(own), endpoint, one, due) for own, one in zip(ids, wanted, strict=True)]


def _delivery(own: DeliveryId, endpoint: Endpoint, told: Told, due: datetime | None) -> Delivery:
    event, at = told.event, moment(told.event.at)
    return Delivery(own, endpoint.id, event.id, event.type, told.body, at, due or at)


def _told(connection: Connection, found: Sequence[Any], body: Body) -> list[Told]:
    offered = [row for row in found if row.order_id and row.type in TYPES]
    facts: dict[str, Any] = {}
    for ids in chunks(dict.fromkeys(row.order_id for row in offered)):
        query = select(orders, requests.c.data).outerjoin(requests, requests.c.order_id == orders.c.id)
        facts.update({row.id: row for row in connection.execute(query.where(orders.c.id.in_(ids)))})
    return [_one(row, facts[row.order_id], body) for row in offered if row.order_id in facts]


def _one(row: Any, fact: Any, body: Body) -> Told:
    request = REQUEST.validate_json(fact.data) if fact.data else None
    return Told(row, ShopId(fact.shop), body(event_value(row), order_value(fact), request))
