"""A sender of webhooks is killed between an attempt and its outcome: nothing is lost, and ids stay (faults.md 12)."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector_core.adapters.store_sql import SqlStore, SqlWebhooks
from connector_core.domain.event import EventType
from connector_core.domain.ids import uuid7
from connector_core.domain.webhook import DeliveryState, Endpoint, EndpointId
from connector_core.domain.webhook_signature import new_secret
from connector_core.ports.people import Act
from tests.integration.store.orders import SHOP
from tests.integration.store.test_webhooks import order
from tests.services.webhook_receiver import Received, Receiver

EVENTS = 12
KILLS = 4
SETTLED_IN = 60.0


class Sender:
    """The process, started anew whenever it was killed."""

    def __init__(self, url: str) -> None:
        self._command = [sys.executable, "-m", "tests.faults.webhook_sender", url]
        self._process = self._start()
        self.kills = 0

    def kill_in_the_middle(self, _: Received) -> int:
        """The answer is on its way, and nobody is there any more who hears it."""
        if self.kills < KILLS and self._process.poll() is None:
            self.kills += 1
            self._process.send_signal(signal.SIGKILL)
        return 204

    def revive(self) -> None:
        if self._process.poll() is not None:
            self._process = self._start()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command, cwd=Path(__file__).parents[2])


@pytest.mark.fault(12)
async def test_nothing_is_lost_and_what_comes_twice_has_its_id(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'paylink.db'}"
    store = SqlStore(url, daemon=False)
    await store.open()
    webhooks = SqlWebhooks(store)
    async with Receiver() as receiver:
        now = datetime.now(UTC)
        one = Endpoint(EndpointId(uuid7()), SHOP, receiver.url, (), new_secret(), now, "anna", now)
        await webhooks.add(one, 20, Act("anna", "webhook.added", shop=SHOP))
        for _ in range(EVENTS):
            await order(store, EventType.PAYMENT_CAPTURED)
        sender = Sender(url)
        receiver.answers = [sender.kill_in_the_middle]
        try:
            await until_settled(webhooks, one, sender)
        finally:
            sender.stop()
        sent = await webhooks.deliveries(one.id)
    await store.close()
    assert sender.kills == KILLS
    assert set(receiver.ids) == {delivery.event for delivery in sent}
    assert len(sent) == EVENTS
    twice = [own for own, count in Counter(receiver.ids).items() if count > 1]
    assert twice, "a kill between the attempt and its outcome leaves it open whether it came"
    assert all(received.signed_by(one.secret) for received in receiver.received)


async def until_settled(webhooks: SqlWebhooks, one: Endpoint, sender: Sender) -> None:
    deadline = asyncio.get_running_loop().time() + SETTLED_IN
    while len(await webhooks.deliveries(one.id, state=DeliveryState.DONE)) < EVENTS:
        assert asyncio.get_running_loop().time() < deadline, await webhooks.deliveries(one.id)
        sender.revive()
        await asyncio.sleep(0.05)
