"""Every route, every role, the own shop and another's: what each may reach is written down here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connector_core.adapters.store_sql import SqlListing, SqlPeople, SqlWebhooks
from connector_core.adapters.web.office import office
from connector_core.adapters.web.office.logo import read_logo
from connector_core.domain.ids import EventId, ShopId, uuid7
from connector_core.domain.person import EVERY_SHOP, Role
from connector_core.domain.webhook import TEST, Delivery, DeliveryId, Endpoint, EndpointId
from connector_core.domain.webhook_signature import new_secret
from connector_core.flow.choices import read_choices
from connector_core.ports.choices import ShopChoices
from tests.flow.house import House, told
from tests.office.visitor import ACT, Visitor
from tests.pictures import PNG

OWNER, ADMIN, AGENT, ACCOUNTANT, READER = Role.OWNER, Role.ADMIN, Role.AGENT, Role.ACCOUNTANT, Role.READER
ALL = set(Role)
REQUEST, HOOK = "/requests/{order}", "/webhooks/{endpoint}"
HOOKED = "https://hooked.invalid/"
ROUTES: dict[tuple[str, str], set[Role]] = {
    ("GET", ""): ALL,
    ("GET", "/live"): ALL,
    ("GET", "/export.csv"): {OWNER, ADMIN, ACCOUNTANT},
    ("GET", "/export.xlsx"): {OWNER, ADMIN, ACCOUNTANT},
    ("POST", "/filters"): ALL,
    ("POST", "/filters/drop"): ALL,
    ("GET", REQUEST): ALL,
    ("GET", "/attention"): ALL,
    ("POST", "/attention/retry"): {OWNER, ADMIN, AGENT},
    ("POST", "/attention/settle"): {OWNER, ADMIN, ACCOUNTANT},
    ("GET", "/figures"): ALL,
    ("GET", "/me"): ALL,
    ("GET", "/me/second-factor"): ALL,
    ("GET", "/confirm"): ALL,
    ("GET", "/send"): {OWNER, ADMIN, AGENT},
    ("POST", "/send"): {OWNER, ADMIN, AGENT},
    ("POST", "/send/preview"): {OWNER, ADMIN, AGENT},
    ("GET", "/sent/{shop}/{order_ref}"): ALL,
    ("GET", "/batch"): {OWNER, ADMIN, AGENT},
    ("POST", "/batch/check"): {OWNER, ADMIN, AGENT},
    ("POST", "/batch/send"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/notify"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/hand-over"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/change"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/cancel"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/replay"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/retry"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/settle"): {OWNER, ADMIN, ACCOUNTANT},
    ("POST", f"{REQUEST}/give-up"): {OWNER, ADMIN, AGENT},
    ("POST", f"{REQUEST}/refund"): {OWNER, ADMIN, ACCOUNTANT},
    ("GET", "/setup"): {OWNER, ADMIN},
    ("GET", "/condition"): ALL,
    ("GET", "/setup/heard/{block}"): {OWNER, ADMIN},
    ("POST", "/setup/check/{block}"): {OWNER, ADMIN},
    ("POST", "/setup/pause/{connection}"): {OWNER, ADMIN},
    ("POST", "/setup/resume/{connection}"): {OWNER, ADMIN},
    ("GET", "/mappings/{source}"): {OWNER, ADMIN},
    ("GET", "/shops/{shop}"): {OWNER, ADMIN},
    ("POST", "/shops/{shop}"): {OWNER, ADMIN},
    ("GET", "/shops/{shop}/logo"): ALL,
    ("POST", "/shops/{shop}/logo"): {OWNER, ADMIN},
    ("GET", "/webhooks"): {OWNER, ADMIN},
    ("POST", "/webhooks"): {OWNER, ADMIN},
    ("GET", HOOK): {OWNER, ADMIN},
    ("POST", f"{HOOK}/test"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/resume"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/rotate"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/replay"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/deliveries/{{delivery}}/replay"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/remove"): {OWNER, ADMIN},
    ("GET", "/people"): {OWNER},
    ("POST", "/people"): {OWNER},
    ("POST", "/people/{person}/role"): {OWNER},
    ("POST", "/people/{person}/disable"): {OWNER},
    ("POST", "/people/{person}/address"): {OWNER},
    ("GET", "/privacy"): {OWNER, ADMIN},
    ("POST", "/privacy"): {OWNER, ADMIN},
    ("POST", "/privacy/export"): {OWNER, ADMIN},
    ("POST", "/privacy/erase"): {OWNER, ADMIN},
    ("GET", "/audit"): {OWNER, ADMIN, ACCOUNTANT},
    ("POST", "/me"): ALL,
    ("POST", "/me/password"): ALL,
    ("POST", "/me/second-factor"): ALL,
    ("POST", "/me/sessions/end"): ALL,
    ("POST", "/confirm"): ALL,
    ("POST", "/sign-out"): ALL,
}
"""In this order, as the last one ends the session."""
OPEN = {
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/welcome/{token}"), ("POST", "/welcome/{token}"),
    ("GET", "/static/{version}/{name}"), ("GET", "/manifest.webmanifest"), ("GET", "/worker.js"), ("GET", "/offline"),
}  # fmt: skip
"""For everybody, also those who are not signed in."""
OWN_ONLY = {("GET", "/me"), ("GET", "/me/second-factor"), ("GET", "/confirm"), ("POST", "/me"), ("POST", "/confirm"),
            ("POST", "/me/password"), ("POST", "/me/second-factor"), ("POST", "/me/sessions/end"),
            ("POST", "/sign-out"), ("POST", "/filters"), ("POST", "/filters/drop"), ("POST", "/attention/settle"),
            ("POST", "/attention/retry"), ("POST", "/privacy"), ("POST", "/privacy/export"),
            ("POST", "/privacy/erase")}  # fmt: skip
"""About the visitor, or in the visitor's own shops alone: `test_privacy.py` says what they do not find."""
FIELDS = {"shop": "main", "phone": "0151 23456789", "region": "DE", "amount": "1", "currency": "EUR", "role": "reader",
          "email": "new@shop.example", "stage": "map", "step": "s", "reason": "r", "key": "k", "language": "en",
          "table": "phone;amount\n0151 23456789;1", "password": "x", "payment": "p", "code": "1", "secret": "x",
          "url": "https://shop.invalid/", "since": "2026-01-01T00:00", "contact": "+4915123456789",
          "sure": "1"}  # fmt: skip


