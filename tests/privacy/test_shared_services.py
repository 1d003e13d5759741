"""On PostgreSQL and RabbitMQ: the rows, the dead letters, and what waits in the queue (faults.md 72)."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from connector_woocommerce.fake import FakeShop, FakeShopConfig
from sqlalchemy import Engine

from connector_core.adapters.rabbitmq import RabbitDeadLetters
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.cloudevent import encode_order_event
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.ports.broker import DeadLetterView, Outgoing
from tests.flow.house import House
from tests.privacy.buying import ask, bought, erased
from tests.privacy.traces import BILLING, EMAIL, held, in_rows
from tests.services.rabbitmq import RabbitNode


class SharedHouse(House):
    """Its daemon works on services that others may share."""

    services: Mapping[str, str] = {}

    def _values(self, lyra_url: str, phone_url: str) -> Mapping[str, Any]:
        return {**super()._values(lyra_url, phone_url), **self.services}


@pytest.fixture
async def house(tmp_path: Path, postgres_url: str, rabbitmq: RabbitNode) -> AsyncIterator[House]:
    opened = SharedHouse(tmp_path, {"shop": FakeShop(FakeShopConfig())})
    opened.services = {"database": postgres_url, "broker": rabbitmq.add_vhost(f"privacy-{secrets.token_hex(4)}")}
    await opened.open()
    yield opened
    await opened.close()


async def letters(house: House) -> list[DeadLetterView]:
    dead = RabbitDeadLetters(house._settings.broker, house.daemon._broker)
    return list(await dead.look(10))


@pytest.mark.fault(72)
async def test_rows_and_dead_letters_name_her_no_more(house: House, engine: Engine) -> None:
    state = await bought(house)
    await house.daemon._broker.publish(Outgoing("odd", "odd", f'{{"to": "{EMAIL}"}}'.encode(), to_orders=True))
    await house.daemon._broker.publish(Outgoing("else", "odd", b'{"to": "somebody"}', to_orders=True))
    async with asyncio.timeout(30):
        while len(await letters(house)) < 2:
            await asyncio.sleep(0.1)
    await ask(house, state)
    await erased(house, state)
    assert [letter.message_id for letter in await letters(house)] == ["else"]
    assert in_rows(engine) == []


@pytest.mark.fault(72)
async def test_a_record_that_waits_in_the_queue_brings_nobody_back(house: House, engine: Engine) -> None:
    """Published by a system of its own, while its buyer is erased."""
    state = await bought(house)
    body = encode_order_event(
        OrderEvent(
            "own", "/erp", ConnectionId("shop"), OrderRef(state.order.order_ref), OrderChange.CHANGED,
            SystemClock().now(), {"id": 1, "billing": BILLING}, "woocommerce.order",
        )
    )  # fmt: skip
    assert list(held(body))
    await ask(house, state)
    await house.daemon._broker.publish(Outgoing("own", "odd", body, to_orders=True))
    await erased(house, state)
    await house.settles(2)
    assert in_rows(engine) == []
    assert await letters(house) == []
