"""What a system tells by itself is kept before its place in the stream is, and a stream that ends begins anew."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.errors import ConfigurationError, ConnectorError, RetryLater
from connector_core.domain.ids import ConnectionId, OrderId, OrderRef
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.flow import listen as listening
from connector_core.flow.intake import Intake
from connector_core.flow.listen import listen
from connector_core.flow.middleware.pause import Pauses
from tests.unit.flow.ledger import NOW, PORTS

ERP = ConnectionId("erp")


def event(number: int) -> OrderEvent:
    return OrderEvent(f"e-{number}", "/erp", ERP, OrderRef(str(number)), OrderChange.RECEIVED, NOW)


@dataclass
class Radio:
    """Speaks one programme after the other; an error in it ends that one."""

    programmes: list[Sequence[OrderEvent | ConnectorError | None]]
    connection: ConnectionId = ERP
    cursors: list[object] = field(default_factory=list)

    async def listen(self, cursor: object) -> AsyncGenerator[tuple[Sequence[OrderEvent], object]]:
        self.cursors.append(cursor)
        at = cursor if isinstance(cursor, int) else 0
        for said in self.programmes.pop(0) if self.programmes else []:
            if isinstance(said, ConnectorError):
                raise said
            at += said is not None
            yield ([] if said is None else [said]), at


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    store = SqlStore(f"sqlite:///{tmp_path / 'paylink.db'}")
    await store.open()
    yield store
    await store.close()


@asynccontextmanager
async def listened(radio: Radio, store: SqlStore, pauses: Pauses) -> AsyncIterator[None]:
    async def nothing(_order_id: OrderId) -> None:
        """No order is worked on here."""

    intake = Intake(store, PORTS.clock, nothing, lambda: None)
    task = asyncio.create_task(listen(radio, store, intake, pauses, timedelta(seconds=0.01)))
    try:
        yield
    finally:
        task.cancel()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await holds():
            await asyncio.sleep(0.01)


async def read_to(store: SqlStore, place: int) -> None:
    """The events up to this place are kept, and so is the place."""

    async def is_there() -> bool:
        return bool(await store.cursor("listen:erp") == place)

    await until(is_there)


async def test_events_are_kept_and_the_place_behind_them(store: SqlStore) -> None:
    radio = Radio([[event(1), None, event(2)], [event(3)]])
    async with listened(radio, store, Pauses(PORTS.clock)):
        await read_to(store, 3)
    assert radio.cursors[:2] == [None, 2]
    assert len(await store.unpublished(100)) == 3


async def test_what_is_said_twice_is_known(store: SqlStore) -> None:
    radio = Radio([[event(1)], [event(1)], [event(2)]])
    async with listened(radio, store, Pauses(PORTS.clock)):
        await read_to(store, 3)
    assert len(await store.unpublished(100)) == 2


async def test_an_error_is_said_once_and_the_stream_begins_anew(store: SqlStore) -> None:
    radio = Radio([[RetryLater("the line is dead")], [RetryLater("the line is dead")], [event(1)]])
    with capture_logs() as logs:

        async def is_over() -> bool:
            return any(log["event"] == "listening failed: over" for log in logs)

        async with listened(radio, store, Pauses(PORTS.clock)):
            await until(is_over)
    shown = [(log["event"], log.get("cause")) for log in logs if log["log_level"] != "debug"]
    assert shown == [("listening failed", "the line is dead"), ("listening failed: over", None)]


async def test_what_only_a_person_can_put_right_is_not_hammered(store: SqlStore) -> None:
    assert timedelta(minutes=1) <= listening._LATER
    radio = Radio([[ConfigurationError("no such topic")], [event(1)]])
    async with listened(radio, store, Pauses(PORTS.clock)):
        await asyncio.sleep(0.2)
    assert radio.cursors == [None]


async def test_a_paused_connection_is_not_listened_to(store: SqlStore) -> None:
    pauses = Pauses(PORTS.clock)
    pauses.hold(["connections.erp"])
    radio = Radio([[event(1)]])
    async with listened(radio, store, pauses):
        await asyncio.sleep(0.1)
        assert radio.cursors == []
