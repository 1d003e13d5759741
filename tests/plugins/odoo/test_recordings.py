"""The demo Odoo answers as real servers did: recorded exchanges of Odoo 16 and 19 are played to it, one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from connector_odoo.fake import FakeOdoo, FakeOdooConfig

from connector_core.sdk import WriteBackFact
from connector_core.sdk.http import HttpAnswer, HttpClient
from tests.plugins.odoo.conftest import MakePlugin, settings_for
from tests.plugins.odoo.office import Office
from tests.plugins.odoo.replay import Exchange, Replay, exchanges
from tests.plugins.odoo.stories import ALREADY, DONE, capture, drain, enter

STREAMS: Mapping[str, tuple[int, bool, tuple[str, ...]]] = {
    "given-16": (16, False, ("given-16-jsonrpc",)),
    "given-19": (19, False, ("given-19-jsonrpc", "given-19-json2")),
    "own-16": (16, False, ("own-16",)),
    "own-19": (19, False, ("own-19",)),
    "own-16-addon": (16, True, ("own-16-addon",)),
    "own-19-addon": (19, True, ("own-19-addon",)),
}
"""`given` were made by hand, `own` by the plugin and the office of these tests."""
NOT_OURS = frozenset(
    "payment.transaction payment.link.wizard payment.provider ir.cron db read_group formatted_read_group name_search "
    "default_get order-after-tx order-transaction-ids-connector downpayment-create downpayment-run dp-invoice".split()
)
"""Models, methods and steps with what the connector never asks for, so that the demo Odoo has none of it: Odoo's own
payment transactions and links, its cron, groups and names, and down payments.
"""
DECISIVE = ("state", "payment_state", "amount_total", "amount_residual", "invoice_status", "move_type", "amount")


@pytest.fixture(params=STREAMS)
def stream(request: pytest.FixtureRequest) -> Iterator[tuple[list[Exchange], Replay]]:
    version, addon, names = STREAMS[request.param]
    odoo = FakeOdoo(FakeOdooConfig(seed=1, version=version, addon=addon))
    odoo.start()
    recorded = [exchange for exchange in exchanges(*names) if not NOT_OURS & {*exchange.call, exchange.step}]
    own = request.param.startswith("own")
    replay = Replay(odoo, recorded, timedelta(seconds=-30) if own else timedelta(hours=1))
    if own:
        odoo.place_order()  # the real databases were not empty either
        odoo.do(lambda books: books.post(books.free_invoice(7, Decimal("12.00"))))
    yield recorded, replay
    replay.close()
    odoo.stop()


def test_each_recorded_exchange_gets_an_answer_of_the_same_shape(stream: tuple[list[Exchange], Replay]) -> None:
    recorded, replay = stream
    differences = []
    for number, exchange in enumerate(recorded):
        found = list(compared(exchange, replay.play(exchange)))
        differences += [f"{number} {exchange.step} {exchange.call}: {text}" for text in found]
    assert not differences, "\n".join(differences)


def compared(exchange: Exchange, answer: HttpAnswer) -> Iterator[str]:
    theirs = exchange.row["response"]
    if answer.status != theirs["status"]:
        yield f"HTTP {answer.status}, recorded {theirs['status']}: {answer.excerpt()}"
    elif answer.is_json != ("json" in theirs["content_type"]):
        yield f"{answer.headers.get('content-type')}, recorded {theirs['content_type']}"
    elif answer.is_json:
        yield from differing(answer.json(), theirs["body"], "", DECISIVE if exchange.step != "poll" else ())


def differing(ours: Any, theirs: Any, where: str, equal: Sequence[str]) -> Iterator[str]:
    """Key for key and kind for kind; what is empty in Odoo is false. Lists are compared by their first item. A poll
    found other tests' documents, so that its rows are not `equal`.
    """
    if isinstance(theirs, dict) and isinstance(ours, dict):
        theirs = essential(theirs)
        if missing := theirs.keys() - ours.keys():
            yield f"{where} lacks {sorted(missing)}: {str(ours)[:200]}"
        if "debug" in theirs and ours.get("name") != theirs["name"]:
            yield f"{where}: {ours.get('name')}, recorded {theirs['name']}"
        for key in theirs.keys() & ours.keys():
            yield from differing(ours[key], theirs[key], f"{where}.{key}", equal)
    elif isinstance(theirs, list) and isinstance(ours, list):
        if bool(ours) != bool(theirs):
            yield f"{where}: {len(ours)} rows, recorded {len(theirs)}"
        elif ours and theirs:
            yield from differing(ours[0], theirs[0], f"{where}[]", equal)
    elif not alike(ours, theirs) or (where.rpartition(".")[2] in equal and ours != theirs):
        yield f"{where}: {ours!r}, recorded {theirs!r}"


def essential(theirs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what only the web client reads: of an action all but its record, of a field all but its type."""
    if str(theirs.get("type")).startswith("ir.actions."):
        return {name: theirs[name] for name in theirs.keys() & {"type", "res_model", "res_id"}}
    return {"type": theirs["type"]} if "readonly" in theirs else theirs


def alike(ours: Any, theirs: Any) -> bool:
    numbers = (int, float)
    both_numbers = isinstance(ours, numbers) and isinstance(theirs, numbers)
    return both_numbers or type(ours) is type(theirs) or ours is False or theirs is False


def test_recordings_cover_the_calls_that_we_make(
    odoo: FakeOdoo, connect: MakePlugin, record_property: Callable[[str, object], None]
) -> None:
    """Dialect, model and method of each call that a plugin makes on its usual ways; nine of ten must be recorded."""
    made = calls_on_the_usual_ways(Office(settings_for(odoo)), connect)
    name = f"{odoo.config.version}{'-addon' if odoo.config.addon else ''}"
    recorded = {exchange.call for exchange in exchanges(f"own-{name}", *STREAMS[f"given-{odoo.config.version}"][2])}
    record_property("recorded", f"{len(made & recorded)} of {len(made)}")
    print(f"Odoo {name}: {len(made & recorded)} of {len(made)} calls are recorded")  # pytest -rP shows it
    assert len(made & recorded) >= 0.9 * len(made), made - recorded


def calls_on_the_usual_ways(office: Office, connect: MakePlugin) -> set[tuple[str, str, str]]:
    """Check, polls, reads, advances, a payment on an invoice, one of a person, a refund, a note."""
    plain, invoiced, by_hand, *batch = [office.order() for _ in range(6)]
    office.invoice(invoiced)
    updates = [capture(ref, office.total(ref)) for ref in (plain, invoiced, by_hand, *batch)]
    office.pay(office.invoice(by_hand), f"PayLink {updates[2].psp_ref}")
    with calls_noted() as made:
        plugin = connect()
        plugin.check()
        drain(plugin)
        plugin.fetch_orders([plain, invoiced], "odoo.sale_order")
        assert set(enter(plugin, *updates)) <= {DONE, ALREADY}
        enter(plugin, replace(updates[1], id="back", psp_ref="back", fact=WriteBackFact.REFUNDED))
        enter(plugin, replace(updates[1], id="late", fact=WriteBackFact.EXPIRED))
    office.close()
    return made


@contextmanager
def calls_noted() -> Iterator[set[tuple[str, str, str]]]:
    made: set[tuple[str, str, str]] = set()
    send = HttpClient.send

    def noted(self: HttpClient, method: str, path: str, **options: Any) -> HttpAnswer:
        made.add(Exchange({"request": {"method": method, "url": path, "body": options.get("json_body")}}).call)
        return send(self, method, path, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpClient, "send", noted)
        yield made
