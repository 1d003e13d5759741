"""The demo world with a fault proxy on every line between two processes, and a buyer who pays whatever reaches him."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from connector_woocommerce.fake import FakeShop

from connector_core.adapters.cli.demo import compare, world_options
from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.state import OrderState
from connector_core.ports.store import StoreUnavailable
from connector_core.sandbox.world import Finding, World, WorldOptions
from connector_core.sandbox.world.world import CONNECTION
from tests.faults.figures import note_findings
from tests.services.fault_proxy import FaultProxy

LINES = ("lyra", "ipn", "phone", "statuses", "shop", "webhooks", "broker", "database")
PATIENCE = 90.0
_CARD = "4970100000000055"
TIMING = {"unknown_wait": "5s", "reconcile_every": "2s", "expiry_grace": "1s", "link_trial": "30s"}
CALM = {**TIMING, "reconcile_every": "20s", "link_trial": "2m"}
"""For a test that lasts: no link ends meanwhile."""
SHORT_TRIAL = {**TIMING, "link_trial": "3s"}
"""For a test that loses answers of the PSP: what may have been made unseen is waited out."""
_RETRY_SECONDS = (0.3, 0.5, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0)


class WiredWorld(World):
    """`lines` are the proxies by name; `reports` reads the daemon's ledger beside it, without a proxy."""

    reports: SqlStore
    lyra_itself: str

    def __init__(self, options: WorldOptions, more: Mapping[str, Any]) -> None:
        """`more` goes over the configuration's blocks."""
        super().__init__(options)
        self.lines = {name: FaultProxy() for name in LINES}
        self.placed: list[str] = []
        self.paying = True
        self._more = more

    async def place(self, orders: int) -> None:
        for _ in range(orders):
            self.placed.append(await asyncio.to_thread(self.shop.place_order))

    async def agree(self, seconds: float = PATIENCE, *, receipts_lost: bool = False) -> None:
        """All ledgers agree on every order that was placed, and each was paid, booked and thanked for once.

        A receipt is never repeated (invariant I19): on a line that loses messages, some may be missing.
        """

        deadline = asyncio.get_running_loop().time() + seconds
        while not _settled(findings := await self._compare(receipts_lost=receipts_lost), len(self.placed)):
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.2)
        note_findings(findings)
        assert all(finding.agrees for finding in findings), [finding for finding in findings if not finding.agrees]
        counts = {finding.name: finding.ours for finding in findings}
        wanted = ("orders", "paylinks", "messages", "captures", "shop payments")
        assert {name: counts[name] for name in wanted} == dict.fromkeys(wanted, len(self.placed))

    async def _compare(self, *, receipts_lost: bool) -> list[Finding]:
        """Nothing, as long as our own ledger cannot be read."""
        try:
            findings = await compare(self, self.reports, self.placed)
        except StoreUnavailable:
            return []
        return [
            f for f in findings if not (receipts_lost and f.name == "receipts" and f.theirs < f.ours and not f.wrong)
        ]

    @property
    def daemon_pid(self) -> int:
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.fsencode(self.config_file) in (folder / "cmdline").read_bytes().split(b"\0"):
                    return int(folder.name)
        raise AssertionError("the daemon does not run")

    async def states(self) -> list[OrderState]:
        lines = await self.reports.orders(limit=max(2 * len(self.placed), 1))
        return [state for line in lines if (state := await self.reports.order(line.order_id)) is not None]

    async def readyz(self) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.addresses.daemon}/readyz") as answer:
            return answer.status, await answer.json()

    def logged(self, *words: str) -> list[str]:
        """The lines of the daemon's log that have all of these words."""
        lines = self.daemon.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if all(word in line for word in words)]

    async def pay_always(self) -> None:
        """A buyer at the payment page itself, past the proxies, until cancelled."""
        paid: set[str] = set()
        async with aiohttp.ClientSession(headers={"Origin": self.lyra_itself}) as browser:
            while True:
                urls = {message.button_url for message in list(self.phone.ledger.messages.values())}
                new = (urls - paid - {""}) if self.paying else set()
                await asyncio.gather(*(self._pay(browser, url) for url in new))
                paid |= new
                await asyncio.sleep(0.1)

    async def _pay(self, browser: aiohttp.ClientSession, url: str) -> None:
        async with browser.post(f"{self.lyra_itself}{urlsplit(url).path}/pay", data={"card": _CARD}) as answer:
            await answer.read()

    async def _start_lyra(self, stack: AsyncExitStack, ipn_url: str) -> str:
        """The address that goes into PayLinks is the one at which the daemon calls."""
        self.lyra_itself = await super()._start_lyra(stack, self.lines["ipn"].url + urlsplit(ipn_url).path)
        return self._wire("lyra", self.lyra_itself)

    def _config(self) -> dict[str, Any]:
        config = super()._config()
        for name in ("ipn", "statuses", "webhooks"):
            self._wire(name, self.addresses.daemon)
        psp, sender, shop = config["psp"]["main"], config["channels"]["whatsapp"], config["connections"][CONNECTION]
        psp |= {"total_seconds": 6.0, "ipn_url": f"{self.lines['ipn'].url}/psp/main/notifications"}
        sender["graph_url"] = self._wire("phone", sender["graph_url"])
        shop |= {"url": self._wire("shop", shop["url"]), "timeout_seconds": 3}
        assert isinstance(self.shop, FakeShop)
        self.shop.url = shop["url"]  # it checks signatures over its own public address
        for name in ("broker", "database"):
            if urlsplit(config[name]).port:
                config[name] = self._wire(name, config[name])
        return {**config, **self._more}

    def _wire(self, name: str, url: str) -> str:
        """Puts the line's proxy before whoever listens there; the address that leads through it."""
        parts, line = urlsplit(url), self.lines[name]
        assert parts.port is not None
        line.to_port = parts.port
        user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{line.port}"))


def _settled(findings: Sequence[Finding], orders: int) -> bool:
    captures = [finding.ours for finding in findings if finding.name == "captures"]
    return captures == [orders] and all(finding.agrees for finding in findings)


@asynccontextmanager
async def wired_world(
    folder: Path, *, broker: str = "", database: str = "", more: Mapping[str, Any] | None = None, **options: Any
) -> AsyncIterator[WiredWorld]:
    """The world with everything at work, the buyer too. `options` go over those of the demo."""
    usual = world_options(folder, "woocommerce", broker, database, fixed_ports=False)
    usual = replace(usual, timing=TIMING, poll_every="2s", retry_seconds=_RETRY_SECONDS)
    world = WiredWorld(replace(usual, **options), more or {})
    async with AsyncExitStack() as stack:
        for line in world.lines.values():
            await line.start()
            stack.push_async_callback(line.stop)
        await stack.enter_async_context(world)
        world.phone.webhook_url = f"{world.lines['statuses'].url}/channels/whatsapp/webhook"
        world.shop.set_webhook_url(f"{world.lines['webhooks'].url}/webhooks/{CONNECTION}")
        world.reports = SqlStore(database or f"sqlite:///{folder / 'paylink.db'}", daemon=False)
        await world.reports.open()
        stack.push_async_callback(world.reports.close)
        paying = asyncio.create_task(world.pay_always())
        try:
            yield world
        finally:
            for line in world.lines.values():
                line.heal()
            paying.cancel()
            with suppress(asyncio.CancelledError):
                await paying


async def until(holds: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Until `holds`, an ordinary or an async function, says yes. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while True:
            answer = holds()
            if await answer if asyncio.iscoroutine(answer) else answer:
                return
            await asyncio.sleep(0.1)
