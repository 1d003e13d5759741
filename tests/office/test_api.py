"""The API: a program asks, changes, cancels and gives back, once each, and reaches its own shop alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from connector_core.domain.message import HANDED_OVER, Purpose
from connector_core.domain.person import Role
from tests.flow.house import House, told

WISH = {"amount": "49.90", "currency": "EUR", "phone": "0151 23456789", "region": "DE"}


class Client:
    """A program with a key."""

    def __init__(self, base: str, key: str, under: str = "/api/v1/payment-requests") -> None:
        self._base = base + under
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.http: aiohttp.ClientSession

    async def ask(self, method: str, path: str = "", key: str = "", **body: Any) -> tuple[int, Any]:
        """(status, JSON)."""
        headers = {**self._headers, **({"Idempotency-Key": f'"{key}"'} if key else {})}
        sent = {"json": body} if method in ("POST", "PATCH") else {"params": body}
        async with self.http.request(method, self._base + path, headers=headers, **sent) as answer:  # type: ignore[arg-type] # either
            assert answer.headers["Cache-Control"] == "no-store"
            return answer.status, await answer.json()


@pytest.fixture
async def program(house: House) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        client = Client(house.url, await key(house))
        client.http = session
        yield client


async def key(house: House, role: Role = Role.OWNER, shop: str = "main") -> str:
    said = await house.command("keys", "add", "--shop", shop, "--name", "till", "--role", role.value)
    return said.split()[-1]


async def test_a_request_is_made_paid_and_seen(house: House, program: Client) -> None:
    status, made = await program.ask("POST", key="k1", **WISH, reference="A-1", name="Anna Müller")
    assert status == 201
    assert (made["reference"], made["amount"]) == ("A-1", {"amount": "49.90", "currency": "EUR"})
    state = await house.until(lambda s: bool(told(s)), "A-1")
    await house.pay(state.links[0].url)
    await house.until(lambda s: bool(told(s, Purpose.RECEIPT)), "A-1")
    _, seen = await program.ask("GET", f"/{made['id']}")
    assert (seen["state"], seen["money"], seen["captured"]["amount"]) == ("paid", "paid", "49.90")
    assert [payment["kind"] for payment in seen["payments"]] == ["capture"]
    _, events = await program.ask("GET", f"/{made['id']}/events")
    assert "payment.captured.v1" in [event["type"] for event in events]
    assert "+49151" not in str(events)


async def test_one_key_makes_one_request_however_often_it_comes(house: House, program: Client) -> None:
    answers = await asyncio.gather(*(program.ask("POST", key="same", **WISH) for _ in range(100)))
    made = [body for status, body in answers if status in (201, 202)]
    assert made
    assert {status for status, _ in answers} <= {201, 202, 409}
    assert len({body["reference"] for body in made}) == 1
    await house.settles()
    assert len(house.lyra.ledger.orders) == 1
    status, again = await program.ask("POST", key="same", **WISH)
    assert (status, again) == (201, made[0])


async def test_a_key_is_needed_and_means_one_thing(program: Client) -> None:
    status, refusal = await program.ask("POST", **WISH)
    assert (status, refusal["errors"][0]["pointer"]) == (400, "Idempotency-Key")
    assert (await program.ask("POST", key="k", **WISH))[0] == 201
    assert (await program.ask("POST", key="k", **{**WISH, "amount": "1.00"}))[0] == 422


async def test_a_refused_call_may_come_again_corrected_under_its_key(program: Client) -> None:
    status, refusal = await program.ask("POST", key="k", **{**WISH, "phone": "123"})
    assert (status, refusal["errors"][0]["pointer"]) == (422, "phone")
    assert (await program.ask("POST", key="k", **WISH))[0] == 201


async def test_a_request_is_changed_and_cancelled(house: House, program: Client) -> None:
    _, made = await program.ask("POST", key="k", **WISH, reference="A-2")
    await house.until(lambda s: bool(told(s)), "A-2")
    status, changed = await program.ask("PATCH", f"/{made['id']}", amount="55.00")
    assert (status, changed["amount"]["amount"]) == (200, "55.00")
    await house.until(lambda s: bool(told(s, Purpose.CHANGED)), "A-2")
    assert await program.ask("POST", f"/{made['id']}/cancel", reason="x") == (202, {"new": True})
    await house.until(lambda s: s.request is not None and s.request.state == "cancelled" and not s.open_link, "A-2")
    assert (await program.ask("POST", f"/{made['id']}/cancel"))[0] == 409
    assert (await program.ask("PATCH", f"/{made['id']}", amount="1.00"))[0] == 409
    _, events = await program.ask("GET", f"/{made['id']}/events")
    acts = {event["type"] for event in events if event["actor"] == "api:till"}
    assert {"order.received.v1", "payment_request.created.v1", "payment_request.updated.v1"} <= acts
    assert [event["actor"] for event in events if event["type"] == "payment_request.closed.v1"] == ["api:till"]


async def test_a_reference_that_is_taken_is_told_with_the_request_that_has_it(house: House, program: Client) -> None:
    _, made = await program.ask("POST", key="k1", **WISH, reference="A-9")
    status, refusal = await program.ask("POST", key="k2", **WISH, reference="A-9")
    assert (status, refusal["errors"][0]["pointer"]) == (409, "reference")
    assert made["id"] in refusal["cure"]
    await house.settles()
    assert len(house.lyra.ledger.orders) == 1


async def test_an_order_of_the_shop_with_the_same_number_is_another_one(house: House, program: Client) -> None:
    order_ref = house.shop.place_order(total="20.00")
    theirs = await house.until(lambda s: bool(told(s)), order_ref)
    status, refusal = await program.ask("PATCH", f"/{theirs.order.id}", amount="1.00")
    assert status == 409
    assert "another system" in refusal["detail"]
    assert (await program.ask("POST", f"/{theirs.order.id}/cancel"))[0] == 202
    await house.until(lambda s: not s.open_link, order_ref)
    status, made = await program.ask("POST", key="k", **WISH, reference=order_ref)
    assert status == 201
    assert made["id"] != theirs.order.id


async def test_a_buyer_who_wants_no_messages_is_told_of_and_the_link_handed_over(house: House, program: Client) -> None:
    _, first = await program.ask("POST", key="k1", **WISH)
    await house.until(lambda s: bool(told(s)), first["reference"])
    await house.opt_out("+4915123456789")
    _, made = await program.ask("POST", key="k2", **WISH, name="Anna")
    await house.until(lambda s: any(step.state == "parked" for step in s.steps), made["reference"])
    status, refusal = await program.ask("POST", f"/{made['id']}/notify")
    assert (status, refusal["detail"]) == (409, "The buyer has opted out of messages.")
    status, given = await program.ask("POST", f"/{made['id']}/hand-over")
    state = await house.until(lambda s: s.messages[-1].channel == HANDED_OVER, made["reference"])
    assert status == 200
    assert state.links[0].url in given["text"]
    assert given["open"].startswith("https://wa.me/4915123456789?text=")
    assert not state.steps or all(step.state != "parked" for step in state.steps)
    assert (await program.ask("POST", f"/{made['id']}/hand-over"))[0] == 409
    assert len(house.messages("paylink")) == 1


async def test_what_has_expired_is_asked_anew_with_an_end_that_lies_ahead(house: House, program: Client) -> None:
    end = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    _, made = await program.ask("POST", key="k", **WISH, valid_until=end)
    status, refusal = await program.ask("POST", f"/{made['id']}/reissue")
    assert (status, refusal["detail"]) == (409, "The buyer can still pay it.")
    await house.until(lambda s: s.request is not None and s.request.state == "expired", made["reference"])
    assert (await program.ask("PATCH", f"/{made['id']}", amount="1.00"))[0] == 409
    assert await program.ask("POST", f"/{made['id']}/reissue", expires_in=3600) == (202, {"new": True})
    again = await house.until(lambda s: s.open_link is not None and s.open_link.url != "", made["reference"])
    assert len(again.links) == 2
    await house.pay(again.links[1].url)
    await house.until(lambda s: bool(s.payments), made["reference"])
    assert (await program.ask("POST", f"/{made['id']}/reissue"))[0] == 409


async def test_an_answer_that_was_lost_is_given_after_the_deed_and_the_deed_is_not_repeated(
    house: House, program: Client
) -> None:
    """The daemon was killed between the commit and its answer: the key is there without one, half a minute long."""
    _, made = await program.ask("POST", key="k", **WISH)
    state = await house.until(lambda s: bool(told(s)), made["reference"])
    await house.pay(state.links[0].url)
    await house.until(lambda s: bool(s.payments), made["reference"])
    assert (await program.ask("POST", f"/{made['id']}/refunds", key="r"))[0] == 202
    await house.until(lambda s: s.request is not None and s.request.refunded == 4990, made["reference"])
    await house.store.write(lambda c: c.exec_driver_sql("UPDATE idempotency SET status = 0") and None)
    assert (await program.ask("POST", key="k", **WISH))[0] == 409
    await house.store.write(lambda c: c.exec_driver_sql("UPDATE idempotency SET at = at - 31000000") and None)
    status, again = await program.ask("POST", key="k", **WISH)
    assert (status, again["id"]) == (201, made["id"])
    assert await program.ask("POST", f"/{made['id']}/refunds", key="r") == (202, {"new": False})
    await house.settles()
    assert len(house.lyra.ledger.orders) == 1
    last = await house.order(made["reference"])
    assert last is not None
    assert [p.kind for p in last.payments] == ["capture", "refund"]


async def test_money_is_given_back_once(house: House, program: Client) -> None:
    _, made = await program.ask("POST", key="k", **WISH, reference="A-3")
    state = await house.until(lambda s: bool(told(s)), "A-3")
    await house.pay(state.links[0].url)
    await house.until(lambda s: bool(s.payments), "A-3")
    asked = [program.ask("POST", f"/{made['id']}/refunds", key="r") for _ in range(5)]
    assert {status for status, _ in await asyncio.gather(*asked)} <= {202, 409}
    after = await house.until(lambda s: s.request is not None and s.request.refunded == 4990, "A-3")
    await house.settles()
    assert len([p for p in after.payments if p.kind == "refund"]) == 1
    assert (await program.ask("POST", f"/{made['id']}/refunds", key="r2"))[0] == 422


async def test_a_list_is_paged_and_filtered(house: House, program: Client) -> None:
    for n in range(5):
        await program.ask("POST", key=f"k{n}", **WISH, reference=f"P-{n}")
    for _ in range(100):
        _, whole = await program.ask("GET", limit=100)
        if len(whole["items"]) == 5:
            break
        await house.settles(0.05)
    _, first = await program.ask("GET", limit=3)
    _, second = await program.ask("GET", limit=3, after=first["next"])
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == [item["id"] for item in whole["items"]]
    assert second["next"] == ""
    _, one = await program.ask("GET", text="P-3")
    assert [item["reference"] for item in one["items"]] == ["P-3"]
    assert (await program.ask("GET", state="late"))[0] == 422


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "4,90"),
        ("amount", 4.9),
        ("amount", "1e3"),
        ("amount", "\u0661"),
        ("amount", "-1"),
        ("amount", "NaN"),
        ("currency", "euro"),
        ("phone", None),
        ("phone", "\u0000"),
        ("extra", 1),
        ("valid_until", "soon"),
        ("valid_until", "2030-01-01T00:00:00"),
        ("valid_until", 1893456000),
        ("expires_in", 5),
        ("expires_in", "3600"),
        ("reference", "4970100000000055"),
        ("reference", "a\u0000"),
        ("name", {"a": 1}),
        ("description", "x" * 256),
        ("region", "Germany"),
    ],
)
async def test_a_wrong_field_is_named(house: House, program: Client, field: str, value: Any) -> None:
    status, refusal = await program.ask("POST", key="k", **{**WISH, field: value})
    assert (status, refusal["errors"][0]["pointer"]) == (422, field)
    assert not await house.store.orders()


async def test_a_key_that_asks_too_often_is_told_when_to_come_again(program: Client) -> None:
    answers = await asyncio.gather(*(program.ask("GET") for _ in range(150)))
    assert {status for status, _ in answers} == {200, 429}
