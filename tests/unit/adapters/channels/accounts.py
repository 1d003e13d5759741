"""The account and the asks that the tests of this room share."""

import hashlib
import hmac
from typing import Any

from pydantic import SecretStr

from connector_core.adapters.channels.whatsapp import WhatsAppAccount
from connector_core.domain.message import Purpose
from connector_core.domain.money import Money
from connector_core.domain.phone import E164
from connector_core.ports.channel import MessageAsk

PAY_URL_BASE = "https://secure.example.com/t/"
APP_SECRET = "app-secret-of-the-tests"


def account(**changes: Any) -> WhatsAppAccount:
    values: dict[str, Any] = {
        "name": "whatsapp",
        "phone_number_id": "106540352242922",
        "waba_id": "102290129340398",
        "access_token": SecretStr("token-of-the-tests"),
        "app_secrets": (SecretStr(APP_SECRET),),
        "verify_token": SecretStr("verify-token-of-the-tests"),
        "pay_url_base": PAY_URL_BASE,
    }
    return WhatsAppAccount(**{**values, **changes})


def ask(**changes: Any) -> MessageAsk:
    values: dict[str, Any] = {
        "attempt_id": "0199a5c4-7f3b-7000-8000-000000000001",
        "purpose": Purpose.PAYLINK,
        "to": E164("+4915123456789"),
        "language": "de-DE",
        "shop": "Blumen Müller",
        "reference": "A-17",
        "amount": Money(3390, "EUR"),
        "url": PAY_URL_BASE + "abc123",
    }
    return MessageAsk(**{**values, **changes})


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
