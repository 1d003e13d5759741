"""What merchants and buyers do: they order, edit, cancel, pay, pay twice, and change their minds."""

import asyncio

from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentKind
from tests.simulation.messenger import Sent
from tests.simulation.psp import PspLink
from tests.simulation.shop import SimOrder
from tests.simulation.world import World

_HOUR = 3600.0


class People:
    """Whether somebody does something is the dice's `merchant.*` and `buyer.*`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.dice
        self._lyra = world.outside.lyra
        world.reads = lambda sent: world.spawn(self._reads(sent))

    def trade(self) -> None:
        for _ in range(self._world.options.orders):
            self._world.spawn(self._order())

    async def _order(self) -> None:
        dice, shop, phase = self._dice, self._world.outside.shop, self._world.options.hours * _HOUR
        await asyncio.sleep(dice.between(0, phase * 0.7))
        total = 0 if dice.happens("merchant.garbage") else dice.rng.randint(100, 90_000)
        order = shop.place(total, f"+4915112345{len(shop.orders):03d}")
        for _ in range(4):
            await asyncio.sleep(dice.between(0.1, 60) if dice.rng.random() < 0.5 else dice.between(60, phase / 3 + 60))
            self._changes(order)

    def _changes(self, order: SimOrder) -> None:
        dice, shop = self._dice, self._world.outside.shop
        if order.gone or order.status == "paid":
            return
        if order.status == "cancelled":
            if dice.happens("merchant.reopen"):
                shop.change(order, status="pending")
        elif dice.happens("merchant.cancel"):
            shop.change(order, status="cancelled")
        elif dice.happens("merchant.delete"):
            shop.change(order, gone=True)
        elif dice.happens("merchant.edit"):
            self._edit(order)

    def _edit(self, order: SimOrder) -> None:
        dice, shop = self._dice, self._world.outside.shop
        match dice.rng.randrange(4):
            case 0 | 1:
                shop.change(order, total=dice.rng.randint(100, 90_000))
            case 2:
                shop.change(order, phone=f"+4917112345{dice.rng.randrange(1000):03d}")
            case _:
                shop.change(order, note=f"note {dice.rng.randrange(1000)}")

    async def _reads(self, sent: Sent) -> None:
        dice = self._dice
        link = next((link for link in self._lyra.links.values() if link.url == sent.ask.url), None)
        if dice.happens("buyer.stop"):
            self._world.stop_word(sent.ask.to, "stop")
        if link is None or dice.happens("buyer.ignore"):
            return
        await asyncio.sleep(dice.between(60, 8 * _HOUR) if dice.happens("buyer.slow") else dice.between(2, 600))
        while self._payable(link) and dice.happens("buyer.refused"):
            self._lyra.attempt(link, accepted=False)
            await asyncio.sleep(dice.between(1, 120))
        if not self._payable(link):
            return
        if dice.happens("buyer.pending"):
            await self._transfers(link)
        else:
            await self._pays(link)

    async def _pays(self, link: PspLink) -> None:
        dice = self._dice
        psp_ref = self._lyra.attempt(link, accepted=True, amount=self._amount(link))
        if dice.happens("buyer.twice"):
            await asyncio.sleep(dice.between(0.1, 30))
            self._lyra.attempt(link, accepted=True)
        await asyncio.sleep(dice.between(1, 2 * _HOUR))
        for habit, kind in (("psp.refund", PaymentKind.REFUND), ("psp.chargeback", PaymentKind.CHARGEBACK)):
            if dice.happens(habit):
                self._lyra.give_back(psp_ref, self._lyra.facts[psp_ref, PaymentKind.CAPTURE].amount, kind)

    async def _transfers(self, link: PspLink) -> None:
        psp_ref = self._lyra.attempt(link, accepted=True, pending=True)
        await asyncio.sleep(self._dice.between(60, 24 * _HOUR))
        self._lyra.settle(psp_ref, accepted=self._dice.rng.random() < 0.7)

    def _amount(self, link: PspLink) -> Money:
        if self._dice.happens("buyer.partial"):
            return Money(max(1, link.amount.minor // 2), link.amount.currency)
        if self._dice.happens("buyer.other_currency"):
            return Money(link.amount.minor, "CHF")
        return link.amount

    def _payable(self, link: PspLink) -> bool:
        return link.payable(self._lyra.clock.now())
