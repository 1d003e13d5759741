"""Recorded exchanges of real servers, played to the demo Odoo with ids, key and database of its own."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connector_odoo.fake import FakeOdoo
from connector_odoo.fake.books import COMPANY, CURRENCY, JOURNAL, USER

from connector_core.sdk.http import HttpAnswer, HttpClient

RECORDINGS = Path(__file__).parent / "recordings"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_REF = re.compile(r"^(sale\.order|account\.move):(\d+)$")
_LISTS = {
    "invoice_ids": "account.move",
    "reconciled_invoice_ids": "account.move",
    "sale_order_ids": "sale.order",
    "reversed_entry_id": "account.move",
    "product_id": "product.product",
}
_FIXED = {"account.journal": JOURNAL, "res.currency": CURRENCY, "res.company": COMPANY, "res.users": USER}
_ON_MODEL = frozenset(
    "create search search_read search_count fields_get check_access_rights describe record_payments context_get".split()
)


@dataclass(frozen=True)
class Exchange:
    row: Mapping[str, Any]

    @property
    def step(self) -> str:
        return str(self.row["step"])

    @property
    def body(self) -> Any:
        return self.row["request"]["body"] or {}

    @property
    def path(self) -> str:
        return re.sub(r"^https?://[^/]+", "", str(self.row["request"]["url"]))

    @property
    def call(self) -> tuple[str, str, str]:
        """Dialect, model (or service) and method."""
        if self.path.startswith("/json/2/"):
            _, _, _, model, method = self.path.split("/")
            return "json2", model, method
        if self.path != "/jsonrpc":
            return "http", self.row["request"]["method"], self.path
        params = self.body["params"]
        if params["service"] != "object":
            return "jsonrpc", params["service"], params["method"]
        return "jsonrpc", params["args"][3], params["args"][4]

    @property
    def result(self) -> Any:
        """What was answered when nothing went wrong, else None."""
        body = self.row["response"]["body"]
        if self.path == "/jsonrpc":
            return body.get("result")
        return body if self.row["response"]["status"] == 200 else None


def exchanges(*names: str) -> Iterator[Exchange]:
    for name in names:
        for line in (RECORDINGS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            yield Exchange(json.loads(line))


class Replay:
    """Learns from each answer which record of the demo Odoo stands for a recorded one."""

    def __init__(self, odoo: FakeOdoo, recorded: Sequence[Exchange], ahead: timedelta) -> None:
        """The demo Odoo's clock stands so far ahead of the last moment that a request names."""
        self._odoo = odoo
        self._http = HttpClient(odoo.url)
        self._ids: dict[tuple[str, int], int] = {}
        moments = [found for exchange in recorded for found in _MOMENT.findall(json.dumps(exchange.body))]
        if moments:
            then = datetime.fromisoformat(max(moments)).replace(tzinfo=UTC)
            odoo.set_clock(then + ahead - datetime.now(UTC))

    def play(self, exchange: Exchange) -> HttpAnswer:
        forbidden = {"sale.order", "account.move"} if "access" in exchange.step else set()
        self._odoo.on_loop(lambda: setattr(self._odoo.methods, "forbidden", forbidden))
        has_email = "without-sender-email" not in exchange.step
        self._odoo.on_loop(lambda: setattr(self._odoo.methods, "has_email", has_email))
        given = exchange.row["request"]["headers"]
        headers = {name.lower(): self._header(str(value)) for name, value in given.items()}
        body = self._body(exchange) if exchange.row["request"]["body"] is not None else None
        answer = self._http.send(exchange.row["request"]["method"], exchange.path, json_body=body, headers=headers)
        self._learn(exchange, answer)
        return answer

    def close(self) -> None:
        self._http.close()

    def _header(self, value: str) -> str:
        key = value.replace("<api-key>", self._odoo.config.api_key)
        return self._odoo.config.database if re.match(r"merchant|live", key) else key

    def _body(self, exchange: Exchange) -> Any:
        dialect, model, method = exchange.call
        if dialect == "json2":
            return self._named(model, exchange.body)
        params = exchange.body["params"]
        args = list(params["args"])
        if len(args) > 2:
            args[0] = self._header(args[0])
            args[1] = USER if params["service"] == "object" else self._odoo.config.login
            args[2] = args[2] if args[2] == "wrong" else self._odoo.config.api_key
        if params["service"] == "object":
            args[5:] = [self._placed(model, method, args[5]), *(self._named(model, named) for named in args[6:])]
        return {**exchange.body, "params": {**params, "args": args}}

    def _placed(self, model: str, method: str, values: Sequence[Any]) -> list[Any]:
        rest = list(values)
        if method not in _ON_MODEL and rest:
            rest[0] = self._id(model, rest[0])
        return [self._value(model, value) for value in rest[:1]] + [self._value(model, value) for value in rest[1:]]

    def _named(self, model: str, named: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: self._value(model, value) for name, value in named.items()}
        if "ids" in named:
            found["ids"] = self._id(model, named["ids"])
        if active := named.get("context", {}).get("active_model"):
            whose = {name: self._id(active, value) for name, value in named["context"].items() if "active_id" in name}
            found["context"] = {**named["context"], **whose}
        return found

    def _value(self, model: str, value: Any) -> Any:
        """Values to write, lists of them, and search conditions."""
        if isinstance(value, dict):
            owner = value.get("model", model)
            return {name: self._field(owner, name, inner) for name, inner in value.items()}
        if not isinstance(value, list):
            return value
        if len(value) == 3 and isinstance(value[0], str) and isinstance(value[1], str):
            return [*value[:2], self._field(model, value[0], value[2])]
        owners = [term[2] for term in value if isinstance(term, list) and term[:2] == ["model", "="]]
        return [self._value(owners[0] if owners else model, inner) for inner in value]

    def _field(self, model: str, field: str, value: Any) -> Any:
        kind = self._odoo.db.schema.get(model, {}).get(field, "")
        target = _LISTS.get(field) or (model if field in ("id", "res_id") else kind if "." in kind else "")
        if isinstance(value, list) and value and isinstance(value[0], list) and target:
            return [[*command[:2], self._id(target, command[2])] for command in value]
        if isinstance(value, list) and value and isinstance(value[0], list):
            return [[*command[:2], self._value(model, command[2])] for command in value]
        if isinstance(value, str) and (ref := _REF.match(value)):
            return f"{ref[1]}:{self._id(ref[1], int(ref[2]))}"
        return self._id(target, value) if target else value

    def _id(self, model: str, number: Any) -> Any:
        if isinstance(number, list):
            return [self._id(model, one) for one in number]
        if not number or not isinstance(number, int):
            return number
        if model in _FIXED:
            return _FIXED[model]
        return self._ids.get((model, number)) or self._newest(model, number)

    def _newest(self, model: str, number: int) -> int:
        """Of a document whose beginning was not recorded; high numbers stand for none."""
        table = self._odoo.db.tables.get(model, {})
        mine = [n for n, row in table.items() if row.get("move_type") != "entry"]
        if model in ("sale.order", "account.move") and mine and number < 20_000:
            self._ids[model, number] = max(mine)
        return self._ids.get((model, number), number)

    def _learn(self, exchange: Exchange, answer: HttpAnswer) -> None:
        if not answer.is_json:
            return
        ours = Exchange({**exchange.row, "response": {"status": answer.status, "body": answer.json()}}).result
        _, model, method = exchange.call
        if method in ("create", "search"):
            self._pair(model, exchange.result, ours)
        for theirs, mine in _rows(exchange.result, ours):
            self._pair(model, theirs.get("id"), mine.get("id"))
            self._pair("account.move", theirs.get("invoice_ids"), mine.get("invoice_ids"))

    def _pair(self, model: str, theirs: Any, mine: Any) -> None:
        if isinstance(theirs, list) and isinstance(mine, list):
            for one, other in zip(theirs, mine, strict=False):
                self._pair(model, one, other)
        elif isinstance(theirs, int) and isinstance(mine, int):
            self._ids.setdefault((model, theirs), mine)


def _rows(theirs: Any, mine: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Rows that stand for each other: there must be as many."""
    if isinstance(theirs, list) and isinstance(mine, list) and len(theirs) == len(mine):
        for one, other in zip(theirs, mine, strict=True):
            if isinstance(one, dict) and isinstance(other, dict):
                yield one, other