def test_every_route_is_in_the_table(house: House) -> None:
    found = {
        (method, str(getattr(route, "path", "")).removeprefix("/office"))
        for route in office.routes(house.daemon._office()).routes
        for method in getattr(route, "methods", ())
    }
    names = {"{order_id}": "{order}", "{person_id}": "{person}", "{endpoint_id}": "{endpoint}",
             "{delivery_id}": "{delivery}", "pause/{block}": "pause/{connection}",
             "mappings/{connection}": "mappings/{source}",
             "resume/{block}": "resume/{connection}"}  # fmt: skip
    normal = {(m, _renamed(p, names)) for m, p in found}
    assert normal == set(ROUTES) | OPEN


def _renamed(path: str, names: Mapping[str, str]) -> str:
    for name, ours in names.items():
        path = path.replace(name, ours)
    return path


class _Place:
    """The house with one order, and how to fill in a route."""

    def __init__(self, house: House, order: str, person: str) -> None:
        self.house = house
        self.names: dict[str, str] = {
            "order": order,
            "person": person,
            "shop": "main",
            "order_ref": "1",
            "block": "psp.main",
            "connection": "connections.shop",
            "source": "shop",
        }

    async def ask(self, visitor: Visitor, method: str, path: str) -> int:
        address = path.format(**self.names)
        if path == "/live":
            async with visitor.http.get(f"{self.house.url}/office/live", allow_redirects=False) as answer:
                return answer.status
        if method == "GET":
            return (await visitor.get(address))[0]
        return (await visitor.post(address, **FIELDS))[0]


