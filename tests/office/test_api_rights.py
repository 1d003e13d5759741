"""Every route of the API, every role, the own shop and another's: what a key reaches is written down here."""

from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from connector_core.adapters.store_sql import SqlPeople
from connector_core.domain.ids import OrderId
from connector_core.domain.person import Role
from tests.flow.house import House, told
from tests.office.test_api import WISH, Client, key

OWNER, ADMIN, AGENT, ACCOUNTANT, READER = Role.OWNER, Role.ADMIN, Role.AGENT, Role.ACCOUNTANT, Role.READER
ALL = set(Role)
BASE, ONE = "/api/v1/payment-requests", "/api/v1/payment-requests/{request_id}"
ROUTES: dict[tuple[str, str], set[Role]] = {
    ("GET", BASE): ALL,
    ("GET", ONE): ALL,
    ("GET", f"{ONE}/events"): ALL,
    ("POST", BASE): {OWNER, ADMIN, AGENT},
    ("PATCH", ONE): {OWNER, ADMIN, AGENT},
    ("POST", f"{ONE}/notify"): {OWNER, ADMIN, AGENT},
    ("POST", f"{ONE}/hand-over"): {OWNER, ADMIN, AGENT},
    ("POST", f"{ONE}/reissue"): {OWNER, ADMIN, AGENT},
    ("POST", f"{ONE}/refunds"): {OWNER, ADMIN, ACCOUNTANT},
    ("POST", f"{ONE}/cancel"): {OWNER, ADMIN, AGENT},
}
"""In this order, as the last one ends the request."""


@dataclass(frozen=True, slots=True)
class Place:
    """A house of two shops, with one request in the shop `main`."""

    house: House
    http: aiohttp.ClientSession
    request_id: str

    async def ask(self, client: Client, method: str, path: str) -> tuple[int, Any]:
        address = path.removeprefix(BASE).format(request_id=self.request_id)
        body = WISH if (method, path) == ("POST", BASE) else {}
        return await client.ask(method, address, key=f"{method} {path}", **body)

    async def client(self, role: Role, shop: str) -> Client:
        client = Client(self.house.url, await key(self.house, role, shop))
        client.http = self.http
        return client


@pytest.fixture
async def place(house: House) -> Place:
    order_ref = house.shop.place_order(billing={"phone": "0151 23456789"})
    state = await house.until(lambda s: bool(told(s)), order_ref)
    return Place(house, house.http, state.order.id)


async def test_every_route_is_in_the_table(house: House) -> None:
    async with house.http.get(f"{house.url}/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    described = {(method.upper(), path) for path, ways in paths.items() for method in ways if path.startswith("/api/")}
    assert described == set(ROUTES)
    assert all("security" in ways[method] for path, ways in paths.items() if path in BASE for method in ways)


@pytest.mark.parametrize("role", list(Role))
async def test_a_key_does_what_its_role_may(place: Place, role: Role) -> None:
    client = await place.client(role, "main")
    answers = [(method, path, await place.ask(client, method, path), roles) for (method, path), roles in ROUTES.items()]
    wrong = [
        (method, path, status)
        for method, path, (status, _), roles in answers
        if (status == 403) == (role in roles) or status in (401, 404) or status >= 500
    ]
    assert wrong == []


@pytest.mark.parametrize("role", list(Role))
async def test_a_key_of_another_shop_reaches_nothing_of_this_one(place: Place, role: Role) -> None:
    client = await place.client(role, "other")
    wrong: list[tuple[str, str, object]] = []
    for (method, path), roles in ROUTES.items():
        status, body = await place.ask(client, method, path)
        if path != BASE and status != (404 if role in roles else 403):
            wrong.append((method, path, status))
        if place.request_id in str(body):
            wrong.append((method, path, body))
    assert wrong == []
    events = await place.house.store.timeline(OrderId(place.request_id))
    assert not [event for event in events if event.actor.startswith("api:")]


async def test_without_a_good_key_no_route_is_reached(place: Place) -> None:
    wrong = []
    for token in ("", "plk_wrong", "x" * 5000):
        stranger = Client(place.house.url, token)
        stranger.http = place.http
        for method, path in ROUTES:
            status, refusal = await place.ask(stranger, method, path)
            if status != 401 or "paylink keys add" not in refusal["cure"]:
                wrong.append((token[:10], method, path, status))
    assert wrong == []
    async with place.http.get(f"{place.house.url}{BASE}") as answer:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_key_that_was_ended_opens_nothing_and_both_acts_are_in_the_trail(place: Place) -> None:
    client = await place.client(OWNER, "main")
    assert (await place.ask(client, "GET", BASE))[0] == 200
    said = await place.house.command("keys", "list")
    await place.house.command("keys", "end", next(word for word in said.split() if word.startswith("plk_")))
    assert (await place.ask(client, "GET", BASE))[0] == 401
    acts = {line.act.action for line in await SqlPeople(place.house.store).acts()}
    assert {"key.made", "key.ended"} <= acts


async def test_only_the_id_leads_to_a_request(place: Place) -> None:
    client = await place.client(OWNER, "main")
    state = await place.house.store.order(place.request_id)
    assert state is not None
    for other in (state.order.number, state.order.order_ref, "%00", "%ff", "x" * 3000, place.request_id.upper()):
        assert (await client.ask("GET", f"/{other}"))[0] == 404
