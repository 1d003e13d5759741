"""Payment orders of the channel URL: what is asked, and what the answer says (reference/lyra.md 2.1 to 2.4)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from connector_core.adapters.psp_lyra.account import LyraAccount
from connector_core.adapters.psp_lyra.amounts import from_lyra, to_lyra
from connector_core.adapters.psp_lyra.buyer import COMMENT, customer, mailbox, plain
from connector_core.adapters.psp_lyra.client import LyraAnswer
from connector_core.adapters.psp_lyra.locales import locale_of
from connector_core.adapters.psp_lyra.times import moment
from connector_core.domain.errors import Rejected
from connector_core.domain.money import Money, MoneyError
from connector_core.domain.request import LinkState, PayLink
from connector_core.ports.gateway import LinkAsk, LinkReading

LONGEST = timedelta(days=90)
"""A payment order lives at most so long after its creation."""
_CLOCKS_APART = timedelta(minutes=10)

_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STATES = {
    "RUNNING": LinkState.OPEN,
    "PAID": LinkState.PAID,
    "REFUSED": LinkState.OPEN,
    "EXPIRED": LinkState.EXPIRED,
    "CANCELLED": LinkState.CLOSED,
    "CANCELED": LinkState.CLOSED,
}
"""REFUSED speaks of the last attempt: the link may still be payable until it expires (2.3)."""

_log = structlog.get_logger(__name__)


def order_payload(account: LyraAccount, ask: LinkAsk, now: datetime) -> dict[str, Any]:
    """The request of Charge/CreatePaymentOrder. Raises `Rejected` for what Lyra could only refuse."""
    if not _ORDER_ID.fullmatch(ask.psp_order):
        raise Rejected("The order id for Lyra holds other characters than letters, digits, - and _.", code="INT_013")
    terms = ask.terms
    fields: dict[str, Any] = {
        "amount": to_lyra(terms.amount),
        "currency": terms.amount.currency,
        "orderId": ask.psp_order,
        "channelOptions": {"channelType": "URL"},
        "expirationDate": _expiry(ask.valid_until, now),
        "locale": locale_of(terms.language),
        "merchantComment": plain(f"{terms.reference} {terms.description}", COMMENT),
        "paymentReceiptEmail": mailbox(terms.email),
        "customer": customer(terms),
        "paymentMethods": list(ask.payment_methods),
        "metadata": {str(name): str(value) for name, value in ask.ours.items()},
        "ipnTargetUrl": account.ipn_url,
    }
    return {name: value for name, value in fields.items() if value}


def update_payload(account: LyraAccount, link: PayLink, ask: LinkAsk, now: datetime) -> dict[str, Any]:
    """The request of Charge/PaymentOrder/Update: the documented fields only; a URL order's channel is not repeated."""
    fields = order_payload(account, ask, now)
    known = ("amount", "currency", "orderId", "expirationDate", "locale", "paymentReceiptEmail")
    return {"paymentOrderId": link.psp_link, **{name: fields[name] for name in known if name in fields}}


def reading_of(answer: LyraAnswer, account: LyraAccount, now: datetime) -> LinkReading:
    """The answer of type ``V4/PaymentOrder``. Raises `OutcomeUnknown` or `RetryLater` when a part cannot be used."""
    content = answer.content
    psp_link, url = content.get("paymentOrderId"), content.get("paymentURL")
    if not isinstance(psp_link, str) or not psp_link:
        raise answer.unusable("answered without the id of the payment order")
    if not isinstance(url, str) or not _payable(url, account):
        raise answer.unusable("answered without a usable payment address")
    expires_at = moment(content.get("expirationDate"))
    return LinkReading(
        psp_link=psp_link,
        state=_state(content, expires_at, now),
        url=url,
        amount=_amount(answer),
        mode=account.mode,
        expires_at=expires_at,
    )


def confirmed(reading: LinkReading, asked: Money, answer: LyraAnswer) -> LinkReading:
    """The reading, if it asks for what we asked for; else the call's outcome is unknown (faults.md 30)."""
    if reading.amount != asked:
        raise answer.unusable(f"answered with {reading.amount} where {asked} was asked for")
    return reading


def _state(content: Mapping[str, Any], expires_at: datetime | None, now: datetime) -> LinkState:
    status = content.get("paymentOrderStatus")
    state = _STATES.get(str(status))
    if state is None:
        _log.warning("lyra_unknown_payment_order_status", status=str(status)[:40])
        return LinkState.OPEN
    if status == "REFUSED" and expires_at is not None and expires_at + _CLOCKS_APART < now:
        return LinkState.EXPIRED
    return state


def _amount(answer: LyraAnswer) -> Money:
    try:
        return from_lyra(answer.content.get("amount"), answer.content.get("currency"))
    except MoneyError as error:
        raise answer.unusable(f"answered with an amount that cannot be read: {error}") from None


def _payable(url: str, account: LyraAccount) -> bool:
    """The address is opaque, but a buyer only ever gets https; http is for a sandbox whose server is http itself."""
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.scheme in ("https", urlsplit(account.server).scheme)


def _expiry(valid_until: datetime, now: datetime) -> str:
    """Whole seconds with offset, inside the 90 days even when Lyra's clock is behind ours."""
    latest = now + LONGEST - _CLOCKS_APART
    return min(valid_until, latest).astimezone(UTC).isoformat(timespec="seconds")
