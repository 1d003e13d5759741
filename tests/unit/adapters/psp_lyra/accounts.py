"""The account, the ask and the signed notifications that the tests of this package share.

Shop and keys are the public demo shop of Lyra's documentation (reference/lyra.md 4).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from connector_core.adapters.psp_lyra import LyraAccount
from connector_core.adapters.psp_lyra.notification import signature
from connector_core.domain.money import Money
from connector_core.domain.phone import E164
from connector_core.domain.request import Terms
from connector_core.ports.gateway import LinkAsk

SHOP = "69876357"
PASSWORD = "testpassword_DEMOPRIVATEKEY23G4475zXZQ2UA5x7M"
OLD_PASSWORD = "testpassword_beforeTheRotation00000000000"
HMAC_KEY = "38453613e7f44dc58732bad3dca2bca3"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def account(**changes: Any) -> LyraAccount:
    """The demo account with these settings changed."""
    fields = {"name": "main", "shop_id": SHOP, "passwords": (SecretStr(PASSWORD),), **changes}
    return LyraAccount(**fields)


def ask(amount: Money | None = None, **terms: Any) -> LinkAsk:
    """A link ask over 33.90 EUR with these terms changed."""
    fields: dict[str, Any] = {
        "amount": amount or Money(3390, "EUR"),
        "reference": "S00042-1",
        "phone": E164("+4915123456789"),
        "language": "de-AT",
        "name": "Grete Müller",
        "email": "grete@example.com",
        **terms,
    }
    return LinkAsk("019c-psp-order_1", Terms(**fields), NOW + timedelta(days=7), ours={"request": "r-1"})


def transaction(**changes: Any) -> dict[str, Any]:
    """An authorised card payment over 9.90 EUR, as a notification holds it (reference/lyra.md 3.5)."""
    return {
        "shopId": SHOP,
        "uuid": "017574bda28e4f1d8413b97fc65c8197",
        "amount": 990,
        "currency": "EUR",
        "paymentMethodType": "CARD",
        "status": "PAID",
        "detailedStatus": "AUTHORISED",
        "operationType": "DEBIT",
        "creationDate": "2018-12-11T19:09:32+00:00",
        "errorCode": None,
        "detailedErrorCode": None,
        "detailedErrorMessage": None,
        "transactionDetails": {
            "creationContext": "CHARGE",
            "cardDetails": {
                "effectiveBrand": "VISA",
                "pan": "497010XXXXXX0055",
                "authorizationResponse": {"authorizationNumber": "3fd0e3", "authorizationResult": "0"},
            },
        },
        **changes,
    }


def payment(*transactions: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A kr-answer that holds these transactions."""
    return {
        "shopId": SHOP,
        "orderCycle": "CLOSED",
        "orderStatus": "PAID",
        "orderDetails": {"orderTotalAmount": 990, "orderCurrency": "EUR", "mode": "TEST", "orderId": "order-1"},
        "transactions": list(transactions),
        "_type": "V4/Payment",
        **changes,
    }


def form(answer: Mapping[str, Any] | str, key: str = PASSWORD, **fields: str) -> bytes:
    """The form body of a notification, signed with `key`; `fields` replace form fields (``_`` for ``-``)."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    parts = {
        "kr-hash": signature(text, key),
        "kr-hash-algorithm": "sha256_hmac",
        "kr-hash-key": "password",
        "kr-answer-type": "V4/Payment",
        "kr-answer": text,
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    return urlencode(parts).encode()
