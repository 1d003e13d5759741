"""Card numbers, secrets and telephone numbers that were put into everything are looked for everywhere afterwards.

(invariants I8 and I14; faults.md 28, 51, 52 and T10)
"""

import asyncio
import base64
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pika
import pytest
from connector_woocommerce.fake import FakeShop
from typer.testing import CliRunner

from connector_core.adapters.cli.demo import world_options
from connector_core.adapters.cli.main import app
from connector_core.adapters.rabbitmq import Topology
from connector_core.adapters.store_sql import SqlStore
from connector_core.domain.message import Purpose
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.sandbox.world import World
from connector_core.settings import load_settings
from tests.faults.doorway import FORM, digest, form, ipn_text
from tests.flow.house import ACCEPTED, told
from tests.services.rabbitmq import RabbitNode

PHONE = "+4915123456789"
CARDS = ("4970100000000014", "5555555555554444", "378282246310005", "6011111111111117", "4970100000000048")
"""Test numbers of Visa, Mastercard, American Express and Discover. The card that pays is another one."""
PATIENCE = 30.0


def written(number: str, manner: int) -> str:
    """A card number as people write it."""
    joint = ("", " ", "-", ".", "\u00a0")[manner % 5]
    return joint.join(number[at : at + 4] for at in range(0, len(number), 4))


