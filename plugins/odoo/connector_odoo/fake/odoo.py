"""The demo Odoo: a database with Sales and Invoicing that runs on localhost."""

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from aiohttp import web

from connector_core.sdk import Money, WebhookRequest
from connector_core.sdk.testing.fake_server import FakeServer
from connector_core.sdk.testing.vendor import BookedPayment
from connector_odoo.fake.addon import Addon
from connector_odoo.fake.books import COMPANY, CURRENCY, JOURNAL, USER, Books
from connector_odoo.fake.config import FakeOdooConfig
from connector_odoo.fake.database import Database, Row
from connector_odoo.fake.delivery import Outbox, signed_headers
from connector_odoo.fake.door import Door
from connector_odoo.fake.methods import Methods
from connector_odoo.fake.pages import Pages
from connector_odoo.fake.people import new_partner

_MEMO = re.compile(r"PayLink (\S+) ((?:sale\.order|account\.move):\d+) \[paylink ")
_ANNOUNCED = {"sale.order": "sale_order", "account.move": "invoice"}
_WORDS = {"sale": "confirmed", "done": "confirmed", "posted": "posted", "cancel": "cancelled"}


class FakeOdoo(FakeServer):
    """Built to reference/odoo.md and its recordings. Implements `VendorSandbox`."""

    def __init__(self, config: FakeOdooConfig | None = None) -> None:
        super().__init__()
        self.config = config or FakeOdooConfig()
        self.api_prefix = f"{self.config.base_path}/json"
        self.latency_seconds = self.config.latency_seconds
        self._rng = random.Random(self.config.seed)  # noqa: S311 - for names and amounts
        self.db = Database(self.config.version, addon=self.config.addon, changed=self._changed)
        self.books = Books(self.db)
        self.methods = Methods(self.db, self.books)
        self.methods.record_payments = Addon(self.db, self.books).record_payments
        self.outbox = Outbox(self.config, self.faults)
        self.door = Door(self.config, self.methods)
        self._pages = Pages(self)
        self._states: dict[tuple[str, int], str] = {}
        self._found_company()

    def add_routes(self, app: web.Application) -> None:
        self.door.add_routes(app)
        self._pages.add_routes(app)
        app.router.add_post("/_sandbox/orders", self._post_order)

    async def opened(self) -> None:
        await self.outbox.open()

    async def closing(self) -> None:
        self._pages.end()
        await self.outbox.close()

    # What tests and the sandbox ask for (VendorSandbox)

    def settings(self) -> dict[str, object]:
        config = self.config
        return {
            "url": f"{self.url}{config.base_path}",
            "database": config.database,
            "login": config.login,
            "password": config.api_key,
            "webhook_secrets": [config.webhook_secret],
        }

    def set_webhook_url(self, url: str) -> None:
        self.config = replace(self.config, webhook_url=url)
        self.on_loop(lambda: setattr(self.outbox, "url", url))

    def sign(self, body: bytes) -> WebhookRequest:
        now = int(time.time())
        return WebhookRequest(signed_headers(self.config.webhook_secret, f"msg_{now}", now, body), body)

    def place_order(self, **fields: Any) -> str:
        """A new buyer's confirmed order; `fields` are laid over the order, ``total`` and ``partner`` too."""
        return self.on_loop(lambda: self.place(fields))

    def paid_orders(self) -> Mapping[str, Sequence[BookedPayment]]:
        return self.on_loop(self._paid)

    def ledger(self) -> dict[str, object]:
        def read() -> dict[str, object]:
            shown = ("sale.order", "account.move", "account.payment", "mail.message")
            tables = {
                model: [self.db.show(model, row, ()) for row in self.db.tables[model].values()] for model in shown
            }
            sent = [
                {"id": row.id, "type": row.type, **row.data, "state": row.state, "tries": row.tries}
                for row in self.outbox.rows
            ]
            return {**tables, "webhooks": sent, "calls": list(self.calls)}

        return self.on_loop(read)

    # What people do in Odoo; on the server's loop

    def place(self, fields: Mapping[str, Any]) -> str:
        order = self.draft_order(fields)
        self.books.confirm(order)
        return f"sale.order:{order['id']}"

    def draft_order(self, fields: Mapping[str, Any]) -> Row:
        mobile = "mobile" in self.db.schema["res.partner"]
        person = {**new_partner(self._rng, mobile=mobile), **fields.get("partner", {})}
        buyer = self.methods.call_by_place("res.partner", "create", [person], {})
        price, count = self._rng.randrange(900, 9_000) / 100, self._rng.randrange(1, 4)
        rest = {name: value for name, value in fields.items() if name not in ("partner", "total")}
        line = {"product_id": 1, "product_uom_qty": count, "price_unit": price}
        order = self.books.create_order({"partner_id": buyer, "order_line": [[0, 0, line]], **rest})
        if "total" in fields:
            self.books.set_total(order, Decimal(str(fields["total"])))
        return order

    def do(self, action: Callable[[Books], Any]) -> Any:
        """A person's work, from a test."""
        return self.on_loop(lambda: action(self.books))

    def give_up(self, ref: str) -> None:
        """The addon's button "Cancel link", on the server's loop."""
        model, _, number = ref.partition(":")
        row = self.db.get(model, int(number))
        row["paylink_status"] = "cancelled"
        data = {"model": model, "id": row["id"], "name": row["name"], "company_id": row["company_id"]}
        self.outbox.add("paylink.cancel", {**data, "write_date": str(row["write_date"])[:19]})

    def row(self, ref: str) -> Row:
        """A document or another record, such as ``account.payment:3``."""
        model, _, number = ref.partition(":")
        return self.on_loop(lambda: dict(self.db.get(model, int(number))))

    def payments(self) -> list[Row]:
        """All that are not cancelled."""
        dead = ("cancel", "canceled")
        return self.on_loop(
            lambda: [dict(p) for p in self.db.tables["account.payment"].values() if p["state"] not in dead]
        )

    def notes(self, ref: str) -> list[str]:
        model, _, number = ref.partition(":")
        rows = self.db.tables["mail.message"]
        return self.on_loop(
            lambda: [m["body"] for m in rows.values() if (m["model"], m["res_id"]) == (model, int(number))]
        )

    def set_clock(self, offset: timedelta) -> None:
        self.on_loop(lambda: setattr(self.db, "clock_offset", offset))

    def _paid(self) -> dict[str, list[BookedPayment]]:
        found: dict[str, list[BookedPayment]] = {}
        for payment in self.db.tables["account.payment"].values():
            live = payment["state"] not in ("draft", "cancel", "canceled")
            if live and payment["payment_type"] == "inbound":
                for psp_ref, ref in _MEMO.findall(str(payment[self.books.memo] or "")):
                    amount = Money.parse(
                        str(payment["amount"]), self.db.name_of("res.currency", payment["currency_id"])
                    )
                    found.setdefault(ref, []).append(BookedPayment(psp_ref, amount))
        return found

    def _changed(self, model: str, row: Row) -> None:
        """The addon announces what a connector should look at, as the hooks of Odoo see it."""
        if model not in _ANNOUNCED or row.get("move_type") == "entry" or row["state"] in ("draft", "sent"):
            return
        before = self._states.get((model, row["id"]))
        self._states[model, row["id"]] = row["state"]
        word = "changed" if before == row["state"] else _WORDS.get(row["state"], "changed")
        data = {"model": model, "id": row["id"], "name": row["name"], "company_id": row["company_id"]}
        self.outbox.add(f"{_ANNOUNCED[model]}.{word}", {**data, "write_date": str(row["write_date"])[:19]})
        self._pages.changed()

    def _found_company(self) -> None:
        self.db.names |= {
            "res.currency": {CURRENCY: "EUR", 2: "USD", 25: "JPY"},
            "res.company": {COMPANY: "Muster Handel GmbH", 2: "Muster Export GmbH"},
            "res.country": {57: "Germany", 12: "Austria"},
            "mail.message.subtype": {1: "Discussions", 2: "Note"},
        }
        for number, code in {57: "DE", 12: "AT"}.items():
            country = {"id": number, "name": self.db.name_of("res.country", number), "code": code}
            self.db.tables["res.country"][number] = country
        for code in ("de_DE", "en_US"):
            self.db.insert("res.lang", {"name": code, "code": code, "active": True})
        for _ in range(6):
            self.db.insert("res.partner", {"name": "Payment Connector"})
        bank = {
            "name": "Bank",
            "code": "BNK1",
            "type": "bank",
            "company_id": COMPANY,
            "inbound_payment_method_line_ids": (1,),
        }
        row = self.db.insert("account.journal", bank)
        self.db.tables["account.journal"] = {JOURNAL: {**row, "id": JOURNAL}}
        if self.config.version >= 18:
            self.db.insert("res.users.apikeys", {"name": "connector", "user_id": USER})
        user = {"name": "Payment Connector", "email": "connector@example.com", "login": self.config.login}
        self.db.tables["res.users"][USER] = {**self.db.insert("res.users", user), "id": USER}

    async def _post_order(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        return web.json_response({"order_ref": self.place(body if isinstance(body, dict) else {})}, status=201)
