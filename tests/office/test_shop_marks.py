"""The colour and the logo of a shop: set on its page, shown wherever it is named, for those alone who may see it."""

import re

import aiohttp
import pytest

from connector_core.adapters.store_sql import SqlListing
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Role
from connector_core.flow.choices import read_choices
from tests.office.conftest import Front
from tests.office.test_by_hand import sent
from tests.office.test_choices import RULES, version_of
from tests.office.visitor import Visitor
from tests.pictures import JPEG, PNG, SVG, png_of

MAIN = ShopId("main")
PLAIN = 'fill="#7a5c00"'
"""What follows from the id `main`."""


async def upload(visitor: Visitor, version: str, data: bytes, **fields: str) -> tuple[int, str]:
    form = aiohttp.FormData({"csrf": visitor.csrf, "version": version, **fields})
    form.add_field("logo", data, filename="logo.svg", content_type="image/svg+xml")
    return await visitor.send("/shops/main/logo", form)


async def test_a_colour_is_chosen_and_left_again(front: Front) -> None:
    visitor = front.visitor
    assert PLAIN in (await visitor.get("/shops/main"))[1]
    version = await version_of(front)
    assert (await visitor.post("/shops/main", version=version, **RULES, colour="#FFE000"))[0] == 303
    _, text = await visitor.get("/shops/main")
    assert 'fill="#ffe000"' in text
    assert 'fill="#000000">TM</text>' in text
    assert 'value="#ffe000"' in text
    assert re.search(r'name="no_colour" value="1">', text)
    assert "colour" in (await visitor.get("/audit"))[1]
    version = await version_of(front)
    assert (await visitor.post("/shops/main", version=version, **RULES, colour="#ffe000", no_colour="1"))[0] == 303
    _, text = await visitor.get("/shops/main")
    assert PLAIN in text
    assert re.search(r'name="no_colour" value="1" checked>', text)


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#1234567", '"><script>', "8a1538"])
async def test_what_is_no_colour_is_shown_and_changes_nothing(front: Front, colour: str) -> None:
    status, text = await front.visitor.post("/shops/main", version=await version_of(front), **RULES, colour=colour)
    assert status == 422
    assert re.search(r'name="colour"[^>]*aria-invalid', text)
    assert "A colour is a #" in text
    assert "<script>alert" not in text
    assert await version_of(front) == "0"


async def test_a_logo_is_shown_to_those_who_see_the_shop_and_removed_again(front: Front) -> None:
    house, visitor = front.house, front.visitor
    version = await version_of(front)
    assert await upload(visitor, version, JPEG) == (303, "/office/shops/main?done=1")
    async with Visitor(house.url) as reader, Visitor(house.url) as other:
        await reader.enter(house.store, {"main": Role.READER})
        await other.enter(house.store, {"other": Role.OWNER})
        async with reader.http.get(f"{house.url}/office/shops/main/logo") as answer:
            assert await answer.read() == JPEG
            headers = answer.headers
        assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
        assert headers["Cache-Control"] == "private, no-cache"
        known = {"If-None-Match": headers["ETag"]}
        async with reader.http.get(f"{house.url}/office/shops/main/logo", headers=known) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
        assert (await other.get("/shops/main/logo", **known))[0] == 404
        assert (await reader.get("/shops/other/logo"))[0] == 404
        assert (await visitor.get("/shops/other/logo"))[0] == 404  # it has none
        assert (await visitor.get("/shops/nobody/logo"))[0] == 404
        assert (await upload(reader, "1", PNG))[0] == 403
    assert 'src="/office/shops/main/logo?v=1"' in (await visitor.get("/setup"))[1]
    assert (await upload(visitor, "1", b"", remove="1"))[0] == 303
    assert (await visitor.get("/shops/main/logo"))[0] == 404
    assert PLAIN in (await visitor.get("/shops/main"))[1]


