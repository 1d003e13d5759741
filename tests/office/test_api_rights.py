"""Every route of the API, every role, the own shop and another's: what a key reaches is written down here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from connector_core.adapters.store_sql import SqlPeople, SqlWebhooks
from connector_core.domain.ids import EventId, OrderId, ShopId, uuid7
from connector_core.domain.person import Role
from connector_core.domain.webhook import Delivery, DeliveryId, Endpoint, EndpointId
from connector_core.domain.webhook_signature import new_secret
from connector_core.ports.people import Act
from tests.flow.house import House, told
from tests.office.test_api import WISH, Client, key

OWNER, ADMIN, AGENT, ACCOUNTANT, READER = Role.OWNER, Role.ADMIN, Role.AGENT, Role.ACCOUNTANT, Role.READER
ALL = set(Role)
BASE, ONE = "/api/v1/payment-requests", "/api/v1/payment-requests/{request_id}"
HOOKS, HOOK = "/api/v1/webhook-endpoints", "/api/v1/webhook-endpoints/{endpoint_id}"
WITHOUT_ID = {BASE, HOOKS}
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
    ("GET", HOOKS): {OWNER, ADMIN},
    ("POST", HOOKS): {OWNER, ADMIN},
    ("GET", HOOK): {OWNER, ADMIN},
    ("POST", f"{HOOK}/rotate"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/test"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/resume"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/replay"): {OWNER, ADMIN},
    ("GET", f"{HOOK}/deliveries"): {OWNER, ADMIN},
    ("POST", f"{HOOK}/deliveries/{{delivery_id}}/replay"): {OWNER, ADMIN},
    ("DELETE", HOOK): {OWNER, ADMIN},
}
"""In this order, as the last ones end the request and the webhook."""
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", BASE): WISH,
    ("POST", HOOKS): {"url": "https://shop.invalid/"},
}


@dataclass(frozen=True, slots=True)
class Place:
    """A house of two shops, with one request and one webhook in the shop `main`."""

    house: House
    http: aiohttp.ClientSession
    request_id: str
    names: Mapping[str, str]

    async def ask(self, client: Client, method: str, path: str) -> tuple[int, Any]:
        address = path.format(**self.names).removeprefix("/api/v1")
        body = BODIES.get((method, path), {}) | ({"since": self.names["since"]} if path == f"{HOOK}/replay" else {})
        return await client.ask(method, address, key=f"{method} {path}", **body)

    async def client(self, role: Role, shop: str) -> Client:
        return client_of(self.house, self.http, await key(self.house, role, shop))


def client_of(house: House, http: aiohttp.ClientSession, token: str) -> Client:
    client = Client(house.url, token, "/api/v1")
    client.http = http
    return client


@pytest.fixture
async def place(house: House) -> Place:
    order_ref = house.shop.place_order(billing={"phone": "0151 23456789"})
    state = await house.until(lambda s: bool(told(s)), order_ref)
    webhooks, now = SqlWebhooks(house.store), datetime.now(UTC)
    shop, own = state.order.shop, EndpointId(uuid7())
    endpoint = Endpoint(own, shop, "https://shop.invalid/hook", (), new_secret(), now, "anna", now)
    await webhooks.add(endpoint, 20, Act("anna", "test"))
    delivery = Delivery(DeliveryId(uuid7()), own, EventId(uuid7()), "webhook.test", "{}", now, now)
    await webhooks.enqueue(delivery, Act("anna", "test"))
    since = (now - timedelta(hours=1)).isoformat()
    names = {"request_id": state.order.id, "endpoint_id": own, "delivery_id": delivery.id, "since": since}
    return Place(house, house.http, state.order.id, names)


async def test_every_route_is_in_the_table(house: House) -> None:
    async with house.http.get(f"{house.url}/openapi.json") as answer:
        paths = (await answer.json())["paths"]
    described = {(method.upper(), path) for path, ways in paths.items() for method in ways if path.startswith("/api/")}
    assert described == set(ROUTES)
    assert all("security" in ways[method] for path, ways in paths.items() if path in WITHOUT_ID for method in ways)


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
        if path not in WITHOUT_ID and status != (404 if role in roles else 403):
            wrong.append((method, path, status))
        if any(place.names[name] in str(body) for name in ("request_id", "endpoint_id", "delivery_id")):
            wrong.append((method, path, body))
    assert wrong == []
    events = await place.house.store.timeline(OrderId(place.request_id))
    assert not [event for event in events if event.actor.startswith("api:")]
    acts = {line.act.action for line in await SqlPeople(place.house.store).acts(shops=[ShopId("main")])}
    assert not [act for act in acts if act.startswith("webhook.")]


async def test_without_a_good_key_no_route_is_reached(place: Place) -> None:
    wrong = []
    for token in ("", "plk_wrong", "x" * 5000):
        stranger = client_of(place.house, place.http, token)
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
        assert (await client.ask("GET", f"/payment-requests/{other}"))[0] == 404
        assert (await client.ask("GET", f"/webhook-endpoints/{other}"))[0] == 404
