"""A whole house in one process: a real daemon between a merchant's system, Lyra and WhatsApp, all of it over HTTP."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import aiohttp
from connector_odoo.fake import FakeOdoo
from connector_salesforce.fake import FakeSalesforce
from connector_woocommerce.fake import FakeShop, FakeShopConfig
from typer.testing import CliRunner

from connector_core.adapters.cli.demo import templates
from connector_core.adapters.cli.main import app
from connector_core.adapters.store_sql import SqlStore
from connector_core.adapters.webhook_guard import Guard
from connector_core.app import Daemon
from connector_core.domain.message import Message, Purpose
from connector_core.domain.phone import E164
from connector_core.domain.state import OrderState
from connector_core.flow.opt_out import OptOuts
from connector_core.sandbox.lyra import LyraConfig, LyraSandbox
from connector_core.sandbox.lyra.values import PaymentOrder
from connector_core.sandbox.whatsapp import WhatsAppConfig, WhatsAppSandbox
from connector_core.sandbox.whatsapp.ledger import Sent
from connector_core.sandbox.world.buyer import on_trial
from connector_core.sandbox.world.config import toml
from connector_core.sandbox.world.daemon import free_port
from connector_core.sdk.testing.vendor import BookedPayment
from connector_core.settings import Settings
from tests.faults.figures import note

ACCEPTED, REFUSED = "4970100000000055", "4970100000000113"
PATIENCE = 20.0
_ODOO = ("odoo", "sale.order")
_KINDS: Mapping[type[object], tuple[str, str]] = {
    FakeShop: ("woocommerce", "orders"), FakeOdoo: _ODOO, FakeSalesforce: ("salesforce", "Order"),
}  # fmt: skip
"""Plugin, and the name of the orders in the ledger; a server that is none of these is a real Odoo."""
_PASSWORD = "testpassword_house0123456789"
_TIMING = {"unknown_wait": "1s", "reconcile_every": "1s", "expiry_grace": "1s", "link_trial": "8s"}


class Vendor(Protocol):
    """A merchant system of a house: a demo server, or a real one that runs anyway."""

    @property
    def url(self) -> str: ...

    def start(self) -> object: ...

    def stop(self) -> None: ...

    def settings(self) -> dict[str, object]: ...

    def set_webhook_url(self, url: str) -> None: ...

    def ledger(self) -> dict[str, object]: ...

    def paid_orders(self) -> Mapping[str, Sequence[BookedPayment]]: ...


class House:
    """`store` reads the daemon's ledger beside it; `vendors` are the merchant systems by connection, `rules` those
    of the shop `main`.
    """

    def __init__(
        self, folder: Path, vendors: Mapping[str, Vendor], more_shops: Sequence[str] = (), **rules: object
    ) -> None:
        self.folder = folder
        self._more_shops = more_shops
        self._rules = rules
        self.timing = dict(_TIMING)
        self.channels: dict[str, object] = {}
        self.vendors = vendors
        self.lyra = LyraSandbox(LyraConfig("12345678", _PASSWORD, "house", "", retry_seconds=(0.2, 0.5, 1.0)))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.phone: WhatsAppSandbox
        self.http: aiohttp.ClientSession
        self.daemon: Daemon
        self.guard = Guard(lookup=_nobody)
        self.store: SqlStore
        self._settings: Settings
        self._stack = AsyncExitStack()

    @property
    def shops(self) -> Mapping[str, FakeShop]:
        return {name: vendor for name, vendor in self.vendors.items() if isinstance(vendor, FakeShop)}

    @property
    def shop(self) -> FakeShop:
        return next(iter(self.shops.values()))

    @property
    def odoo(self) -> FakeOdoo:
        return next(vendor for vendor in self.vendors.values() if isinstance(vendor, FakeOdoo))

    @property
    def crm(self) -> FakeSalesforce:
        return next(vendor for vendor in self.vendors.values() if isinstance(vendor, FakeSalesforce))

    @property
    def config_file(self) -> Path:
        """The daemon's configuration, for commands beside it."""
        return self.folder / "paylink.toml"

    async def command(self, *words: str, code: int = 0) -> str:
        """What `paylink` says, in English, with the daemon's configuration."""
        return await self.command_of(*words, "--config", str(self.config_file), code=code)

    async def command_of(self, *words: str, code: int = 0) -> str:
        """The same for commands that need no configuration."""
        said = await asyncio.to_thread(CliRunner().invoke, app, list(words))
        assert said.exit_code == code, said.output
        return said.output

    async def open(self) -> None:
        self.http = await self._stack.enter_async_context(aiohttp.ClientSession())
        lyra_url = await self.lyra.start()
        self._stack.push_async_callback(self.lyra.stop)
        config = WhatsAppConfig(
            "token", "106540352242922", "102290129340398", "app-secret", "verify", templates(f"{lyra_url}/t/"),
            delivered_after=0.05, retry_seconds=(0.2, 0.5),
        )  # fmt: skip
        self.phone = WhatsAppSandbox(config)
        phone_url = await self.phone.start()
        self._stack.push_async_callback(self.phone.stop)
        for vendor in self.vendors.values():
            await asyncio.to_thread(vendor.start)
            self._stack.callback(vendor.stop)
        values = self._values(lyra_url, phone_url)
        self._settings = Settings(**values)
        self.config_file.write_text(toml(values) + "\n", encoding="utf-8")
        await self.start_daemon()
        await self.open_store()
        self._stack.push_async_callback(lambda: self.store.close())
        self.phone.webhook_url = f"{self.url}/channels/whatsapp/webhook"
        for name, vendor in self.vendors.items():
            vendor.set_webhook_url(f"{self.url}/webhooks/{name}")

    async def open_store(self) -> None:
        self.store = SqlStore(self._settings.database, daemon=False)
        await self.store.open()

    async def close(self) -> None:
        self._note()
        await self.daemon.stop()
        await self._stack.aclose()

    def _note(self) -> None:
        """What no story may ever come to, counted in the ledgers of Lyra and of the shops."""
        payable = [order for order in self.lyra.ledger.orders if order.status in ("RUNNING", "REFUSED")]
        links = Counter(self._asked_for(order) for order in payable)
        booked = [b.psp_ref for one in self.vendors.values() for rows in one.paid_orders().values() for b in rows]
        note(
            orders=sum(len(_orders_of(vendor)) for vendor in self.vendors.values()),
            links_twice=sum(count > 1 for count in links.values()),
            write_backs_twice=sum(count > 1 for count in Counter(booked).values()),
        )

    def _asked_for(self, order: PaymentOrder) -> str:
        """The shop's number of the order, or ours where several shops have the same numbers."""
        if len(self.vendors) > 1:
            return (order.metadata or {}).get("order", "")
        return (order.order_id or "").rpartition("-")[0]

    async def start_daemon(self) -> None:
        self.daemon = Daemon(self._settings, self.guard)
        await self.daemon.start()

    async def until(self, holds: Callable[[OrderState], bool], order_ref: str, *, connection: str = "") -> OrderState:
        """The order as soon as `holds` is true of it; fails with the order as it stands."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            state = await self.order(order_ref, connection)
            if state is not None and holds(state):
                return state
            assert asyncio.get_running_loop().time() < deadline, f"it never came to that: {state}"
            await asyncio.sleep(0.03)

    async def order(self, order_ref: str, connection: str = "") -> OrderState | None:
        for line in await self.store.orders(search=order_ref, limit=200):
            if line.order_ref == order_ref and connection in ("", line.connection):
                return await self.store.order(line.order_id)
        return None

    async def settles(self, seconds: float = 0.6) -> None:
        """Long enough for what should not happen to have happened."""
        await asyncio.sleep(seconds)

    async def opt_out(self, phone: str) -> None:
        """The buyer answers STOPP, and the daemon has heard it."""
        text = {"text": "STOPP"}
        async with self.http.post(
            f"{self.phone_url}/chat/{phone.removeprefix('+')}/messages", data=text, allow_redirects=False
        ) as answer:
            assert answer.status == 303
        async with asyncio.timeout(PATIENCE):
            while not await OptOuts(self.store).opted_out(E164(phone)):
                await asyncio.sleep(0.03)

    async def pay(self, url: str, card: str = ACCEPTED) -> int:
        async with self.http.post(f"{url}/pay", data={"card": card}, allow_redirects=False) as answer:
            return answer.status

    async def fault(self, server: str, **fault: Any) -> None:
        async with self.http.post(f"{server}/_sandbox/faults", json=fault) as answer:
            assert answer.status < 300, await answer.text()

    async def lyra_expire(self, payment_order_id: str) -> None:
        """Time passes at the PSP, for this link alone, once it has come through its trial."""
        while (order := self.lyra.ledger.order(payment_order_id)) and on_trial(order):
            await asyncio.sleep(0.02)
        async with self.http.post(
            f"{self.lyra_url}/_sandbox/expire", json={"paymentOrderId": payment_order_id}
        ) as answer:
            assert answer.status == 200

    def messages(self, purpose: str = "") -> list[Sent]:
        """What is on the buyers' phones; `purpose` is a part of the template's name."""
        return [message for message in self.phone.ledger.messages.values() if purpose in message.template]

    def _values(self, lyra_url: str, phone_url: str) -> Mapping[str, Any]:
        self.lyra_url, self.phone_url = lyra_url, phone_url
        channel = {
            "kind": "whatsapp", "phone_number_id": "106540352242922", "waba_id": "102290129340398",
            "access_token": "token", "app_secrets": ["app-secret"], "verify_token": "verify", "graph_url": phone_url,
            "pay_url_base": f"{lyra_url}/t/",
        }  # fmt: skip
        shops = {"main": "Weinhaus Mosel", **{name: name.title() for name in self._more_shops}}
        return {
            "database": f"sqlite:///{self.folder / 'paylink.db'}",
            "port": self.port,
            "public_url": self.url,
            "timing": self.timing,
            "psp": {name: {"shop_id": "12345678", "passwords": [_PASSWORD], "api_url": lyra_url} for name in shops},
            "channels": {"whatsapp": channel, **self.channels},
            "shops": {
                name: {"name": said, "psp": name, "channels": ["whatsapp"]} | (self._rules if name == "main" else {})
                for name, said in shops.items()
            },
            "connections": {
                name: {"plugin": _plugin_of(vendor), "shop": "main", "poll_every": "1s", **vendor.settings()}
                for name, vendor in self.vendors.items()
            },
        }


async def _nobody(host: str, _port: int) -> Sequence[str]:
    """Tests ask nobody outside for a name."""
    raise OSError(f"{host} is not known here")


def _plugin_of(vendor: Vendor) -> str:
    return _KINDS.get(type(vendor), _ODOO)[0]


def _orders_of(vendor: Vendor) -> list[object]:
    return cast(list[object], vendor.ledger()[_KINDS.get(type(vendor), _ODOO)[1]])


@asynccontextmanager
async def open_house(
    folder: Path, *connections: str, more_shops: Sequence[str] = (), **rules: object
) -> AsyncIterator[House]:
    """Shops of WooCommerce, one for each connection, which all feed the shop `main`."""
    names = connections or ("shop",)
    vendors = {name: FakeShop(FakeShopConfig(seed=number)) for number, name in enumerate(names, 1)}
    async with house_of(folder, vendors, more_shops, timing=None, senders=None, **rules) as house:
        yield house


@asynccontextmanager
async def house_of(
    folder: Path,
    vendors: Mapping[str, Vendor],
    more_shops: Sequence[str] = (),
    *,
    timing: Mapping[str, str] | None = None,
    senders: Mapping[str, object] | None = None,
    **rules: object,
) -> AsyncIterator[House]:
    """`timing` takes the place of what is usual in a house; `senders` are channels beside WhatsApp."""
    house = House(folder, vendors, more_shops, **rules)
    house.timing.update(timing or {})
    house.channels.update(senders or {})
    await house.open()
    try:
        yield house
    finally:
        await house.close()


def told(state: OrderState, purpose: Purpose = Purpose.PAYLINK) -> list[Message]:
    """Messages of this purpose that the messenger has taken."""
    return [message for message in state.messages if message.purpose is purpose and message.provider_id]