def everywhere(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, each text among them with a card number behind it."""
    return {name: f"{value} {written(CARDS[at % 5], at)}" for at, (name, value) in enumerate(fields.items())}


def order(total: str = "20.00", phone: str = PHONE) -> dict[str, Any]:
    """A WooCommerce order with a card number in every field that people can write into."""
    person = {name: name for name in ("first_name", "last_name", "company", "address_1", "address_2", "city", "state")}
    return {
        "total": total,
        "currency": "EUR",
        "billing": {**everywhere(person), "email": f"{CARDS[0]}@example.com", "phone": phone, "country": "DE"},
        "shipping": everywhere({**person, "postcode": "54470", "phone": "x"}),
        "customer_note": f"please use {written(CARDS[1], 1)} and {written(CARDS[2], 2)}",
        "payment_method_title": f"card {CARDS[3]}",
        "meta_data": [{"id": 1, "key": f"note {CARDS[4]}", "value": {"text": [written(CARDS[0], 1)]}}],
        "line_items": [{"name": f"Riesling {CARDS[3]}", "quantity": 1, "meta_data": [{"value": int(CARDS[4])}]}],
    }


class Watched(World):
    """A world whose daemon tells everything it can."""

    log_format = "json"

    def _config(self) -> dict[str, Any]:
        return {"log_format": self.log_format, "log_level": "debug", **super()._config()}

    @property
    def vendor(self) -> FakeShop:
        assert isinstance(self.shop, FakeShop)
        return self.shop

    @property
    def secrets(self) -> set[str]:
        """All that the configuration says nobody may see."""
        ours, vendor = self._credentials, self.vendor.config
        plain = {ours.lyra_password, ours.lyra_hmac_key, ours.whatsapp_token, ours.whatsapp_secret}
        plain |= {ours.whatsapp_verify, vendor.consumer_secret, vendor.consumer_key, vendor.webhook_secret}
        login = f"{ours.lyra_shop}:{ours.lyra_password}", f"{vendor.consumer_key}:{vendor.consumer_secret}"
        return plain | {base64.b64encode(pair.encode()).decode().rstrip("=") for pair in login}

    def notification(self, text: str) -> bytes:
        return form(text, digest(text, self._credentials.lyra_password))


@dataclass(frozen=True, slots=True)
class Outputs:
    """Everything that the product has said or kept, by where it was found."""

    files: Mapping[str, bytes]
    shown: Mapping[str, bytes]
    dead: tuple[bytes, ...]
    secrets: frozenset[str]
    events: bytes

    @property
    def log(self) -> bytes:
        return self.files["daemon.log"]

    @property
    def everything(self) -> Mapping[str, bytes]:
        return {**self.files, **self.shown}


@contextmanager
def private_broker(node: RabbitNode) -> Iterator[tuple[str, str]]:
    """The address of a virtual host with a user of its own, and that user's password."""
    name, password = f"canary-{secrets.token_hex(4)}", secrets.token_hex(16)
    node.add_vhost(name)
    node.ctl("add_user", name, password)
    node.ctl("set_permissions", "-p", name, name, ".*", ".*", ".*")
    try:
        yield node.url_of(name, name, password), password
    finally:
        node.ctl("delete_vhost", name)
        node.ctl("delete_user", name)


@pytest.mark.fault(52)
async def test_canaries_with_rabbitmq_and_json_logs(tmp_path: Path, rabbitmq: RabbitNode) -> None:
    with private_broker(rabbitmq) as (url, password):
        outputs = await story(tmp_path, "json", url)
        assert_nothing_leaked(replace(outputs, secrets=outputs.secrets | {password}))
    assert len(outputs.dead) == 1
    assert CARDS[0].encode() in outputs.dead[0]
    """A message that we refuse stays in the broker as its sender wrote it: it was never ours to change, and who
    empties the queue must see what was sent. docs/reference/faults.md says so."""


@pytest.mark.fault(52)
async def test_canaries_with_the_embedded_queue_and_console_logs(tmp_path: Path) -> None:
    assert_nothing_leaked(await story(tmp_path, "console", ""))


def assert_nothing_leaked(outputs: Outputs) -> None:
    assert b"daemon started" in outputs.log
    assert b"********" in outputs.shown["paylink config show"]
    assert b"[card number]" in outputs.files["paylink.db"]
    assert all(outputs.shown.values())
    for name, content in outputs.everything.items():
        bare = re.sub(rb"[\s.\-_]|\xc2\xa0", b"", content)
        assert [card for card in CARDS if card.encode() in content or card.encode() in bare] == [], name
        assert [secret for secret in outputs.secrets if secret.encode() in content] == [], name
    ours = {name: content for name, content in outputs.shown.items() if not name.startswith("what ")}
    for name, content in {**ours, "daemon.log": outputs.log, "events": outputs.events}.items():
        digits = re.sub(rb"[ \-/()]", b"", content)
        assert PHONE[1:].encode() not in digits, name
        assert b"0" + PHONE[3:].encode() not in digits, name
        assert re.search(rb"wamid\.[A-Za-z0-9+/=]{20,}", content) is None, name
    assert b"***" + PHONE[-3:].encode() in b"".join(outputs.shown.values())


async def story(folder: Path, log_format: str, broker: str) -> Outputs:
    """One order from the shop to the receipt, and everything beside it that can go wrong."""
    options = world_options(folder, "woocommerce", broker, "", fixed_ports=False)
    world = Watched(options)
    world.log_format = log_format
    async with world, aiohttp.ClientSession() as http:
        store = SqlStore(load_settings(world.config_file).database, daemon=False)
        await store.open()
        try:
            ref = await ordered_and_paid(world, store, http)
            await strange_notifications(world, store, http, ref)
            dead = await over_the_broker(world, store, broker) if broker else ()
            shown = await everything_shown(world, http, ref)
            running = {f"{file.name} of the running daemon": file.read_bytes() for file in kept_files(folder)}
            timelines = [await store.timeline(line.order_id) for line in await store.orders(limit=200)]
        finally:
            await store.close()
        known = frozenset(world.secrets)
    files = {**running, **{file.name: file.read_bytes() for file in kept_files(folder)}}
    return Outputs(files, shown, dead, known, repr(timelines).encode())


def kept_files(folder: Path) -> list[Path]:
    """All but the configuration, where the administrator keeps the secrets."""
    return [file for file in sorted(folder.iterdir()) if file.is_file() and file.suffix != ".toml"]


async def until(store: SqlStore, ref: str, holds: Any) -> OrderState:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        found = [line for line in await store.orders(limit=200) if line.order_ref == ref]
        state = await store.order(found[0].order_id) if found else None
        if state is not None and holds(state):
            return state
        assert asyncio.get_running_loop().time() < deadline, f"it never came to that: {state}"
        await asyncio.sleep(0.1)


def parked(state: OrderState) -> bool:
    return any(step.state is StepState.PARKED for step in state.steps)


async def ordered_and_paid(world: Watched, store: SqlStore, http: aiohttp.ClientSession) -> str:
    """With a chat in between; one order beside it cannot be read because of its amount, one because of its phone."""
    vendor = world.vendor
    ref = await asyncio.to_thread(lambda: vendor.place_order(**order()))
    strange = await asyncio.to_thread(lambda: vendor.place_order(**order(total=CARDS[0])))
    nameless = await asyncio.to_thread(lambda: vendor.place_order(**order(phone=f"card {CARDS[1]}")))
    state = await until(store, ref, lambda found: bool(told(found)))
    for text in (f"my card is {written(CARDS[0], 1)}", CARDS[1], f"STOPP {CARDS[2]}", "START"):
        chat = f"{world.addresses.phone}/chat/{PHONE[1:]}/messages"
        async with http.post(chat, data={"text": text}, allow_redirects=False) as answer:
            assert answer.status == 303
    async with http.post(f"{state.links[0].url}/pay", data={"card": ACCEPTED}, allow_redirects=False) as answer:
        assert answer.status == 303
    await until(store, ref, lambda found: bool(told(found, Purpose.RECEIPT)) and bool(found.write_backs))
    await until(store, strange, parked)
    await until(store, nameless, parked)
    return ref


async def strange_notifications(world: Watched, store: SqlStore, http: aiohttp.ClientSession, ref: str) -> None:
    """Genuine and forged ones with card numbers in every free field, and card numbers in addresses and headers."""
    link = (await until(store, ref, lambda found: bool(found.links))).links[0]
    free = {
        "errorMessage": f"refused {CARDS[0]}",
        "detailedErrorMessage": written(CARDS[1], 1),
        "errorCode": CARDS[2],
        "metadata": {"note": CARDS[3], CARDS[4]: "x"},
        "customer": {"reference": CARDS[0], "email": f"{CARDS[1]}@example.com"},
        "paymentMethodType": CARDS[2],
        "transactionDetails": {"cardDetails": {"pan": CARDS[3], "effectiveBrand": f"VISA {CARDS[4]}"}},
    }
    refused = {"status": "UNPAID", "detailedStatus": "REFUSED", **free}
    texts = [
        ipn_text(link.psp_order, "0" * 31 + "1", 2000, **refused),
        ipn_text(f"NOBODY-{CARDS[0]}", "0" * 31 + "2", 2000, **free),
        ipn_text(link.psp_order, "0" * 31 + "3", 2000, **{**free, "currency": CARDS[0]}),
        ipn_text(link.psp_order, "0" * 31 + "4", 2000, **{**free, "shopId": CARDS[0]}),
    ]
    door = f"{world.addresses.daemon}/psp/main/notifications"
    answers = []
    for body in [*(world.notification(text) for text in texts), form(texts[0], CARDS[0])]:
        async with http.post(door, data=body, headers=FORM) as answer:
            answers.append(answer.status)
            assert CARDS[0] not in await answer.text()
    assert answers == [200, 200, 400, 400, 401]
    for path in (f"/webhooks/{CARDS[0]}", f"/webhooks/shop?card={CARDS[1]}", f"/{CARDS[2]}"):
        async with http.post(world.addresses.daemon + path, data=CARDS[3], headers={"X-Note": CARDS[4]}) as answer:
            assert answer.status in (401, 404)
    await until(store, ref, lambda found: len(found.payments) == 2)


def cloud_event(number: int, connection: str, ref: str, record: Mapping[str, Any]) -> bytes:
    envelope = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "/erp",
        "type": "com.example.order.received.v1",
        "subject": ref,
        "time": "2026-11-24T06:00:00Z",
        "note": f"card {CARDS[0]}",
        "data": {"connection": connection, "order_ref": ref, "record": {"id": int(ref), "number": ref, **record}},
    }
    return json.dumps(envelope).encode()


