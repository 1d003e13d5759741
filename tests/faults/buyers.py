"""What buyers and merchants do with an order, whether the connector lives at that moment or not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast
from urllib.parse import urlsplit

import aiohttp
from connector_woocommerce.fake import FakeShop

from connector_core.adapters.store_sql import SqlStore
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.message import Purpose
from connector_core.flow.erase import ask_erase
from connector_core.flow.refund import ask_refund
from connector_core.sandbox.lyra.values import CANCELLED, PaymentOrder, Transaction
from connector_core.sandbox.world import World
from connector_core.sandbox.world.buyer import ACCEPTED_CARD, on_trial
from tests.faults.ledgers import order_ref

ThingT = TypeVar("ThingT")

PATIENCE = 90.0
_LOOK_EVERY = 0.03
_NEW_TOTAL = "77.70"


class Lives:
    """One order each, from the placing to the last act; all look at the peers, and none at the connector.

    `reports` is where a person's command enters that money shall go back; nothing else needs it.
    """

    def __init__(self, world: World, session: aiohttp.ClientSession, reports: SqlStore | None = None) -> None:
        self._world = world
        self._session = session
        self._reports = reports
        self._shop = cast(FakeShop, world.shop)

    async def paid_at_once(self, ref: str) -> None:
        await self._pay(await self._told(ref, 1))

    async def paid_after_its_trial(self, ref: str) -> None:
        order = await self._told(ref, 1)
        await self._until(lambda: not on_trial(self._now(order)) or None)
        await self._pay(order)

    async def edited_and_paid(self, ref: str) -> None:
        order = await self._told(ref, 1)
        self._shop.edit_order(ref, total=_NEW_TOTAL)
        await self._told(ref, 2)
        assert self._now(order).amount == 7770, "the buyer was told of the change before the link had it"
        await self._pay(order)

    async def paid_and_given_back(self, ref: str) -> None:
        order = await self._told(ref, 1)
        await self._pay(order)
        (paid,) = self._transactions(order, "DEBIT")
        async with self._session.post(f"{_base(order)}/_sandbox/capture", json={"uuid": paid.uuid}) as answer:
            answer.raise_for_status()
        await self._until_so(lambda: self._ask_back(ref))
        await self._until(lambda: self._transactions(order, "CREDIT") or None)

    async def cancelled(self, ref: str) -> None:
        order = await self._told(ref, 1)
        self._shop.edit_order(ref, status="cancelled")
        await self._until(lambda: self._now(order).status == CANCELLED or None)

    async def paid_and_erased(self, ref: str) -> None:
        """She wants to be forgotten as soon as she has her receipt."""
        await self._pay(await self._told(ref, 1))
        await self._until_so(lambda: self._ask_erasure(ref))
        await self._until_so(lambda: self._is_erased(ref))

    async def _ask_erasure(self, ref: str) -> bool:
        assert self._reports is not None
        state = await self._reports.order(ref)
        if state is None or not any(m.purpose is Purpose.RECEIPT and m.provider_id for m in state.messages):
            return False
        await self._reports.commit(ask_erase([state], SystemClock().now(), "somebody"))
        return True

    async def _is_erased(self, ref: str) -> bool:
        assert self._reports is not None
        state = await self._reports.order(ref)
        return state is not None and state.order.erased_at is not None

    async def _ask_back(self, ref: str) -> bool:
        """Whether it could be asked for: the payment must be known first."""
        assert self._reports is not None
        state = await self._reports.order(ref)
        if state is None or not state.payments:
            return False
        await self._reports.commit(ask_refund(state, SystemClock()))
        return True

    async def _told(self, ref: str, messages: int) -> PaymentOrder:
        """The payment order of which the buyer was told, once so many messages with its link have come."""

        def look() -> PaymentOrder | None:
            sent = list(self._world.phone.ledger.messages.values())
            links = [self._world.lyra.ledger.order_by_code(m.button_url.rpartition("/")[2]) for m in sent]
            known = [order for order in links if order is not None and order_ref(order) == ref]
            return known[-1] if len(known) >= messages else None

        return await self._until(look)

    async def _pay(self, order: PaymentOrder) -> None:
        form, headers = {"card": ACCEPTED_CARD}, {"Origin": _base(order)}
        async with self._session.post(f"{order.url}/pay", data=form, headers=headers) as answer:
            await answer.read()

    def _transactions(self, order: PaymentOrder, operation: str) -> list[Transaction]:
        found = self._world.lyra.ledger.transactions_of(order.order_id or "")
        return [transaction for transaction in found if transaction.operation_type == operation]

    def _now(self, order: PaymentOrder) -> PaymentOrder:
        found = self._world.lyra.ledger.order(order.id)
        assert found is not None
        return found

    async def _until(self, look: Callable[[], ThingT | None]) -> ThingT:
        async with asyncio.timeout(PATIENCE):
            while (found := look()) is None:
                await asyncio.sleep(_LOOK_EVERY)
        return found

    async def _until_so(self, holds: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await holds():
                await asyncio.sleep(_LOOK_EVERY)


def _base(order: PaymentOrder) -> str:
    where = urlsplit(order.url)
    return f"{where.scheme}://{where.netloc}"
