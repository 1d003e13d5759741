"""Who gets in, and who does not."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from connector_core.adapters.store_sql import SqlPeople
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.web.office.invite import invite
from connector_core.adapters.web.office.pages import version
from connector_core.adapters.web.office.passwords import hashed
from connector_core.adapters.web.office.sign_in import IDLE, LONGEST
from connector_core.adapters.web.office.tokens import digest
from connector_core.domain.person import EVERY_SHOP, Person, Role
from connector_core.ports.people import PassPurpose, Session
from tests.flow.house import House
from tests.office.conftest import Front
from tests.office.visitor import ACT, Visitor

PASSWORD = "korrekt pferd batterie heft"


@pytest.fixture
async def stranger(house: House) -> AsyncIterator[Visitor]:
    async with Visitor(house.url) as visitor:
        yield visitor


async def somebody(house: House, *, totp: str = "", email: str = "anna@shop.example") -> Person:
    people = SqlPeople(house.store)
    await invite(people, SystemClock(), email, "Anna", {EVERY_SHOP: Role.OWNER}, "en", "test")
    found = await people.credentials(email)
    assert found is not None
    await people.set_password(found.person.id, hashed(PASSWORD), ACT)
    if totp:
        await people.set_totp(found.person.id, totp, ACT)
    return found.person


async def knock(visitor: Visitor, password: str = PASSWORD, code: str = "", **rest: str) -> tuple[int, str]:
    fields = {"email": "anna@shop.example", "password": password, "code": code, **rest}
    return await visitor.post("/sign-in", **fields)


async def test_a_page_asks_to_sign_in_and_leads_back_to_itself(house: House, stranger: Visitor) -> None:
    await somebody(house)
    async with stranger.http.get(f"{house.url}/office/people?x=1", allow_redirects=False) as answer:
        target = answer.headers["Location"]
    assert (answer.status, target) == (303, "/office/sign-in?next=/office/people%3Fx%3D1")
    assert await knock(stranger, next="/office/people?x=1") == (303, "/office/people?x=1")
    assert (await stranger.get("/people"))[0] == 200


async def test_the_first_visitor_is_told_how_to_make_an_owner(house: House, stranger: Visitor) -> None:
    assert "paylink people invite" in (await stranger.get("/sign-in"))[1]
    await somebody(house)
    assert "paylink people invite" not in (await stranger.get("/sign-in"))[1]


@pytest.mark.parametrize("email", ["anna@shop.example", "nobody@shop.example"])
async def test_what_was_wrong_is_not_told(house: House, stranger: Visitor, email: str) -> None:
    await somebody(house)
    status, text = await stranger.post("/sign-in", email=email, password="wrong")
    assert status == 401
    assert "E-mail address, password or code is wrong." in text


async def test_five_wrong_attempts_lock_even_the_right_password_out(house: House, stranger: Visitor) -> None:
    await somebody(house)
    for _ in range(5):
        assert (await knock(stranger, "wrong"))[0] == 401
    status, text = await knock(stranger)
    assert status == 429
    assert "locked for a while" in text
    acts = await SqlPeople(house.store).acts()
    assert len([line for line in acts if line.act.action == "sign_in.failed"]) == 5


async def test_many_wrong_attempts_at_many_names_close_the_door_for_their_address(
    house: House, stranger: Visitor
) -> None:
    await somebody(house)
    for number in range(30):
        assert (await knock(stranger, "wrong", email=f"nobody{number}@shop.example"))[0] == 401
    status, text = await knock(stranger)
    assert (status, "Too many attempts from this network address" in text) == (429, True)


async def test_the_second_factor_is_asked_for_and_each_code_counts_once(house: House, stranger: Visitor) -> None:
    secret = pyotp.random_base32()
    await somebody(house, totp=secret)
    status, text = await knock(stranger)
    assert status == 401
    assert "code of your second factor is needed" in text
    code = pyotp.TOTP(secret).now()
    assert (await knock(stranger, code=code))[0] == 303
    async with Visitor(house.url) as other:
        assert (await knock(other, code=code))[0] == 401


async def test_an_invitation_sets_a_password_that_is_not_easily_guessed(house: House, stranger: Visitor) -> None:
    people = SqlPeople(house.store)
    token = await invite(people, SystemClock(), "Anna@Shop.example", "Anna", {EVERY_SHOP: Role.AGENT}, "en", "test")
    for bad in ("short", "password1234", "annaannaanna"):
        assert (await stranger.post(f"/welcome/{token}", password=bad))[0] == 422
    assert (await stranger.post(f"/welcome/{token}", password=PASSWORD))[0] == 303
    assert (await stranger.post(f"/welcome/{token}", password=PASSWORD))[0] == 410
    async with Visitor(house.url) as again:
        assert (await knock(again))[0] == 303


async def test_looking_at_a_one_time_address_uses_nothing_up(house: House, stranger: Visitor) -> None:
    people = SqlPeople(house.store)
    token = await invite(people, SystemClock(), "anna@shop.example", "Anna", {EVERY_SHOP: Role.AGENT}, "en", "test")
    for _ in range(3):
        assert (await stranger.get(f"/welcome/{token}"))[0] == 200
    assert (await stranger.get("/welcome/nonsense"))[0] == 410


async def test_an_invitation_never_opens_an_account_that_exists(house: House) -> None:
    """Else whoever gives roles in one shop could take over an owner of all."""
    await somebody(house)
    people = SqlPeople(house.store)
    token = await invite(people, SystemClock(), "anna@shop.example", "x", {EVERY_SHOP: Role.READER}, "en", "test")
    assert token == ""
    found = await people.credentials("anna@shop.example")
    assert found is not None
    assert found.password


async def test_signing_out_ends_the_session_here(house: House, stranger: Visitor) -> None:
    await stranger.enter(house.store, {EVERY_SHOP: Role.READER})
    jar = {cookie.key: cookie.value for cookie in stranger.http.cookie_jar}
    assert (await stranger.post("/sign-out"))[0] == 303
    async with stranger.http.get(f"{house.url}/office", cookies=jar, allow_redirects=False) as answer:
        assert answer.status == 303, "the token itself is worth nothing any more"


@pytest.mark.parametrize(
    ("headers", "csrf"),
    [
        ({"Origin": "https://evil.example"}, None),
        ({"Sec-Fetch-Site": "cross-site"}, None),
        ({"Sec-Fetch-Site": "same-site"}, None),
        ({}, ""),
        ({}, "0" * 64),
    ],
)
async def test_a_form_of_another_site_does_nothing(
    house: House, stranger: Visitor, headers: dict[str, str], csrf: str | None
) -> None:
    person = await stranger.enter(house.store, {EVERY_SHOP: Role.OWNER})
    fields = {"name": "Mallory", "language": "en", **({} if csrf is None else {"csrf": csrf})}
    assert (await stranger.post_from(headers, "/me", **fields))[0] == 403
    found = await SqlPeople(house.store).person(person.id)
    assert found is not None
    assert found.name == "Anna"


async def test_every_page_forbids_foreign_scripts_frames_and_keeping(house: House, stranger: Visitor) -> None:
    await stranger.enter(house.store, {EVERY_SHOP: Role.OWNER})
    for path in ("", "/sign-in", "/people", "/nowhere"):
        async with stranger.http.get(f"{house.url}/office{path}") as answer:
            headers = answer.headers
            text = await answer.text()
        if path == "/nowhere":
            continue
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
        assert " style=" not in text
        assert "onclick" not in text
        assert "<script>" not in text


async def test_the_cookie_is_for_the_server_alone_and_bound_to_this_host_over_https(house: House) -> None:
    people = SqlPeople(house.store)
    token = await invite(people, SystemClock(), "anna@shop.example", "Anna", {EVERY_SHOP: Role.AGENT}, "en", "test")
    async with house.http.post(
        f"{house.url}/office/welcome/{token}", data={"password": PASSWORD}, allow_redirects=False
    ) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert PassPurpose.INVITATION not in cookie


async def test_people_who_knock_at_once_wait_for_nobody_for_long(house: House, stranger: Visitor) -> None:
    """Passwords are compared beside the loop, so orders go on meanwhile."""
    await somebody(house)
    begin = asyncio.get_running_loop().time()
    knocking = [asyncio.create_task(knock(stranger, "wrong")) for _ in range(4)]
    async with house.http.get(f"{house.url}/healthz") as answer:
        assert answer.status == 200
    assert asyncio.get_running_loop().time() - begin < 2
    await asyncio.gather(*knocking)


@pytest.mark.parametrize(
    ("path", "headers", "used"),
    [
        ("", {}, True),
        ("/condition", {"HX-Request": "true", "PayLink-By-Itself": "1"}, False),
        ("", {"HX-Request": "true", "PayLink-By-Itself": "1"}, False),
    ],
    ids=["a person", "the notice of what stands still", "the list that comes anew"],
)
async def test_a_page_that_lies_open_does_not_use_the_session(
    front: Front, path: str, headers: dict[str, str], used: bool
) -> None:
    people = SqlPeople(front.house.store)
    session = await the_session(people)
    long_ago = session.seen_at - timedelta(hours=7)
    await people.touch_session(session.id, long_ago)
    assert (await front.visitor.get(path, **headers))[0] == 200
    assert ((await the_session(people)).seen_at > long_ago) == used


async def test_eight_hours_without_use_end_it(front: Front) -> None:
    people = SqlPeople(front.house.store)
    session = await the_session(people)
    await people.touch_session(session.id, session.seen_at - IDLE)
    assert (await front.visitor.get("/condition", **{"HX-Request": "true", "PayLink-By-Itself": "1"}))[0] == 204
    assert (await front.visitor.get(""))[0] == 303


async def test_the_stream_does_not_use_the_session(front: Front) -> None:
    people = SqlPeople(front.house.store)
    session = await the_session(people)
    long_ago = session.seen_at - timedelta(hours=7)
    await people.touch_session(session.id, long_ago)
    async with front.visitor.http.get(f"{front.house.url}/office/live") as stream:
        assert await stream.content.readline()
    assert (await the_session(people)).seen_at == long_ago


async def the_session(people: SqlPeople) -> Session:
    found = await people.credentials("anna@shop.example")
    assert found is not None
    (session,) = await people.sessions(found.person.id)
    return session


@pytest.mark.parametrize(("age", "status"), [(LONGEST - timedelta(hours=1), 200), (LONGEST, 303)])
async def test_a_day_ends_it_in_any_case(front: Front, age: timedelta, status: int) -> None:
    people, now = SqlPeople(front.house.store), SystemClock().now()
    mine = await the_session(people)
    await people.add_session(replace(mine, id=digest("a token"), created_at=now - age, seen_at=now), ACT)
    async with front.house.http.get(
        f"{front.house.url}/office", cookies={"paylink": "a token"}, allow_redirects=False
    ) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    "path",
    ["", "/send", "/batch", "/attention", "/figures", "/setup", "/shops/main", "/mappings/shop", "/people", "/audit",
     "/me", "/webhooks", "/privacy", "/sign-in", "/offline"],
)  # fmt: skip
async def test_a_page_asks_for_the_files_of_its_own_version(front: Front, path: str) -> None:
    """Browsers keep them for a year: under another version's address they would stay as they were."""
    _, text = await front.visitor.get(path)
    assert set(re.findall(r"/office/static/([^/]+)/", text)) == {version()}
