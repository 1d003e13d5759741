"""Webhook bodies and their signature, as reference/messaging.md A5 has them."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connector_core.sandbox.whatsapp.config import WhatsAppConfig
from connector_core.sandbox.whatsapp.graph_errors import webhook_error
from connector_core.sandbox.whatsapp.ledger import Answer, Sent
from connector_core.sandbox.whatsapp.sending import digits_of


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news for the subscribed address: a status of a message, or (`inbound`) a text from the buyer."""

    message_id: str
    phone: str
    status: str
    content: dict[str, Any]

    @property
    def is_inbound(self) -> bool:
        return self.status == "inbound"


def status_notice(message: Sent, status: str, at: float, code: int = 0) -> Notice:
    content: dict[str, Any] = {
        "id": message.id,
        "status": status,
        "timestamp": str(int(at)),
        "recipient_id": message.to,
    }
    if message.attempt_id:
        content["biz_opaque_callback_data"] = message.attempt_id
    if status in ("sent", "delivered"):
        content["pricing"] = {
            "billable": True,
            "pricing_model": "PMP",
            "type": "regular",
            "category": message.category,
        }
    if status == "failed":
        content["errors"] = [webhook_error(code, "Set by a fault of the sandbox.")]
    return Notice(message.id, message.to, status, content)


def inbound_notice(answer: Answer) -> Notice:
    content = {
        "from": answer.sender,
        "id": answer.id,
        "timestamp": str(int(answer.at)),
        "type": "text",
        "text": {"body": answer.text},
    }
    return Notice(answer.id, answer.sender, "inbound", content)


def webhook_body(config: WhatsAppConfig, notices: Sequence[Notice]) -> bytes:
    """One entry with one change. Escaped like the real ones: other JSON of the same value has another signature."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": digits_of(config.display_phone_number),
            "phone_number_id": config.phone_number_id,
        },
    }
    inbound = [notice for notice in notices if notice.is_inbound]
    statuses = [notice.content for notice in notices if not notice.is_inbound]
    if inbound:
        value["contacts"] = [_contact(phone) for phone in dict.fromkeys(notice.phone for notice in inbound)]
        value["messages"] = [notice.content for notice in inbound]
    if statuses:
        value["statuses"] = statuses
    change = {"value": value, "field": "messages"}
    payload = {"object": "whatsapp_business_account", "entry": [{"id": config.waba_id, "changes": [change]}]}
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def _contact(phone: str) -> dict[str, Any]:
    return {"profile": {"name": "Demo Buyer"}, "wa_id": phone}


def signature(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
