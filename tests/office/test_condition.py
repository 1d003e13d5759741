"""With the database, the broker or a peer away, pages say so in words and go on showing what is known."""

import asyncio
import sqlite3
from contextlib import closing

from connector_core.sandbox.world.daemon import free_port
from tests.flow.house import told
from tests.office.conftest import Front


async def says(front: Front, words: str, *, path: str = "/condition", patience: float = 12.0) -> str:
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        status, text = await front.visitor.get(path)
        assert status == 200, text
        if words in text:
            return text
        assert asyncio.get_running_loop().time() < deadline, text
        await asyncio.sleep(0.2)


async def known(front: Front) -> str:
    """The order number of one that everybody should go on seeing."""
    ref = front.house.shop.place_order(total="12.50")
    state = await front.house.until(lambda s: bool(told(s)), ref)
    await says(front, state.order.number, path="")
    return state.order.number


async def test_a_database_that_takes_no_write(front: Front) -> None:
    number = await known(front)
    assert "notice" not in (await front.visitor.get("/condition"))[1]
    with closing(sqlite3.connect(front.house.folder / "paylink.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await says(front, "The database takes no changes at the moment")
        status, text = await front.visitor.get("")
        assert (status, number in text, "what was known last" in text) == (200, True, True)
        state = await front.house.order(number)
        assert state is not None
        assert (await front.visitor.get(f"/requests/{state.order.id}"))[0] == 200
        status, text = await front.visitor.post(f"/requests/{state.order.id}/cancel")
        assert (status, "Nothing is lost" in text) == (503, True)
        other.execute("ROLLBACK")
    deadline = asyncio.get_running_loop().time() + 15
    while "takes no changes" in (await front.visitor.get("/condition"))[1]:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.2)


async def test_a_psp_that_is_away(front: Front) -> None:
    number = await known(front)
    await front.house.lyra.stop()
    for _ in range(6):
        front.house.shop.place_order(total="12.50")
    text = await says(front, "psp.main does not answer", path="")
    assert "New PayLinks, refunds and readings wait" in text
    assert number in text


async def test_who_sees_no_shop_of_a_peer_reads_nothing_of_it(front: Front) -> None:
    from connector_core.domain.errors import RetryLater
    from connector_core.domain.person import Role
    from tests.office.visitor import Visitor

    front.house.daemon._pauses.alarm("psp.main", RetryLater("It is away."))
    async with Visitor(front.house.url) as stranger:
        await stranger.enter(front.house.store, {"other": Role.OWNER})
        assert "psp.main" not in (await stranger.get(""))[1]
    assert "psp.main" in (await front.visitor.get(""))[1]


async def test_a_broker_that_is_away(front: Front) -> None:
    number = await known(front)
    house = front.house
    await house.daemon.stop()
    away = f"amqp://guest:guest@127.0.0.1:{free_port()}/"
    house._settings = house._settings.model_copy(update={"broker": away})
    await house.start_daemon()
    text = await says(front, "The message broker is not there at the moment", path="")
    assert number in text


async def test_the_first_signed_report_turns_the_connection_green(front: Front) -> None:
    _, text = await front.visitor.get("/setup")
    assert text.count("not heard yet") == 3  # the shop has said by a ping that it knows the address
    assert "not heard yet" in (await front.visitor.get("/setup/heard/channels.whatsapp"))[1]
    await known(front)
    await says(front, "last signed report", path="/setup/heard/connections.shop")
    await says(front, "last signed report", path="/setup/heard/channels.whatsapp")
    assert "not heard yet" in (await front.visitor.get("/setup/heard/psp.main"))[1]
    assert (await front.visitor.get("/setup/heard/psp.nobody"))[0] == 404
