"""The page for a buyer who wants to know, or to be forgotten."""

import json

import pytest
from sqlalchemy import update

from connector_core.adapters.store_sql.office_schema import sessions
from connector_core.domain.person import Role
from tests.flow.house import House
from tests.office.visitor import Visitor
from tests.privacy.buying import asked, current, erased
from tests.privacy.traces import EMAIL, FIRST, PHONE, held

AFTER_HOURS = 1_000_000 * 3600 * 24


async def test_found_given_out_and_erased(house: House) -> None:
    state = await asked(house)
    async with Visitor(house.url) as visitor:
        await visitor.enter(house.store, {"main": Role.ADMIN})
        status, text = await visitor.get("/privacy")
        assert (status, list(held(text))) == (200, [])
        assert "90 days after a request was closed" in text
        assert state.order.number in (await visitor.post("/privacy", contact="0151 55512345"))[1]
        status, text = await visitor.post("/privacy/export", contact=EMAIL)
        assert status == 200
        assert json.loads(text)["orders"][0]["request"]["terms"]["name"].startswith(FIRST)
        assert await visitor.post("/privacy/erase", contact=EMAIL) != (303, "/office/privacy?done=1")
        assert (await current(house, state)).order.erased_at is None
        assert await visitor.post("/privacy/erase", contact=EMAIL, sure="1") == (303, "/office/privacy?done=1")
        await erased(house, state)
        assert "Nothing is kept of them." in (await visitor.post("/privacy", contact=PHONE))[1]
        assert "orders: 1" in (await visitor.get("/privacy?done=1"))[1]


@pytest.mark.parametrize("typed", ["", "Quittenbaum", "12"])
async def test_what_is_no_contact_is_said(house: House, typed: str) -> None:
    async with Visitor(house.url) as visitor:
        await visitor.enter(house.store, {"main": Role.OWNER})
        status, text = await visitor.post("/privacy", contact=typed)
        assert status == 422
        assert "neither a telephone number" in text


async def test_erasing_wants_a_fresh_proof_of_who_it_is(house: House) -> None:
    state = await asked(house)
    async with Visitor(house.url) as visitor:
        await visitor.enter(house.store, {"main": Role.OWNER})
        await house.store.transact(
            lambda c: c.execute(update(sessions).values(confirmed_at=sessions.c.confirmed_at - AFTER_HOURS))
        )
        status, where = await visitor.post("/privacy/erase", contact=EMAIL, sure="1")
        assert (status, where.startswith("/office/confirm")) == (303, True)
        assert (await current(house, state)).steps != ()
        assert (await current(house, state)).order.erased_at is None


async def test_an_admin_of_another_shop_finds_nobody(house: House) -> None:
    state = await asked(house)
    async with Visitor(house.url) as visitor:
        await visitor.enter(house.store, {"other": Role.ADMIN})
        assert state.order.number not in (await visitor.post("/privacy", contact=PHONE))[1]
        assert json.loads((await visitor.post("/privacy/export", contact=PHONE))[1])["orders"] == []
        assert await visitor.post("/privacy/erase", contact=PHONE, sure="1") == (303, "/office/privacy?done=0")
    assert (await current(house, state)).order.erased_at is None
