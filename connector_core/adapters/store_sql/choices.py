"""What people set on pages, each change with its act in one transaction."""

from collections.abc import Mapping, Sequence

import orjson
from sqlalchemy import Connection, Delete, delete, insert, select, update

from connector_core.adapters.store_sql import audit
from connector_core.adapters.store_sql.office_schema import paused, saved_filters, shop_settings
from connector_core.adapters.store_sql.rows import micros, moment
from connector_core.adapters.store_sql.statements import add_one
from connector_core.adapters.store_sql.store import SqlStore
from connector_core.domain.ids import ShopId
from connector_core.domain.person import PersonId
from connector_core.ports.choices import Hold, ShopChoices
from connector_core.ports.people import Act


class SqlChoices:
    """The `Choices` port over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._known: Mapping[ShopId, ShopChoices] = {}

    async def holds(self) -> Sequence[Hold]:
        query = select(paused).order_by(paused.c.block)
        return await self._store.read(
            lambda c: [Hold(row.block, moment(row.since), row.by) for row in c.execute(query)]
        )

    async def hold(self, hold: Hold, act: Act) -> bool:
        row = {"block": hold.block, "since": micros(hold.since), "by": hold.by}
        return await self._store.transact(lambda c: audit.noted(c, act, lambda: add_one(c, paused, row)))

    async def let_go(self, block: str, act: Act) -> bool:
        gone = delete(paused).where(paused.c.block == block)
        return await self._store.transact(lambda c: audit.noted(c, act, lambda: c.execute(gone).rowcount == 1))

    async def filters(self, person: PersonId) -> Mapping[str, str]:
        query = select(saved_filters).where(saved_filters.c.person == person).order_by(saved_filters.c.name)
        return await self._store.read(lambda c: {row.name: row.query for row in c.execute(query)})

    async def keep_filter(self, person: PersonId, name: str, query: str) -> None:
        def work(c: Connection) -> None:
            c.execute(_filter_gone(person, name))
            c.execute(insert(saved_filters).values(person=person, name=name, query=query))

        await self._store.transact(work)

    async def drop_filter(self, person: PersonId, name: str) -> None:
        await self._store.transact(lambda c: c.execute(_filter_gone(person, name)) and None)

    async def shops(self) -> Mapping[ShopId, ShopChoices]:
        """Daemons look every few seconds, and a shop may have a logo: what is known already is not read again."""
        self._known = await self._store.read(lambda c: _shops(c, self._known))
        return self._known

    async def choose(self, shop: ShopId, chosen: ShopChoices, act: Act) -> bool:
        return await self._store.transact(lambda c: audit.noted(c, act, lambda: _chosen(c, shop, chosen)))


def _shops(connection: Connection, known: Mapping[ShopId, ShopChoices]) -> Mapping[ShopId, ShopChoices]:
    """`known` with what has another version by now."""
    versions = {
        row.shop: row.version for row in connection.execute(select(shop_settings.c.shop, shop_settings.c.version))
    }
    same = {shop: choices for shop, choices in known.items() if versions.get(shop) == choices.version}
    query = select(shop_settings).where(shop_settings.c.shop.in_(versions.keys() - same.keys()))
    fresh = connection.execute(query) if len(same) < len(versions) else ()
    return same | {ShopId(row.shop): ShopChoices(row.version, orjson.loads(row.data)) for row in fresh}


def _filter_gone(person: PersonId, name: str) -> Delete:
    return delete(saved_filters).where(saved_filters.c.person == person, saved_filters.c.name == name)


def _chosen(connection: Connection, shop: ShopId, chosen: ShopChoices) -> bool:
    values = {"version": chosen.version, "data": orjson.dumps(dict(chosen.values or {})).decode()}
    if chosen.version == 1:
        return add_one(connection, shop_settings, {"shop": shop, **values})
    before = [shop_settings.c.shop == shop, shop_settings.c.version == chosen.version - 1]
    return connection.execute(update(shop_settings).where(*before).values(**values)).rowcount == 1
