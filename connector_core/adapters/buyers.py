"""What is kept of buyers, over a store's database."""

from collections.abc import Awaitable, Callable

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


def buyers_of(
    store: SqlStore, shop_name: Callable[[ShopId], str], advance: Callable[[OrderId], Awaitable[None]] = _later
) -> Buyers:
    """`shop_name` is what buyers read in messages; `advance` begins work on an order at once."""
    opted_out = OptOuts(store).opted_out
    return Buyers(SqlPrivacy(store), store, SqlPeople(store), SystemClock(), opted_out, shop_name, _read, advance)


def _read(purpose: Purpose, terms: Terms, shop_name: str) -> str:
    return as_read(purpose, terms, shop_name).text
