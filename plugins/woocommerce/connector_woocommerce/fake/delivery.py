"""Webhook deliveries with WooCommerce's habits: late, collapsed, signed, and never repeated (section 6)."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from connector_core.sdk.testing.faults import FaultSwitches
from connector_woocommerce.fake.config import FakeShopConfig
from connector_woocommerce.fake.order import stamp

TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
_FAILURES = 7
_AT_ONCE = 25
"""The queue's batch."""


@dataclass
class Hook:
    """`pending` until a ping was answered with exactly 200; the seventh failure in a row disables."""

    id: int
    topic: str
    delivery_url: str
    secret: str
    name: str = ""
    status: str = "active"
    pending: bool = True
    failures: int = 0
    created: dict[str, Any] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """What REST answers: never the secret."""
        resource, event = self.topic.split(".", 1)
        return {
            "id": self.id,
            "name": self.name or f"PayLink {self.topic}",
            "status": self.status,
            "topic": self.topic,
            "resource": resource,
            "event": event,
            "delivery_url": self.delivery_url,
            **self.created,
        }


class Deliveries:
    """The shop's webhooks and their queue. `body_of` gives an order as REST shows it at delivery time."""

    def __init__(
        self, config: FakeShopConfig, body_of: Callable[[int, str], dict[str, Any] | None], faults: FaultSwitches
    ) -> None:
        self.hooks: dict[int, Hook] = {}
        self.log: list[dict[str, Any]] = []
        self.source = ""
        self._config = config
        self._body_of = body_of
        self._faults = faults
        self._due: dict[tuple[int, int], None] = {}
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60), auto_decompress=False)
        self._spawn(self._run())

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def add(self, topic: str, url: str, secret: str, name: str = "") -> Hook:
        hook = Hook(len(self.hooks) + 1, topic, url, secret, name)
        stamp(hook.created, "created")
        self.hooks[hook.id] = hook
        self._spawn(self._ping(hook))
        return hook

    def point_to(self, url: str) -> None:
        """The four topics that the connector needs, all to one address; an empty one removes them."""
        self.hooks.clear()
        if url:
            for topic in TOPICS:
                self.add(topic, url, self._config.webhook_secret)

    def announce(self, number: int, event: str) -> None:
        """Several changes before the queue runs become one delivery per webhook."""
        for hook in self.hooks.values():
            if hook.topic == f"order.{event}" and hook.status == "active":
                self._due[hook.id, number] = None
        if self._due:
            self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._config.delivery_delay)
            self._wake.clear()
            while self._due:
                batch = list(self._due)[:_AT_ONCE]
                for key in batch:
                    del self._due[key]
                await asyncio.gather(*(self._deliver(self.hooks.get(hook), number) for hook, number in batch))

    async def _deliver(self, hook: Hook | None, number: int) -> None:
        body = self._body_of(number, hook.topic) if hook else None
        if hook is None or body is None:
            return
        raw = json.dumps(body).encode()
        delivery = hashlib.md5(f"{hook.id}{int(time.time())}".encode(), usedforsecurity=False).hexdigest()
        if self._faults.take(f"WEBHOOK {hook.topic}", webhook=True):
            self._note(hook, number, delivery, 0)
            return
        status = await self._post(hook.delivery_url, raw, self._headers(hook, raw, delivery))
        self._note(hook, number, delivery, status)
        self._judge(hook, status)
        if hook.pending:
            await self._ping(hook)

    def _headers(self, hook: Hook, raw: bytes, delivery: str) -> dict[str, str]:
        return {
            "User-Agent": "WooCommerce/10.0.2 Hookshot (WordPress/6.8.7)",
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{self.source}/",
            "X-WC-Webhook-Topic": hook.topic,
            "X-WC-Webhook-Resource": "order",
            "X-WC-Webhook-Event": hook.topic.split(".")[1],
            "X-WC-Webhook-Signature": sign(hook.secret, raw),
            "X-WC-Webhook-ID": str(hook.id),
            "X-WC-Webhook-Delivery-ID": delivery,
        }

    async def _ping(self, hook: Hook) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        hook.pending = await self._post(hook.delivery_url, f"webhook_id={hook.id}".encode(), headers) != 200

    async def _post(self, url: str, raw: bytes, headers: dict[str, str]) -> int:
        if self._session is None:
            return 0
        try:
            async with self._session.post(url, data=raw, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return 0

    def _judge(self, hook: Hook, status: int) -> None:
        """301 and 302 count as success although they are not followed (surprise 6)."""
        hook.failures = 0 if 200 <= status < 300 or status in (301, 302) else hook.failures + 1
        if hook.failures >= _FAILURES:
            hook.status = "disabled"

    def _note(self, hook: Hook, number: int, delivery: str, status: int) -> None:
        self.log.append({"topic": hook.topic, "order": number, "status": status, "id": delivery, "at": time.time()})

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def sign(secret: str, raw: bytes) -> str:
    """Base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest()).decode()
