"""Acme Orders as a source of orders."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError

from connector_acme.settings import AcmeSettings
from connector_core.sdk import (
    ConnectionId,
    ConnectorError,
    InvalidInput,
    Manifest,
    OrderChange,
    OrderEvent,
    OrderRef,
    OutcomeUnknown,
    Page,
    PaymentUpdate,
    Plugin,
    Probe,
    Record,
    SignatureInvalid,
    WebhookAnswer,
    WebhookRequest,
    WriteBackFact,
    WriteBackOutcome,
    WriteBackResult,
    load_manifest,
)
from connector_core.sdk.http import HttpClient

PAGE_SIZE = 100


class Hint(BaseModel):
    """All that an order event needs of an order. `changed` is Acme's counter of changes: it grows with every one."""

    id: str = Field(min_length=1, max_length=50)
    changed: int
    status: str


class AcmePlugin(Plugin[AcmeSettings]):
    """Events are hints: the connector reads the order again before it asks a buyer for money."""

    manifest: ClassVar[Manifest] = load_manifest("connector_acme")
    Settings = AcmeSettings

    def __init__(self, connection: ConnectionId, settings: AcmeSettings) -> None:
        super().__init__(connection, settings)
        bearer = {"authorization": f"Bearer {settings.api_secret.get_secret_value()}"}
        self._http = HttpClient(settings.url, headers=bearer)

    def check(self) -> Sequence[Probe]:
        try:
            rights = self._http.request("GET", "/api/key").json()
        except ConnectorError as error:
            cure = error.cure or "See whether Acme works, then run the check again."
            return [Probe(capability.value, False, error.sentence, cure) for capability in self.manifest.capabilities]
        reads, books, hook = rights.get("read"), rights.get("book"), rights.get("webhook_url")
        right = "Acme > Settings > API: give the key the right to {}."
        return [
            Probe("fetch", bool(reads), f"Reads orders: {reads}.", right.format("read orders")),
            Probe("poll", bool(reads), f"Lists changed orders: {reads}.", right.format("read orders")),
            Probe("write_back", bool(books), f"Books payments: {books}.", right.format("book payments")),
            Probe("webhook", bool(hook), f"Acme reports to {hook}.", "Enter our address in Acme > Settings > Webhook."),
        ]

    def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        key = self.settings.webhook_secret.get_secret_value().encode()
        expected = hmac.new(key, request.body, hashlib.sha256).hexdigest()
        given = request.headers.get("x-acme-signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise SignatureInvalid(
                "A webhook of Acme is not signed with our secret.", cure="Enter the same secret here and in Acme."
            )
        try:
            hint = Hint.model_validate_json(request.body)
        except ValidationError:
            raise InvalidInput("A webhook of Acme holds no order.", field="body") from None
        return WebhookAnswer([self._event(hint)])

    def poll(self, cursor: Any) -> Page:
        after = cursor or 0
        hints = [Hint.model_validate(order) for order in self._orders({"after": str(after), "limit": str(PAGE_SIZE)})]
        newest = max((hint.changed for hint in hints), default=after)
        return Page([self._event(hint) for hint in hints], newest, more=len(hints) == PAGE_SIZE)

    def fetch_orders(self, refs: Sequence[OrderRef], document: str) -> Mapping[OrderRef, Record]:
        if not refs:
            return {}
        return {OrderRef(order["id"]): order for order in self._orders({"ids": ",".join(refs)})}

    def write_back(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        orders = self.fetch_orders([update.order_ref for update in updates], "acme.order")
        return [self._book(update, orders.get(update.order_ref)) for update in updates]

    def close(self) -> None:
        self._http.close()

    def _book(self, update: PaymentUpdate, order: Record | None) -> WriteBackResult:
        """Acme takes the same booking twice, so each carries our id as its `key`, and is looked for first."""
        if update.fact is WriteBackFact.EXPIRED:
            return WriteBackResult(update.id, WriteBackOutcome.DONE, "Acme keeps no note of what expired.")
        if order is None:
            cure = "Book the payment by hand, or pay it back to the buyer."
            return WriteBackResult(update.id, WriteBackOutcome.REFUSED, "Acme has no such order (any more).", cure)
        if any(booking["key"] == update.id for booking in order["bookings"]):
            return WriteBackResult(update.id, WriteBackOutcome.ALREADY)
        booking = {
            "key": update.id,
            "kind": update.fact.value,
            "amount": str(update.amount.decimal()),
            "currency": update.amount.currency,
            "transaction": update.psp_ref,
        }
        path = f"/api/orders/{quote(update.order_ref, safe='')}/bookings"
        answer = self._http.request("POST", path, json_body=booking)
        if answer.status == 201:
            return WriteBackResult(update.id, WriteBackOutcome.DONE)
        if not answer.is_json:
            raise OutcomeUnknown("Something else than Acme answered.", detail=answer.excerpt())
        return WriteBackResult(update.id, WriteBackOutcome.REFUSED, answer.excerpt(), "Correct the order in Acme.")

    def _orders(self, query: Mapping[str, str]) -> Sequence[Record]:
        orders: Sequence[Record] = self._http.request("GET", "/api/orders", query=query).json()["orders"]
        return orders

    def _event(self, hint: Hint) -> OrderEvent:
        """The same change has the same id, whether a webhook or a poll brings it: it is processed once."""
        change = OrderChange.WITHDRAWN if hint.status == "cancelled" else OrderChange.CHANGED
        event_id = f"{hint.id}-{hint.changed}"
        return OrderEvent(
            event_id, self.settings.url, self.connection, OrderRef(hint.id), change, datetime.now(UTC),
            document="acme.order",
        )  # fmt: skip
