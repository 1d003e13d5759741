"""A peer is away for seconds with a backlog: nothing is lost, nothing runs hot, one alarm, and a paced way back."""

import asyncio
import io
import logging
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from connector_core.adapters.observability.logs import configure_logs
from connector_core.adapters.rabbitmq import RabbitBroker
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.flow.middleware import circuit, pause, retry
from tests.faults.wired_world import CALM, SHORT_TRIAL, WiredWorld, until, wired_world
from tests.flow.house import House, open_house, told
from tests.services.fault_proxy import DOWN, Slicer
from tests.services.postgres import PostgresNode
from tests.services.rabbitmq import RabbitNode

BACKLOG = 200
OUTAGE_SECONDS = 20.0
CPU_SECONDS = 2.0
OVERTAKEN = timedelta(seconds=6)
_ALARM = "peer paused"


def cpu_seconds(world: WiredWorld) -> float:
    """User and system time that the daemon's process has burnt."""
    fields = Path(f"/proc/{world.daemon_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def queued(world: WiredWorld, orders: int) -> None:
    """So many more orders, and the daemon has taken them in hand."""
    await asyncio.gather(*(asyncio.to_thread(place, world) for _ in range(orders)))

    async def known() -> bool:
        return len(await world.reports.orders(limit=2 * orders)) >= len(world.placed)

    await until(known)


def place(world: WiredWorld) -> None:
    world.placed.append(world.shop.place_order())


@pytest.mark.fault(25, 29)
async def test_the_psp_is_away_with_two_hundred_orders_queued(tmp_path: Path) -> None:
    """At rest the daemon waits; when the PSP is back, PayLinks are made in growing numbers, nobody is far behind."""
    async with wired_world(tmp_path, timing=CALM, poll_every="10s") as world:
        world.paying = False
        line = world.lines["lyra"]
        await line.down()
        await queued(world, BACKLOG)
        await asyncio.sleep(3)
        burnt = cpu_seconds(world)
        await asyncio.sleep(OUTAGE_SECONDS)
        burnt = cpu_seconds(world) - burnt
        status, ready = await world.readyz()
        assert status == 200, "a peer that is away does not make the daemon unready"
        assert "cannot be reached" in ready["paused"]["psp.main"]
        assert not any(state.links[0].psp_link for state in await world.states() if state.links)
        await line.start()
        world.paying = True
        await world.agree(150)
        assert burnt <= CPU_SECONDS, f"{burnt:.2f} s"
        assert len(world.logged(_ALARM)) == 1
        assert len(world.logged("psp.main")) == 2, "the alarm and the all-clear"
        assert_nobody_is_overtaken_for_long(await world.states())


def assert_nobody_is_overtaken_for_long(states: list[OrderState]) -> None:
    """The older half of the orders, which had tried and failed themselves, got theirs hardly later than the younger."""
    by_age = sorted(states, key=lambda state: state.order.created_at)
    made = [state.links[0].created_at for state in by_age]
    half = len(made) // 2
    older, younger = sorted(made[:half]), sorted(made[half:])
    assert older[half // 2] <= younger[half // 2] + OVERTAKEN


@pytest.mark.fault(29)
async def test_the_messenger_is_away(tmp_path: Path) -> None:
    async with wired_world(tmp_path, timing=CALM) as world:
        await world.lines["phone"].down()
        await queued(world, 20)
        await asyncio.sleep(5)
        assert world.phone.ledger.messages == {}
        await world.lines["phone"].start()
        await world.agree()
        assert len(world.logged(_ALARM, "channels.whatsapp")) == 1


@pytest.mark.fault(54)
async def test_the_shop_is_away_when_it_is_to_be_told(tmp_path: Path) -> None:
    """Meanwhile we know who has paid, and the buyers have their receipts."""
    async with wired_world(tmp_path, timing=CALM, poll_every="1s") as world:
        world.paying = False
        await queued(world, 10)
        await until(lambda: len(world.phone.ledger.messages) == 10)
        await world.lines["shop"].down()
        world.paying = True
        await until(lambda: len(world.phone.ledger.messages) == 20)
        await asyncio.sleep(5)
        assert {state.request.captured > 0 for state in await world.states() if state.request} == {True}
        assert not any(world.shop.paid_orders().values())
        await world.lines["shop"].start()
        await world.agree()
        assert len(world.logged(_ALARM, "connections.shop")) == 1
        assert len(world.logged("poll failed", "cause")) == 1


@pytest.mark.fault(2)
async def test_rabbitmq_is_away(tmp_path: Path, rabbitmq_own: RabbitNode) -> None:
    """The doors take everything, what happens waits in the outbox, and the log does not fill."""
    async with wired_world(tmp_path, timing=CALM, broker=rabbitmq_own.url) as world:
        world.paying = False
        await world.place(10)
        await until(lambda: len(world.phone.ledger.messages) == 10)
        before = len(world.logged())
        await world.lines["broker"].down()
        world.paying = True
        await world.place(20)
        await until(lambda: len(world.phone.ledger.messages) == 20)
        await asyncio.sleep(8)
        assert (await world.readyz())[0] == 503
        assert len(world.logged()) - before <= 8
        assert len(world.logged("outbox waits")) == 1
        await world.lines["broker"].start()
        await world.agree()


@pytest.mark.fault(18)
async def test_postgresql_is_away(tmp_path: Path, postgres_own: PostgresNode) -> None:
    """What comes in meanwhile is refused, so it comes again; what is in hand holds on (faults.md 18)."""
    database = postgres_own.create_database("paylink")
    async with wired_world(tmp_path, timing=CALM, database=database) as world:
        await world.place(20)
        await asyncio.to_thread(postgres_own.stop)
        await world.place(5)
        await asyncio.sleep(5)
        assert (await world.readyz())[0] == 503
        await asyncio.to_thread(postgres_own.start)
        await world.agree()
        assert len(world.logged("database unavailable", "connector_core.flow.alarm")) <= 4


@pytest.mark.fault(2)
async def test_a_broker_that_was_never_there_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the logs set up as the daemon does it."""
    root, stream = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", root.handlers[:])
    level = root.level
    configure_logs(True, "INFO", stream)
    broker = RabbitBroker("amqp://guest:guest@127.0.0.1:1/")
    await broker.start()
    await asyncio.sleep(3)
    await broker.stop()
    root.setLevel(level)
    structlog.reset_defaults()
    assert len(stream.getvalue().splitlines()) == 1, stream.getvalue()


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    for module in (pause, circuit, retry):
        monkeypatch.setattr(module, "REFUSED_SECONDS", 1.0)
    async with open_house(tmp_path, "shop", "other") as opened:
        yield opened


@pytest.mark.parametrize(
    ("peer", "fault"),
    [
        pytest.param("psp.main", {"operation": "*", "code": "INT_905"}, marks=pytest.mark.fault(28)),
        pytest.param("channels.whatsapp", {"operation": "send", "code": 190}, marks=pytest.mark.fault(51)),
    ],
    ids=["psp", "messenger"],
)
async def test_refused_credentials_pause_the_peer_and_fail_no_order(
    house: House, peer: str, fault: dict[str, object]
) -> None:
    """One order at a time tries whether the key works again."""
    server = house.lyra_url if peer == "psp.main" else house.phone_url
    await house.fault(server, mode="error_code", count=1000, **fault)
    refs = [house.shop.place_order(total="20.00") for _ in range(8)]
    await house.settles(4)
    assert list(await paused_peers(house)) == [peer]
    tries = 1000 - await left(house, server)
    assert 2 <= tries <= 8 + 5, "eight together, then one a second"
    for ref in refs:
        state = await house.order(ref)
        assert state is not None
        assert all(step.state is not StepState.PARKED for step in state.steps)
    async with house.http.delete(f"{server}/_sandbox/faults") as answer:
        assert answer.status == 200
    for ref in refs:
        await house.until(lambda state: bool(told(state)), ref)
    assert len(house.messages("paylink")) == len(house.lyra.ledger.orders) == len(refs)
    assert await paused_peers(house) == {}


async def paused_peers(house: House) -> dict[str, str]:
    async with house.http.get(f"{house.url}/readyz") as answer:
        found: dict[str, str] = (await answer.json())["paused"]
        return found


async def left(house: House, server: str) -> int:
    """How often the fault would still strike."""
    async with house.http.get(f"{server}/_sandbox/faults") as answer:
        return int((await answer.json())["faults"][0]["count"])


@pytest.mark.fault(26)
async def test_a_pause_that_the_psp_asks_for_is_kept_exactly_by_all_orders(house: House) -> None:
    pause_asked = 3.0
    await house.fault(house.lyra_url, operation="Charge/CreatePaymentOrder", mode="http_429", seconds=pause_asked)
    first = house.shop.place_order(total="20.00")
    await house.until(lambda state: any("slow down" in step.cause for step in state.steps), first)
    asked = datetime.now(UTC)
    refs = [first, *(house.shop.place_order(total="20.00") for _ in range(4))]
    for ref in refs:
        await house.until(lambda state: bool(told(state)), ref)
    waited = [(order.created_at - asked).total_seconds() for order in house.lyra.ledger.orders]
    assert len(waited) == len(refs)
    assert min(waited) >= pause_asked - 0.3, "asked is a moment later than the answer"
    assert max(waited) <= pause_asked + 3


@pytest.mark.fault(31)
async def test_a_peer_that_only_drips_meets_the_deadline_of_the_whole_call(tmp_path: Path) -> None:
    """Bytes keep coming, so no time limit between two of them would ever strike."""
    async with wired_world(tmp_path, timing=SHORT_TRIAL) as world:
        world.lines["lyra"].poison(Slicer(size=1, pause=0.2), DOWN)
        await world.place(1)
        await until(lambda: world.logged("step deferred", "did not answer"), 30)
        world.lines["lyra"].heal()
        await world.agree()


@pytest.mark.fault(29)
async def test_a_burst_of_one_shop_does_not_hold_up_another(house: House) -> None:
    """More slow orders than are taken in hand at one time; the other shop's buyer waits less than a second longer."""
    burst, other = house.shops["shop"], house.shops["other"]
    usual = await seconds_to_the_phone(house, other.place_order(total="20.00"))
    burst.arm("slow", "GET /wp-json/wc/v3/orders", times=1000, seconds=6)
    refs = [burst.place_order(total="10.00") for _ in range(130)]
    await house.settles(1.5)
    assert await seconds_to_the_phone(house, other.place_order(total="20.00")) < usual + 1
    assert len(house.messages("paylink")) < len(refs) / 2, "the burst still waits for its shop"
    async with house.http.delete(f"{burst.url}/_sandbox/faults"):
        pass
    await until(lambda: len(house.messages("paylink")) == len(refs) + 2)


async def seconds_to_the_phone(house: House, ref: str) -> float:
    began = asyncio.get_running_loop().time()
    await house.until(lambda state: bool(told(state)), ref, connection="other")
    return asyncio.get_running_loop().time() - began
