"""`paylink buyer`: found by what she is reached by, given out whole, and erased."""

import json
import stat

import pytest
from sqlalchemy import Engine

from connector_core.adapters.store_sql import SqlPeople
from tests.flow.house import House
from tests.privacy.buying import bought, erased
from tests.privacy.traces import EMAIL, FIRST, LAST, PHONE, held, in_rows


@pytest.mark.parametrize("contact", [PHONE, "0151 55512345", EMAIL.upper()])
async def test_she_is_found_however_she_is_written(house: House, contact: str) -> None:
    state = await bought(house)
    assert state.order.number in await house.command("buyer", "find", contact)


async def test_nobody_else_is_found(house: House) -> None:
    state = await bought(house)
    for contact in ("+4915155512346", "x" + EMAIL, "%@%"):
        assert state.order.number not in await house.command("buyer", "find", contact)
    assert state.order.number not in await house.command("buyer", "find", PHONE, "--shop", "other")
    assert "neither" in await house.command("buyer", "find", "Quittenbaum", code=1)


async def test_all_that_is_kept_of_her_is_given_out(house: House) -> None:
    state = await bought(house)
    file = house.folder / "her.json"
    await house.command("buyer", "export", PHONE, "--to", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document = json.loads(file.read_text(encoding="utf-8"))
    (order,) = document["orders"]
    assert order["order"]["number"] == state.order.number
    assert order["request"]["terms"]["name"] == f"{FIRST} {LAST}"
    assert [one["terms"]["email"] for one in order["revisions"]] == [EMAIL]
    assert [payment["amount"]["minor"] for payment in order["payments"]] == [3390]
    texts = [message["text"] for message in order["messages"]]
    assert len(texts) == 2
    assert all("33,90" in text for text in texts)
    assert len(order["events"]) == len(await house.store.timeline(state.order.id))
    assert "exist" in await house.command("buyer", "export", PHONE, "--to", str(file), code=1)


async def test_she_is_erased_and_the_trail_names_her_orders_alone(house: House, engine: Engine) -> None:
    state = await bought(house)
    await house.command("buyer", "export", EMAIL)
    assert "1 orders" in await house.command("buyer", "erase", EMAIL, "--yes")
    await erased(house, state)
    assert in_rows(engine) == []
    assert "Nothing is kept" in await house.command("buyer", "erase", EMAIL, "--yes")
    acts = [line.act for line in await SqlPeople(house.store).acts()]
    assert {(act.action, act.subject) for act in acts} == {
        ("buyer.exported", state.order.id), ("buyer.erased", state.order.id)
    }  # fmt: skip
    assert [canary for act in acts for canary in held(act)] == []
    assert "as they were written" in await house.command("audit", "verify")


async def test_what_is_due_is_counted_before_anything_is_done(house: House) -> None:
    await bought(house)
    said = await house.command("buyer", "due")
    assert [line.split()[1::2][:3] for line in said.splitlines() if "main" in line] == [["main", "90", "0"]]
