"""Sends signed notifications and repeats what was not taken (reference/lyra.md 3.1, 3.3, 3.4)."""

import asyncio
import hashlib
import hmac

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.faults import Fault, FaultBook
from connector_core.sandbox.lyra.ledger import Ledger, now
from connector_core.sandbox.lyra.values import Delivery, Notice

_TAKEN = frozenset((*range(200, 207), 301, 302, 303, 307, 308))
"""The answers that Lyra counts as success; it follows no redirect."""


class Notifier:
    """One background task a notification, from `open` to `close`. `url` is the shop's notification URL."""

    def __init__(self, config: LyraConfig, ledger: Ledger, faults: FaultBook) -> None:
        self.url = config.ipn_url
        self._config = config
        self._ledger = ledger
        self._faults = faults
        self._session: ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: set[asyncio.Event] = set()

    async def open(self) -> None:
        timeout = ClientTimeout(total=self._config.ipn_timeout_seconds)
        self._session = ClientSession(timeout=timeout, connector=TCPConnector(limit=50))

    async def close(self) -> None:
        """Ends what is under way; a notification that was not taken yet is lost, as after Lyra's last attempt."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def send(self, notice: Notice) -> None:
        """Returns at once. A notification without a URL is not sent, nor is one while the sandbox is down."""
        if not notice.url or self._session is None:
            return
        task = asyncio.create_task(self._carry(notice, self._faults.take("ipn")))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, notice: Notice, fault: Fault | None) -> None:
        mode = fault.mode if fault else ""
        seconds = fault.seconds if fault else 0.0
        if mode == "drop":
            return
        if mode == "delay":
            await asyncio.sleep(seconds)
        if mode == "reorder":
            await self._wait_for_a_later_one(seconds)
        if mode == "duplicate":
            await self._post(notice, attempt=1)
        await self._deliver(notice, forged=mode == "forge")
        if mode != "reorder":
            for held in self._held:
                held.set()

    async def _wait_for_a_later_one(self, seconds: float) -> None:
        """Until a later notification was delivered, or for that long."""
        overtaken = asyncio.Event()
        self._held.add(overtaken)
        try:
            await asyncio.wait_for(overtaken.wait(), seconds)
        except TimeoutError:
            pass  # nothing came after it: late is all that it can be
        finally:
            self._held.discard(overtaken)

    async def _deliver(self, notice: Notice, *, forged: bool) -> None:
        """A forged first attempt is signed with the browser's key; the repeats are genuine."""
        taken = await self._post(notice, attempt=1, forged=forged)
        for attempt, pause in enumerate(self._config.retry_seconds, start=2):
            if taken:
                return
            await asyncio.sleep(pause)
            taken = await self._post(notice, attempt=attempt)

    async def _post(self, notice: Notice, *, attempt: int, forged: bool = False) -> bool:
        key = self._config.hmac_key if forged else self._config.test_password
        status = await self._status(notice.url, signed_form(notice.text, key))
        self._ledger.note(Delivery(notice.uuid, notice.detailed_status, attempt, status, now(), forged))
        return status in _TAKEN

    async def _status(self, url: str, form: dict[str, str]) -> int:
        assert self._session is not None
        try:
            async with self._session.post(url, data=form, allow_redirects=False) as response:
                await response.content.read(512)
                return response.status
        except (ClientError, TimeoutError, ValueError):
            return 0


def signed_form(text: str, key: str) -> dict[str, str]:
    """The five form fields of a notification."""
    return {
        "kr-hash": hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest(),
        "kr-hash-algorithm": "sha256_hmac",
        "kr-hash-key": "password",
        "kr-answer-type": "V4/Payment",
        "kr-answer": text,
    }
