"""Carries notices to the subscribed address: in batches, signed, again and again until somebody takes them."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import aiohttp

from connector_core.sandbox.whatsapp.agenda import Agenda
from connector_core.sandbox.whatsapp.config import WhatsAppConfig
from connector_core.sandbox.whatsapp.ledger import Ledger, WebhookPost
from connector_core.sandbox.whatsapp.payloads import Notice, signature, webhook_body

_POST_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Notices that travel together, with the try that comes next, counted from 1."""

    notices: tuple[Notice, ...]
    attempt: int = 1
    forged: bool = False


class Courier:
    """`post` queues; `config.concurrency` carriers take what has gathered, at most `config.batch` a webhook."""

    def __init__(self, config: WhatsAppConfig, ledger: Ledger, taken: Callable[[Notice], None]) -> None:
        self.url = ""
        self._config = config
        self._ledger = ledger
        self._taken = taken
        self._waiting: deque[Notice] = deque()
        self._ready: deque[Parcel] = deque()
        self._retries: Agenda[Parcel] = Agenda(self._make_ready)
        self._news = asyncio.Event()

    def post(self, notice: Notice) -> None:
        if self.url:
            self._waiting.append(notice)
            self._news.set()

    def post_forged(self, notice: Notice) -> None:
        """Posts it once, with a signature that is wrong."""
        if self.url:
            self._make_ready(Parcel((notice,), forged=True))

    async def run(self) -> None:
        """Until it is cancelled."""
        connector = aiohttp.TCPConnector(limit=self._config.concurrency)
        session = aiohttp.ClientSession(connector=connector, timeout=_POST_TIMEOUT)
        async with session, asyncio.TaskGroup() as group:
            group.create_task(self._retries.run())
            for _ in range(self._config.concurrency):
                group.create_task(self._carry(session))

    def _make_ready(self, parcel: Parcel) -> None:
        self._ready.append(parcel)
        self._news.set()

    async def _next(self) -> Parcel:
        while not (self._ready or self._waiting):
            self._news.clear()
            await self._news.wait()
        if self._ready:
            return self._ready.popleft()
        size = min(self._config.batch, len(self._waiting))
        return Parcel(tuple(self._waiting.popleft() for _ in range(size)))

    async def _carry(self, session: aiohttp.ClientSession) -> None:
        while True:
            parcel = await self._next()
            status = await self._deliver(session, parcel)
            self._note(parcel, status)
            if 200 <= status < 300:
                self._hand_over(parcel.notices)
            elif not parcel.forged and parcel.attempt <= len(self._config.retry_seconds):
                pause = self._config.retry_seconds[parcel.attempt - 1]
                self._retries.add(pause, replace(parcel, attempt=parcel.attempt + 1))

    async def _deliver(self, session: aiohttp.ClientSession, parcel: Parcel) -> int:
        body = webhook_body(self._config, parcel.notices)
        secret = "forged" if parcel.forged else self._config.app_secret
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature(secret, body)}
        try:
            async with session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return 0  # nobody there, or no valid address: the same as no answer

    def _hand_over(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            self._taken(notice)

    def _note(self, parcel: Parcel, http_status: int) -> None:
        for notice in parcel.notices:
            self._ledger.webhooks.append(
                WebhookPost(notice.message_id, notice.status, parcel.attempt, http_status, parcel.forged)
            )