async def test_rules_and_logo_leave_each_other_as_they_are(front: Front) -> None:
    visitor, book = front.visitor, front.house.daemon._peers.shops
    assert (await visitor.post("/shops/main", version=await version_of(front), **RULES, colour="#123456"))[0] == 303
    assert (await upload(visitor, "1", PNG))[0] == 303
    assert (book[MAIN].name, book[MAIN].colour) == ("Tee & Mehr", "#123456")
    assert (await visitor.post("/shops/main", version="2", **{**RULES, "name": "Tee"}))[0] == 303
    assert (await visitor.get("/shops/main/logo"))[0] == 200
    assert (await visitor.post("/shops/main", version="3", reset="1"))[0] == 303
    assert (await visitor.get("/shops/main/logo"))[0] == 200
    assert book[MAIN] == book.configured[MAIN]
    _, trail = await visitor.get("/audit")
    assert re.search(r"shop\.changed(?:(?!shop\.changed).)*?\blogo\b", trail, re.DOTALL)


async def test_a_form_that_is_too_old_changes_no_logo(front: Front) -> None:
    await front.visitor.get("/shops/main")
    assert (await upload(front.visitor, "0", PNG))[0] == 303
    status, text = await upload(front.visitor, "0", JPEG)
    assert (status, "Somebody else has just changed" in text) == (409, True)
    assert (await upload(front.visitor, "x", JPEG))[0] == 422
    async with front.visitor.http.get(f"{front.house.url}/office/shops/main/logo") as answer:
        assert await answer.read() == PNG


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is no logo in the form."),
        (SVG, "The logo is no PNG, JPEG or WebP."),
        (png_of(1025, 10), "The logo has more than 1024 x 1024 pixels."),
        (PNG.ljust(64 * 1024 + 1, b"\0"), "The logo has more than 64 kB."),
        (PNG[:20], "The logo is damaged."),
    ],
)
async def test_what_is_no_logo_is_told_and_changes_nothing(front: Front, data: bytes, sentence: str) -> None:
    await front.visitor.get("/shops/main")
    status, text = await upload(front.visitor, "0", data)
    assert status == 422
    assert sentence in text
    assert "nothing was changed" in text
    assert re.search(r'name="logo"[^>]*aria-invalid', text)
    assert await version_of(front) == "0"


async def test_a_logo_comes_from_a_form_of_ours_alone(front: Front) -> None:
    await front.visitor.get("/shops/main")
    front.visitor.csrf = "0" * 64
    assert (await upload(front.visitor, "0", PNG))[0] == 403
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    address = f"{front.house.url}/office/shops/main/logo"
    async with front.visitor.http.post(address, data=b"--x\r\n", headers=broken) as answer:
        assert (answer.status, "cannot be read" in await answer.text()) == (400, True)


async def test_whoever_sees_more_than_one_shop_sees_their_marks(front: Front) -> None:
    house, visitor = front.house, front.visitor
    state = await sent(front, reference="1009")
    while await SqlListing(house.store).row(state.order.id) is None:
        await house.settles(0.05)
    assert "shop-mark" in (await visitor.get(""))[1]
    assert "shop-mark" in (await visitor.get(f"/requests/{state.order.id}"))[1]
    assert (await visitor.get("/send"))[1].count("shop-mark") == 2
    async with Visitor(house.url) as one:
        await one.enter(house.store, {"main": Role.READER})
        assert "shop-mark" not in (await one.get(""))[1]
        assert "shop-mark" in (await one.get(f"/requests/{state.order.id}"))[1]


async def test_another_daemon_follows_a_logo_and_a_restart_keeps_it(front: Front) -> None:
    await front.visitor.get("/shops/main")
    assert (await upload(front.visitor, "0", PNG))[0] == 303
    await front.house.daemon.stop()
    await front.house.start_daemon()
    office = front.house.daemon._office()
    await read_choices(office.choices, office.shops, office.pauses)
    async with front.visitor.http.get(f"{front.house.url}/office/shops/main/logo") as answer:
        assert await answer.read() == PNG