async def webhook(house: House, shop: ShopId) -> dict[str, str]:
    """One that leads nowhere, and what it was to be told."""
    webhooks, now, own = SqlWebhooks(house.store), datetime.now(UTC), EndpointId(uuid7())
    await webhooks.add(Endpoint(own, shop, HOOKED, (), new_secret(), now, "anna", now), 20, ACT)
    delivery = Delivery(DeliveryId(uuid7()), own, EventId(uuid7()), TEST, "{}", now, now)
    await webhooks.enqueue(delivery, ACT)
    return {"endpoint": own, "delivery": delivery.id}


async def logo(house: House, shop: ShopId) -> None:
    office_now = house.daemon._office()
    await office_now.choices.choose(shop, ShopChoices(1, {"logo": read_logo(PNG).kept()}), ACT)
    await read_choices(office_now.choices, office_now.shops, office_now.pauses)


@pytest.fixture
async def place(house: House) -> _Place:
    order_ref = house.shop.place_order(billing={"phone": "0151 23456789"})
    state = await house.until(lambda s: bool(told(s)), order_ref)
    async with Visitor(house.url) as other:
        person = await other.enter(house.store, {"main": READER})
    while await SqlListing(house.store).row(state.order.id) is None:
        await house.settles(0.05)
    made = _Place(house, state.order.id, person.id)
    made.names |= await webhook(house, state.order.shop)
    await logo(house, state.order.shop)
    return made


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_reaches_what_it_may_and_nothing_else(place: _Place, role: Role) -> None:
    """403 is "not with this role"; everything else that is no 404 means that the route was reached."""
    wrong = []
    async with Visitor(place.house.url) as visitor:
        await visitor.enter(place.house.store, {"main": role})
        answers = [(await place.ask(visitor, *route), *route, roles) for route, roles in ROUTES.items()]
    for status, method, path, roles in answers:
        if (status == 403) == (role in roles) or status in (404, 500):
            wrong.append((method, path, role.value, status))
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
async def test_a_person_of_another_shop_reaches_nothing_of_this_one(place: _Place, role: Role) -> None:
    wrong: list[Any] = []
    answers = []
    async with Visitor(place.house.url) as visitor:
        await visitor.enter(place.house.store, {"other": role})
        for method, path in ROUTES.keys() - OWN_ONLY:
            status = await place.ask(visitor, method, path)
            text = (await visitor.get(path.format(**place.names)))[1] if method == "GET" and path != "/live" else ""
            answers.append((method, path, status, text))
    for method, path, status, text in answers:
        if method == "POST" and status not in (403, 404):
            wrong.append((method, path, role.value, status))
        if any(known in text for known in ("Weinhaus", "psp.main", place.names["order"], "+49 1512", HOOKED)):
            wrong.append((method, path, role.value, "shows it"))
    assert wrong == []


async def test_nobody_who_is_not_signed_in_reaches_anything(place: _Place) -> None:
    async with Visitor(place.house.url) as visitor:
        for method, path in ROUTES:
            assert await place.ask(visitor, method, path) == 303, path


async def test_an_owner_of_one_shop_gives_no_rights_in_another_and_touches_nobody_of_it(
    house: House, tmp_path: Path
) -> None:
    async with Visitor(house.url) as visitor, Visitor(house.url) as boss:
        chief = await boss.enter(house.store, {EVERY_SHOP: OWNER, "main": READER})
        await visitor.enter(house.store, {"main": OWNER})
        new = {"email": "new@shop.example", "role": "owner"}
        assert (await visitor.post("/people", **new, shop=EVERY_SHOP))[0] == 403
        assert (await visitor.post("/people", **new, shop="other"))[0] == 403
        for action in ("role", "disable", "address"):
            status, _ = await visitor.post(f"/people/{chief.id}/{action}", shop="main", role="reader")
            assert status == 403, action
        assert (await visitor.post("/people", **new, shop="main"))[0] == 200
    found = await SqlPeople(house.store).credentials("new@shop.example")
    assert found is not None
    assert dict(found.person.roles) == {"main": OWNER}
