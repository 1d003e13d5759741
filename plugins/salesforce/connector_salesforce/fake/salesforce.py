"""The demo Salesforce: one org with orders that runs on localhost."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from aiohttp import web

from connector_core.sdk import Money, WebhookRequest
from connector_core.sdk.testing.fake_server import FakeServer
from connector_core.sdk.testing.vendor import BookedPayment
from connector_salesforce.fake.config import FakeSalesforceConfig
from connector_salesforce.fake.events import EventBus
from connector_salesforce.fake.fault import ApiError
from connector_salesforce.fake.login import Login
from connector_salesforce.fake.objects import org_objects
from connector_salesforce.fake.org import Org, Row
from connector_salesforce.fake.pages import Pages
from connector_salesforce.fake.people import new_account, new_contact
from connector_salesforce.fake.rest import Rest
from connector_salesforce.fake.schema import Schema
from connector_salesforce.fake.values import read, show
from connector_salesforce.fake.writing import Writing

CURRENCY = "EUR"
_PAYMENT = "PayLink_Payment__c"


class FakeSalesforce(FakeServer):
    """Built to reference/salesforce.md. Implements `VendorSandbox`."""

    api_prefix = "/services/"

    def __init__(self, config: FakeSalesforceConfig | None = None) -> None:
        super().__init__()
        self.config = config or FakeSalesforceConfig()
        self.latency_seconds = self.config.latency_seconds
        self._rng = random.Random(self.config.seed)  # noqa: S311 - for names and amounts
        objects = org_objects(package=self.config.package, multicurrency=self.config.multicurrency)
        self.schema = Schema(objects)
        self.org = Org(self.schema, currency=CURRENCY)
        self.org_id = self._found_org()
        self._writing = Writing(self.org)
        self.login = Login(self.config, self.org_id, self.org.user, lambda: self.url)
        self.rest = Rest(self.config, self.org, self._writing, self.login)
        self._pages = Pages(self)
        self.events = EventBus(self.login.is_good, self.org_id, keepalive=self.config.keepalive_seconds)
        self.org.changed = self._changed

    def add_routes(self, app: web.Application) -> None:
        self.login.add_routes(app)
        self.rest.add_routes(app)
        self._pages.add_routes(app)
        app.router.add_post("/_sandbox/orders", self._post_order)

    async def opened(self) -> None:
        self.events.start("127.0.0.1")

    async def closing(self) -> None:
        self._pages.end()
        self.events.stop()

    # What the sandbox asks for (VendorSandbox)

    def settings(self) -> dict[str, object]:
        return {
            "url": self.url,
            "client_id": self.config.client_id,
            "client_secret": self.config.client_secret,
            "currency": CURRENCY,
            "pubsub_endpoint": self.events.address,
        }

    def set_webhook_url(self, url: str) -> None:
        """Salesforce delivers no webhooks."""

    def sign(self, body: bytes) -> WebhookRequest:
        raise NotImplementedError("Salesforce delivers no webhooks")

    def place_order(self, **fields: Any) -> str:
        """A new buyer's activated order; ``account``, ``contact`` (None: no bill-to contact), ``total`` and fields of
        the order are laid over."""
        return self.on_loop(lambda: self.place(fields))

    def paid_orders(self) -> Mapping[str, Sequence[BookedPayment]]:
        return self.on_loop(self.paid)

    def ledger(self) -> dict[str, object]:
        def read_all() -> dict[str, object]:
            shown = ("Account", "Contact", "Order", _PAYMENT)
            tables = {name: [_shown(row) for row in self.org.tables.get(name, {}).values()] for name in shown}
            return {**tables, "calls": list(self.calls)}

        return self.on_loop(read_all)

    # What people do in Salesforce, from a test

    def row(self, record_id: str) -> Row:
        """As stored, deleted or not: money is `Decimal`, time is aware `datetime`. Raises `KeyError`."""
        return self.on_loop(lambda: dict(self._row(record_id)))

    def rows(self, name: str) -> list[Row]:
        """Those that are not deleted, the oldest first."""
        return self.on_loop(lambda: [dict(row) for row in self.org.tables[name].values() if not row.get("IsDeleted")])

    def add(self, name: str, **fields: Any) -> str:
        """A new record of any object; its id."""
        return self.on_loop(lambda: self._insert(name, fields))

    def edit(self, record_id: str, **fields: Any) -> None:
        """Any field may change, read-only ones included; no rule is asked."""
        self.on_loop(lambda: self.change(record_id, fields))

    def set_total(self, order_id: str, amount: str) -> None:
        self.edit(order_id, TotalAmount=amount)

    def deactivate(self, order_id: str) -> None:
        self.edit(order_id, Status="Draft")

    def delete(self, record_id: str) -> None:
        self.on_loop(lambda: self.org.delete(self._row(record_id)))

    # How the org is set up, from a test

    def hide(self, name: str, field: str = "") -> None:
        """The integration user sees neither the field nor, without one, the object."""
        self.on_loop(lambda: self.schema.hide(name, field))

    def freeze(self, name: str, field: str) -> None:
        """The integration user may read the field and not write it."""
        self.on_loop(lambda: self.schema.freeze(name, field))

    def forbid_activated(self) -> None:
        """Takes the permission "Edit Activated Orders" from the integration user."""
        self.on_loop(lambda: self._permit(edit_activated=False))

    def validation_rule(self, name: str, message: str) -> None:
        """Every write to that object over the API is refused; an empty text ends that."""
        self.on_loop(lambda: self._writing.rules.update({name: message}))

    def lock_rows(self, times: int) -> None:
        """The next `times` writes of a record meet a lock."""
        self.on_loop(lambda: setattr(self._writing, "locks", times))

    def expire_sessions(self) -> None:
        self.on_loop(self.login.expire)

    def refuse(self, status: int, error_code: str, message: str, times: int = 1) -> None:
        """The next `times` data calls with a good session are answered with that error."""
        fault = ApiError(status, error_code, message)
        self.on_loop(lambda: self.rest.refusals.extend([fault] * times))

    def set_clock(self, offset: timedelta) -> None:
        self.on_loop(lambda: setattr(self.org, "clock_offset", offset))

    # On the server's loop

    def place(self, fields: Mapping[str, Any]) -> str:
        rest = {name: value for name, value in fields.items() if name not in ("account", "contact", "total")}
        account = self._insert("Account", {**new_account(self._rng), **fields.get("account", {})})
        total = Decimal(str(fields.get("total", Decimal(self._rng.randrange(900, 25_000)) / 100)))
        order = {
            "AccountId": account,
            "BillToContactId": self._contact(account, fields.get("contact", {})),
            "EffectiveDate": self.org.now().date(),
            "Status": "Draft" if rest.get("StatusCode") == "Draft" else "Activated",
            "TotalAmount": total,
            **rest,
        }
        return self._insert("Order", order)

    def _changed(self, name: str) -> None:
        self._pages.changed()
        if name == "Order":
            self.events.announce()

    def change(self, record_id: str, fields: Mapping[str, Any]) -> None:
        row = self._row(record_id)
        found = self.org.find(row["Id"])
        assert found is not None
        self.org.update(row, self._typed(found[0].name, fields))

    def paid(self) -> dict[str, list[BookedPayment]]:
        found: dict[str, list[BookedPayment]] = {}
        for row in self.org.tables.get(_PAYMENT, {}).values():
            if row["Type__c"] == "Capture" and row["Order__c"] and not row["IsDeleted"]:
                amount = Money.parse(str(row["Amount__c"] or 0), row["Currency__c"] or CURRENCY)
                found.setdefault(row["Order__c"], []).append(BookedPayment(row["Transaction_Ref__c"] or "", amount))
        return found

    def _contact(self, account: str, fields: Mapping[str, Any] | None) -> str | None:
        if fields is None:
            return None
        return self._insert("Contact", {**new_contact(self._rng), "AccountId": account, **fields})

    def _insert(self, name: str, fields: Mapping[str, Any]) -> str:
        return str(self.org.insert(name, self._typed(name, fields))["Id"])

    def _typed(self, name: str, fields: Mapping[str, Any]) -> Row:
        known = self.schema.objects[name].by_name
        return {field: read(known[field.lower()], value) for field, value in fields.items()}

    def _row(self, record_id: str) -> Row:
        found = self.org.find(record_id)
        if found is None:
            raise KeyError(record_id)
        return found[1]

    def _found_org(self) -> str:
        """The org, its integration user and what that may do; the id of the org."""
        self.org.user = self._insert("User", {"Name": "Payment Connector", "Username": "connector@example.com"})
        allowed = {"Name": "PayLink_Integration", "PermissionsActivateOrder": True}
        permissions = self._insert("PermissionSet", {**allowed, "PermissionsEditActivatedOrders": True})
        self._insert("PermissionSetAssignment", {"AssigneeId": self.org.user, "PermissionSetId": permissions})
        about = {"Name": self.config.name, "InstanceName": "DEU1", "OrganizationType": "Developer Edition"}
        return self._insert("Organization", about)

    def _permit(self, *, edit_activated: bool) -> None:
        for row in self.org.tables["PermissionSet"].values():
            self.org.update(row, {"PermissionsEditActivatedOrders": edit_activated})

    async def _post_order(self, request: web.Request) -> web.Response:
        exact = partial(json.loads, parse_float=Decimal)
        body = await request.json(loads=exact) if request.can_read_body else {}
        return web.json_response({"order_ref": self.place(body if isinstance(body, dict) else {})}, status=201)


def _shown(row: Row) -> Row:
    return {name: show(value) for name, value in row.items()}
