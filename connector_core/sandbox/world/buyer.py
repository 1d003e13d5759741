"""A simulated buyer: pays most PayLinks, is refused at some, lets some expire."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import aiohttp

from connector_core.sandbox.lyra import LyraSandbox
from connector_core.sandbox.lyra.values import PaymentOrder
from connector_core.sandbox.whatsapp import WhatsAppSandbox

ACCEPTED_CARD = "4970100000000055"
REFUSED_CARD = "4970100000000113"
_LOOK_EVERY = 0.1
_LONGER_THAN_A_TRIAL = timedelta(hours=1)


def on_trial(order: PaymentOrder) -> bool:
    """Whether the payment order is open for a short time only, as the connector makes it before it prolongs it."""
    return order.status == "RUNNING" and order.expires_at - order.created_at < _LONGER_THAN_A_TRIAL


class Choice(StrEnum):
    """What the buyer does with a PayLink; of ten, seven are paid at once and one after a refusal."""

    PAY = "pay"
    REFUSED_THEN_PAY = "refused, then paid"
    REFUSED = "refused"
    EXPIRE = "let expire"


_CHOICES = (*[Choice.PAY] * 4, Choice.REFUSED, *[Choice.PAY] * 3, Choice.EXPIRE, Choice.REFUSED_THEN_PAY)


class Buyer:
    """Reads the phone, opens the links there, and acts on the payment page as a browser does."""

    def __init__(self, phone: WhatsAppSandbox, lyra: LyraSandbox, lyra_url: str) -> None:
        self._phone = phone
        self._lyra = lyra
        self._lyra_url = lyra_url
        self._opened: set[str] = set()
        self._acting: set[asyncio.Task[None]] = set()
        self.choices: Counter[Choice] = Counter()

    async def run(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession() as session:
            try:
                while True:
                    for url in self._new_links():
                        task = asyncio.create_task(self._act(session, url, self._choose()))
                        self._acting.add(task)
                        task.add_done_callback(self._acting.discard)
                    await asyncio.sleep(_LOOK_EVERY)
            finally:
                await asyncio.gather(*self._acting, return_exceptions=True)

    def _new_links(self) -> list[str]:
        """Links that came since the last look, each once, however often a message repeats it."""
        urls = [message.button_url for message in list(self._phone.ledger.messages.values())]
        new = [url for url in dict.fromkeys(urls) if url and url not in self._opened]
        self._opened.update(new)
        return new

    def _choose(self) -> Choice:
        choice = _CHOICES[sum(self.choices.values()) % len(_CHOICES)]
        self.choices[choice] += 1
        return choice

    async def _act(self, session: aiohttp.ClientSession, url: str, choice: Choice) -> None:
        async with session.get(url) as page:
            await page.read()
        match choice:
            case Choice.PAY:
                await self._post(session, f"{url}/pay", {"card": ACCEPTED_CARD})
            case Choice.REFUSED_THEN_PAY:
                await self._post(session, f"{url}/pay", {"card": REFUSED_CARD})
                await self._post(session, f"{url}/pay", {"card": ACCEPTED_CARD})
            case Choice.REFUSED:
                await self._through_trial(url)
                await self._post(session, f"{url}/pay", {"card": REFUSED_CARD})
            case Choice.EXPIRE:
                await self._expire(session, url)

    async def _expire(self, session: aiohttp.ClientSession, url: str) -> None:
        """Time passes at the PSP, for this link alone."""
        order = await self._through_trial(url)
        async with session.post(f"{self._lyra_url}/_sandbox/expire", json={"paymentOrderId": order.id}) as answer:
            answer.raise_for_status()

    async def _through_trial(self, url: str) -> PaymentOrder:
        """The link once it was prolonged: one that is refused or ends before that is replaced by a new one."""
        ledger, code = self._lyra.ledger, urlsplit(url).path.rpartition("/")[2]
        while (order := ledger.order_by_code(code)) and on_trial(order):
            await ledger.changed(ledger.version)
        assert order is not None
        return order

    async def _post(self, session: aiohttp.ClientSession, url: str, form: Mapping[str, str]) -> None:
        headers = {"Origin": self._lyra_url}
        async with session.post(url, data=form, headers=headers) as answer:
            await answer.read()
