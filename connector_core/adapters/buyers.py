"""What is kept of buyers, over a store's database."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from connector_core.adapters.store_sql import SqlPeople, SqlPrivacy, SqlStore
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.web.office.message_view import as_read
from connector_core.domain.ids import OrderId, ShopId
from connector_core.domain.message import Purpose
from connector_core.domain.request import Terms
from connector_core.flow.buyers import Buyers
from connector_core.flow.opt_out import OptOuts


async def _later(_order_id: OrderId) -> None:
    """The daemon finds it."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


def buyers_of(
    store: SqlStore, shops: Mapping[Any, Named], advance: Callable[[OrderId], Awaitable[None]] = _later
) -> Buyers:
    """`advance` begins work on an order at once."""

    def shop_name(shop: ShopId) -> str:
        return shops[shop].name if shop in shops else shop

    opted_out = OptOuts(store).opted_out
    return Buyers(SqlPrivacy(store), store, SqlPeople(store), SystemClock(), opted_out, shop_name, _read, advance)


def _read(purpose: Purpose, terms: Terms, shop_name: str) -> str:
    return as_read(purpose, terms, shop_name).text
