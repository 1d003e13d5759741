"""What the addon signs is what the connector verifies, and nothing of the secret is logged."""

import ast
import json
import time

import hypothesis
import pytest
from connector_odoo.plugin import OdooPlugin
from connector_odoo.settings import OdooSettings
from hypothesis import given
from hypothesis import strategies as st

from connector_core.sdk import ConnectionId, SignatureInvalid, WebhookRequest
from tests.plugins.odoo_addon.zips import ADDON, MODULE, loaded, named

signature = loaded("paylink_addon_signature", ADDON / MODULE / "signature.py")
SECRET = signature.new_secret()
DATA = {"model": "sale.order", "id": 17, "name": "S00017", "company_id": 1, "write_date": "2026-11-26 09:18:20"}


def plugin(secret: str = SECRET) -> OdooPlugin:
    values = {"url": "https://odoo.example", "database": "merchant", "login": "paylink", "password": "key-1234"}
    return OdooPlugin(ConnectionId("odoo"), OdooSettings.model_validate({**values, "webhook_secrets": [secret]}))


def delivery(body: bytes, stamp: int | None = None) -> WebhookRequest:
    headers = signature.headers(SECRET, "5f0c", int(time.time()) if stamp is None else stamp, body)
    return WebhookRequest({name.lower(): value for name, value in headers.items()}, body)


@pytest.mark.parametrize("kind", ["sale_order.confirmed", "invoice.posted", "paylink.send"])
def test_connector_takes_what_the_addon_signs(kind: str) -> None:
    body = json.dumps({"type": kind, "timestamp": "2026-11-26T09:18:20+00:00", "data": DATA}).encode()
    (event,) = plugin().parse_webhook(delivery(body)).events
    assert (event.order_ref, event.id) == ("sale.order:17", "5f0c")


def test_connector_refuses_another_secret_and_other_bytes() -> None:
    body = b'{"type": "check", "timestamp": "", "data": {}}'
    assert plugin().parse_webhook(delivery(body)).status == 200
    with pytest.raises(SignatureInvalid):
        plugin(signature.new_secret()).parse_webhook(delivery(body))
    with pytest.raises(SignatureInvalid):
        plugin().parse_webhook(WebhookRequest(delivery(body).headers, body + b" "))
    with pytest.raises(SignatureInvalid):
        plugin().parse_webhook(delivery(body, int(time.time()) - 900))


@hypothesis.settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_signed_alike(body: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connector_odoo.webhook._parse", lambda _body: {"type": "check"})
        assert plugin().parse_webhook(delivery(body)).status == 200


def test_events_of_the_addon_are_those_that_the_connector_knows() -> None:
    (text,) = (text for name, text in named("19.0", "models/paylink_delivery.py"))
    (events,) = (
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EVENTS"
    )
    for kind, _label in ast.literal_eval(events):
        body = json.dumps({"type": kind, "timestamp": "2026-11-26T09:18:20+00:00", "data": DATA}).encode()
        assert plugin().parse_webhook(delivery(body)).events, f"the connector makes nothing of {kind}"


def test_nothing_of_the_secret_is_logged() -> None:
    """Log lines name no variable that could hold it, and neither does what a user reads about a failure."""
    for name, text in named("19.0", ".py"):
        for node in ast.walk(ast.parse(text)) if "tests/" not in name else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_logger."):
                assert not any(word in ast.unparse(node) for word in ("secret", "headers", "company", "body")), name
