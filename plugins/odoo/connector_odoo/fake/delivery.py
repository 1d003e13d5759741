"""The addon's outbox: nothing is lost, what is not taken goes out again, and each delivery is signed."""

import asyncio
import json
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from connector_core.sdk.testing.faults import FaultSwitches
from connector_odoo.fake.config import FakeOdooConfig
from connector_odoo.webhook import sign


@dataclass
class Delivery:
    """One row of the outbox; `id` stays the same over its tries."""

    id: str
    type: str
    data: dict[str, Any]
    state: str = "waiting"
    tries: int = 0

    def body(self) -> bytes:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return json.dumps({"type": self.type, "timestamp": now, "data": self.data}).encode()


class Outbox:
    """Without an address rows wait; they go out as soon as there is one."""

    def __init__(self, config: FakeOdooConfig, faults: FaultSwitches) -> None:
        self.rows: list[Delivery] = []
        self.url = config.webhook_url
        self._config = config
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30), auto_decompress=False)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def add(self, kind: str, data: dict[str, Any]) -> None:
        """Nobody waits for it: whoever confirms an order notices nothing."""
        if self.url and self._session is not None:
            self.rows.append(Delivery(f"msg_{uuid.uuid4().hex}", kind, data))
            self._spawn(self._send(self.rows[-1]))

    async def _send(self, row: Delivery) -> None:
        await asyncio.sleep(self._config.delivery_delay)
        while row.state == "waiting":
            row.tries += 1
            if await self._post(row):
                row.state = "sent"
                return
            pauses = self._config.retry_seconds
            await asyncio.sleep(pauses[min(row.tries, len(pauses)) - 1])

    async def _post(self, row: Delivery) -> bool:
        raw, now = row.body(), int(time.time())
        if self._session is None or self._faults.take(f"WEBHOOK {row.type}", webhook=True):
            return False
        try:
            async with self._session.post(self.url, data=raw, headers=self._headers(row, now, raw)) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return False

    def _headers(self, row: Delivery, now: int, raw: bytes) -> dict[str, str]:
        return signed_headers(self._config.webhook_secret, row.id, now, raw)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def signed_headers(secret: str, delivery: str, now: int, raw: bytes) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "webhook-id": delivery,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, delivery, now, raw),
    }