async def over_the_broker(world: Watched, store: SqlStore, url: str) -> tuple[bytes, ...]:
    """An order that can be asked for, one that is parked with its record, and one that is refused; the dead letters."""
    record = {"status": "pending", "date_modified_gmt": "2026-11-24T06:00:00", **order()}
    nameless = {**record, "billing": {**record["billing"], "phone": ""}}
    bodies = [
        cloud_event(1, "shop", "70001", record),
        cloud_event(2, "shop", "70002", nameless),
        cloud_event(3, "nobody", "70003", record),
    ]
    await asyncio.to_thread(publish, url, bodies)
    await until(store, "70001", lambda found: bool(told(found)))
    kept = await until(store, "70002", parked)
    assert "[card number]" in str(kept.steps[0].payload["record"])
    return await asyncio.to_thread(dead_letters, url)


def publish(url: str, bodies: list[bytes]) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for body in bodies:
            channel.basic_publish(Topology().orders, "com.example.order.received.v1", body)


def dead_letters(url: str) -> tuple[bytes, ...]:
    """RabbitMQ moves a refused message in its own time: on a busy machine that was once more than ten seconds."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for _ in range(2000):
            _, _, body = channel.basic_get(Topology().dead)
            if body is not None:
                return (body,)
            connection.sleep(0.1)
    return ()


async def everything_shown(world: Watched, http: aiohttp.ClientSession, ref: str) -> dict[str, bytes]:
    """All that a person, a monitor or a peer gets to see."""
    shown = {}
    for path in ("/metrics", "/readyz", "/openapi.json"):
        async with http.get(world.addresses.daemon + path) as answer:
            shown[path] = await answer.read()
    for words in ("orders list", f"orders show {ref}", "orders show 70002", "parked list", "config show", "check"):
        shown[f"paylink {words}"] = await asyncio.to_thread(command, world.config_file, words)
    shown["what Lyra was told"] = repr([replace(o, metadata=None) for o in world.lyra.ledger.orders]).encode()
    shown["what buyers were told"] = repr(
        [(m.text, m.button_url, m.button_text) for m in world.phone.ledger.messages.values()]
    ).encode()
    return shown


def command(config: Path, words: str) -> bytes:
    return CliRunner().invoke(app, [*words.split(), "--config", str(config)]).output.encode()
