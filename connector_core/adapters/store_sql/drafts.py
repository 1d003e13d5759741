"""Requests made by hand or through the API, and what was answered under idempotency keys."""

from datetime import datetime, timedelta

import orjson
from sqlalchemy import Connection, delete, select, update

from connector_core.adapters.store_sql.office_schema import drafts, idempotency
from connector_core.adapters.store_sql.rows import event_row, micros, moment
from connector_core.adapters.store_sql.schema import events
from connector_core.adapters.store_sql.statements import add, add_new, add_one
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.order import OrderEvent
from connector_core.flow.intake import hint
from connector_core.ports.drafts import Draft, Remembered

REMEMBERED = timedelta(hours=24)


class SqlDrafts:
    """The `Drafts` port over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def draft(self, connection: ConnectionId, order_ref: OrderRef) -> Draft | None:
        return await self._store.read(lambda c: _draft(c, connection, order_ref))

    async def put_draft(self, draft: Draft, event: OrderEvent) -> bool:
        def work(c: Connection) -> bool:
            if not _stored(c, draft):
                return False
            add(c, events, [event_row(hint(event))])
            return True

        return await self._store.transact(work)

    async def remember(self, key: str, fingerprint: str, at: datetime) -> Remembered | None:
        row = {"key": key, "fingerprint": fingerprint, "status": 0, "body": b"", "at": micros(at)}

        def work(c: Connection) -> Remembered | None:
            c.execute(delete(idempotency).where(idempotency.c.at < micros(at - REMEMBERED)))
            while not add_one(c, idempotency, row):
                known = c.execute(select(idempotency).where(idempotency.c.key == key)).first()
                if known:  # else it was forgotten in between
                    return Remembered(known.fingerprint, known.status, bytes(known.body), moment(known.at))
            return None

        return await self._store.transact(work)

    async def take_over(self, key: str, since: datetime, at: datetime) -> bool:
        mine = [idempotency.c.key == key, idempotency.c.status == 0, idempotency.c.at == micros(since)]
        taken = update(idempotency).where(*mine).values(at=micros(at))
        return await self._store.transact(lambda c: c.execute(taken).rowcount == 1)

    async def answered(self, key: str, status: int, body: bytes) -> None:
        done = update(idempotency).where(idempotency.c.key == key).values(status=status, body=body)
        await self._store.transact(lambda c: c.execute(done) and None)

    async def forget(self, key: str) -> None:
        gone = delete(idempotency).where(idempotency.c.key == key)
        await self._store.transact(lambda c: c.execute(gone) and None)


def _draft(connection: Connection, name: ConnectionId, order_ref: OrderRef) -> Draft | None:
    query = select(drafts).where(drafts.c.connection == name, drafts.c.order_ref == order_ref)
    row = connection.execute(query).first()
    if row is None:
        return None
    return Draft(
        ConnectionId(row.connection), OrderRef(row.order_ref), ShopId(row.shop), orjson.loads(row.record), row.version,
        row.created_by, moment(row.changed_at),
    )  # fmt: skip


def _stored(connection: Connection, draft: Draft) -> bool:
    values = {
        "record": orjson.dumps(draft.record).decode(),
        "version": draft.version,
        "changed_at": micros(draft.changed_at),
    }
    key = {"connection": draft.connection, "order_ref": draft.order_ref}
    if draft.version == 1:
        row = {**key, **values, "shop": draft.shop, "created_by": draft.created_by}
        return bool(add_new(connection, drafts, [row], "order_ref"))
    known = [drafts.c[name] == value for name, value in key.items()]
    changed = update(drafts).where(*known, drafts.c.version == draft.version - 1).values(**values)
    return connection.execute(changed).rowcount == 1
