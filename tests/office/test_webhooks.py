"""Webhooks out from the order to the receiver: by the API and by the pages, in a whole house."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from connector_woocommerce.fake import FakeShop, FakeShopConfig

from connector_core.adapters.store_sql import SqlPeople
from connector_core.adapters.webhook_guard import Guard
from connector_core.domain.message import Purpose
from connector_core.domain.person import EVERY_SHOP, Role
from tests.flow.house import PATIENCE, House, told
from tests.office.test_api import Client, key
from tests.office.visitor import Visitor
from tests.services.webhook_receiver import Receiver

HOOKS = "/api/v1/webhook-endpoints"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Whose webhooks may lead to this host."""
    opened = House(tmp_path, {"shop": FakeShop(FakeShopConfig(seed=1))}, ["other"])
    opened.guard = Guard(allowed=["127.0.0.1/32"], schemes=["http"])
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as opened:
        yield opened


@pytest.fixture
async def program(house: House) -> Client:
    client = Client(house.url, await key(house), HOOKS)
    client.http = house.http
    return client


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[Visitor]:
    async with Visitor(house.url) as opened:
        await opened.enter(house.store, {EVERY_SHOP: Role.OWNER}, "anna@shop.example")
        yield opened


async def until(holds: Callable[[], Any]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "it never came to that"
        await asyncio.sleep(0.02)


async def paid(house: House) -> None:
    order_ref = house.shop.place_order(billing={"phone": "0151 23456789"})
    state = await house.until(lambda s: bool(told(s)), order_ref)
    await house.pay(state.links[0].url)
    await house.until(lambda s: bool(told(s, Purpose.RECEIPT)), order_ref)


async def test_a_receiver_hears_of_the_whole_way_of_an_order(house: House, program: Client, receiver: Receiver) -> None:
    status, made = await program.ask("POST", url=receiver.url)
    assert (status, made["state"], made["types"]) == (201, "active", [])
    await paid(house)
    await until(lambda: "writeback.done.v1" in [one.content["type"] for one in receiver.received])
    kinds = {one.content["type"] for one in receiver.received}
    assert {"payment_request.created.v1", "message.accepted.v1", "payment.captured.v1"} <= kinds
    assert not {kind for kind in kinds if kind.startswith(("order.", "link.", "step."))}
    assert len(receiver.ids) == len(set(receiver.ids))
    assert all(one.signed_by(made["secret"]) for one in receiver.received)
    [captured] = [one.content for one in receiver.received if one.content["type"] == "payment.captured.v1"]
    assert captured["data"]["shop"] == "main"
    assert captured["data"]["money"] == "paid"
    assert captured["data"]["psp_reference"]
    assert not [one for one in receiver.received if b"+49" in one.body or b"4970" in one.body]


async def test_only_what_was_chosen_is_told(house: House, program: Client, receiver: Receiver) -> None:
    await program.ask("POST", url=receiver.url, types=["payment.captured.v1"])
    await paid(house)
    await until(lambda: receiver.received)
    await house.settles()
    assert [one.content["type"] for one in receiver.received] == ["payment.captured.v1"]


async def test_another_shop_hears_nothing(house: House, receiver: Receiver) -> None:
    other = Client(house.url, await key(house, shop="other"), HOOKS)
    other.http = house.http
    assert (await other.ask("POST", url=receiver.url))[0] == 201
    await paid(house)
    await house.settles(1.2)
    assert receiver.received == []


async def test_a_test_is_sent_logged_and_replayed_under_its_id(program: Client, receiver: Receiver) -> None:
    _, made = await program.ask("POST", url=receiver.url)
    one = f"/{made['id']}"
    assert await program.ask("POST", f"{one}/test") == (202, {"new": True})
    await until(lambda: receiver.received)
    assert receiver.received[0].content == {
        "type": "webhook.test",
        "timestamp": receiver.received[0].content["timestamp"],
        "data": {"shop": "main"},
    }
    delivery = await logged(program, one, "done")
    assert (delivery["type"], delivery["status"], delivery["event_id"]) == ("webhook.test", 204, receiver.ids[0])
    status, again = await program.ask("POST", f"{one}/deliveries/{delivery['id']}/replay")
    assert (status, again["state"]) == (202, "due")
    await until(lambda: len(receiver.received) == 2)
    assert receiver.ids[0] == receiver.ids[1]


async def test_everything_since_a_moment_comes_again(house: House, program: Client, receiver: Receiver) -> None:
    begin = datetime.now(UTC) - timedelta(seconds=1)
    await paid(house)
    _, made = await program.ask("POST", url=receiver.url, types=["payment.captured.v1", "payment_request.created.v1"])
    await house.settles(1.2)
    assert receiver.received == [], "nothing from before"
    assert (await program.ask("POST", f"/{made['id']}/replay", since=begin.isoformat()))[0] == 202
    await until(lambda: len(receiver.received) == 2)
    before = set(receiver.ids)
    await program.ask("POST", f"/{made['id']}/replay", since=begin.isoformat())
    await until(lambda: len(receiver.received) == 4)
    assert set(receiver.ids) == before
    for since in ("2020-01-01T00:00:00Z", (datetime.now(UTC) + timedelta(hours=1)).isoformat()):
        assert (await program.ask("POST", f"/{made['id']}/replay", since=since))[0] == 422


async def test_after_a_rotation_both_secrets_verify(program: Client, receiver: Receiver) -> None:
    _, made = await program.ask("POST", url=receiver.url)
    _, fresh = await program.ask("POST", f"/{made['id']}/rotate")
    assert fresh["secret"] != made["secret"]
    end = datetime.fromisoformat(fresh["old_until"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < end <= timedelta(hours=24)
    await program.ask("POST", f"/{made['id']}/test")
    await until(lambda: receiver.received)
    assert receiver.received[0].signed_by(made["secret"])
    assert receiver.received[0].signed_by(fresh["secret"])
    _, seen = await program.ask("GET", f"/{made['id']}")
    assert "whsec" not in str(seen)


async def test_what_is_removed_hears_nothing_any_more(house: House, program: Client, receiver: Receiver) -> None:
    _, made = await program.ask("POST", url=receiver.url)
    assert (await program.ask("POST", url=receiver.url))[0] == 409
    assert await program.ask("DELETE", f"/{made['id']}") == (200, {"new": True})
    assert (await program.ask("GET", f"/{made['id']}"))[0] == 404
    assert await program.ask("GET") == (200, [])
    await paid(house)
    await house.settles(1.2)
    assert receiver.received == []
    acts = [line.act for line in await SqlPeople(house.store).acts() if line.act.action.startswith("webhook.")]
    assert [(act.actor, act.action) for act in acts] == [("api:till", "webhook.removed"), ("api:till", "webhook.added")]
    assert "whsec" not in str(acts)


@pytest.mark.fault(70)
async def test_an_address_inside_is_refused_and_stands_in_the_trail(house: House, program: Client) -> None:
    status, refusal = await program.ask("POST", url="http://user:pass@10.0.0.1/hook?token=t")
    assert (status, refusal["errors"][0]["pointer"]) == (422, "url")
    [act] = [line.act for line in await SqlPeople(house.store).acts() if line.act.action == "webhook.refused"]
    assert (act.actor, act.shop, act.data["url"]) == ("api:till", "main", "http://10.0.0.1/hook")


async def test_one_that_says_that_it_is_gone_is_told_nothing_until_it_is_activated(
    program: Client, visitor: Visitor, receiver: Receiver
) -> None:
    receiver.answers = [410, 204]
    _, made = await program.ask("POST", url=receiver.url)
    await program.ask("POST", f"/{made['id']}/test")
    await until(lambda: receiver.received)
    await logged(program, f"/{made['id']}", "failed")
    assert (await program.ask("GET", f"/{made['id']}"))[1]["state"] == "ended"
    assert (await program.ask("POST", f"/{made['id']}/test"))[0] == 409
    assert f"/office/webhooks/{made['id']}" in (await visitor.get("/attention"))[1]
    assert (await program.ask("POST", f"/{made['id']}/resume"))[1]["state"] == "active"
    assert "Nothing waits for you" in (await visitor.get("/attention"))[1]
    assert (await program.ask("POST", f"/{made['id']}/test"))[0] == 202
    await until(lambda: len(receiver.received) == 2)


async def test_a_person_does_all_of_it_on_the_page(house: House, visitor: Visitor, receiver: Receiver) -> None:
    assert "No webhooks yet" in (await visitor.get("/webhooks"))[1]
    status, text = await visitor.post("/webhooks", url=receiver.url, shop="main", **{"payment.captured.v1": "1"})
    assert status == 200
    secret, own = found(r"whsec_[\w+/=]+", text), found(r"/office/webhooks/([0-9a-f-]{36})/test", text)
    page = f"/webhooks/{own}"
    assert secret not in (await visitor.get(page))[1]
    assert "payment.captured.v1" in (await visitor.get("/webhooks"))[1]
    assert await visitor.post(f"{page}/test") == (303, f"/office{page}")
    await until(lambda: receiver.received)
    assert receiver.received[0].signed_by(secret)
    await house.settles(0.2)
    text = (await visitor.get(page))[1]
    assert "HTTP 204" in text
    again = found(rf"/office({page}/deliveries/[0-9a-f-]+/replay)", text)
    assert (await visitor.post(again))[0] == 303
    await until(lambda: len(receiver.received) == 2)
    status, text = await visitor.post(f"{page}/rotate")
    assert found(r"whsec_[\w+/=]+", text) != secret
    assert "valid until" in text
    assert (await visitor.post(f"{page}/replay", since="2020-01-01T00:00"))[0] == 422
    assert (await visitor.post(f"{page}/replay", since="soon"))[0] == 422
    assert (await visitor.post(f"{page}/replay", since=f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M}"))[
        0
    ] == 303
    assert await visitor.post(f"{page}/remove") == (303, "/office/webhooks")
    assert (await visitor.get(page))[0] == 404
    acts = [line.act.action for line in reversed(await SqlPeople(house.store).acts()) if "webhook" in line.act.action]
    assert acts == [f"webhook.{did}" for did in ("added", "tested", "replayed", "rotated", "replayed", "removed")]


async def test_a_wrong_address_is_told_on_the_page_and_what_was_typed_stays(visitor: Visitor) -> None:
    status, text = await visitor.post("/webhooks", url="http://10.0.0.1/", shop="main", **{"writeback.done.v1": "1"})
    assert status == 422
    assert "private network" in text
    assert 'value="http://10.0.0.1/"' in text
    assert 'name="writeback.done.v1" value="1" checked' in text
    assert (await visitor.post("/webhooks", url="http://127.0.0.1/", shop="nowhere"))[0] == 403


async def logged(program: Client, one: str, state: str) -> Any:
    """The newest delivery, as soon as it stands so."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        _, log = await program.ask("GET", f"{one}/deliveries")
        if log["items"] and log["items"][0]["state"] == state:
            return log["items"][0]
        assert asyncio.get_running_loop().time() < deadline, log
        await asyncio.sleep(0.05)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[match.lastindex or 0]
