"""Reading what a client asks for: every field that the reference knows is checked, with the gateway's own codes."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connector_core.sandbox.lyra.currencies import DECIMALS
from connector_core.sandbox.lyra.refusal import Refusal, invalid

Json = Mapping[str, Any]
LONGEST = timedelta(days=90)

_ORDER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LOCALE = re.compile(r"[a-z]{2}_[A-Z]{2}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_CARD_LIKE = re.compile(r"(?:\d[ -]?){12,18}\d")
_CHANNELS = ("URL", "MAIL", "SMS", "WHATSAPP", "INVOICE", "IVR")
_KNOWN = frozenset(
    """
    amount currency orderId channelOptions expirationDate locale merchantComment paymentReceiptEmail dataCollectionForm
    taxAmount taxRate transactionOptions strongAuthentication customer paymentMethods metadata ipnTargetUrl returnUrl
    successUrl cancelUrl refusedUrl errorUrl postWalletUrl returnMode formAction languageFallback expandedData
    description paymentOrderId
    """.split()
)


def check_known(ask: Json) -> None:
    for name in ask:
        if name not in _KNOWN:
            raise Refusal("INT_900", f"unknown parameter [name={name}]"[:127])


def amount(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**12:
        raise invalid("INT_009", "amount", value)
    return value


def currency(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise invalid("INT_010", "currency", value)
    if value not in DECIMALS:
        raise Refusal("PSP_606", f"currency {value}")
    return value


def order_id(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _ORDER_ID.fullmatch(value):
        raise invalid("INT_013", "orderId", value)
    return value


def channel(value: object) -> str:
    """Only the URL channel is enabled on the sandbox shop."""
    options = value if isinstance(value, Mapping) else {}
    kind = options.get("channelType", "URL")
    if (value is not None and not isinstance(value, Mapping)) or kind not in _CHANNELS:
        raise invalid("INT_854", "channelOptions.channelType", kind)
    if kind != "URL":
        raise Refusal("PSP_500", f"channel {kind}")
    return str(kind)


def expiry(value: object, created: datetime, validity: timedelta) -> datetime:
    """ISO 8601 with an offset, at most 90 days ahead; the shop's validity when the request gives none."""
    if value is None:
        return (created + validity).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid("INT_855", "expirationDate", value)
    if not created < moment <= created + LONGEST:
        raise Refusal("PSP_1007", f"expirationDate {value}"[:127])
    return moment.astimezone(UTC)


def locale(value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or not _LOCALE.fullmatch(value)):
        raise invalid("INT_856", "locale", value)
    return value


def metadata(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise invalid("INT_091", "metadata", value)
    return value


def payment_order_id(value: object) -> str:
    if not value:
        raise Refusal("PSP_1052")
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{32}", value):
        raise invalid("INT_840", "paymentOrderId", value)
    return value


def check_options(ask: Json) -> None:
    """The optional fields that change nothing in the sandbox but must be well-formed all the same."""
    for name, code, good in _OPTIONS:
        value = ask.get(name)
        if value is not None and not good(value):
            raise invalid(code, name, value)
    if ask.get("dataCollectionForm") in (True, "true"):
        raise Refusal("PSP_1014")
    if ask.get("formAction", "PAYMENT") != "PAYMENT":
        raise invalid("INT_875", "formAction", ask["formAction"])
    for name in ("merchantComment", "description"):
        if _looks_like_a_card(str(ask.get(name, ""))):
            raise Refusal("PSP_1999", name)
    check_customer(part(ask, "customer"))


def part(ask: Json, name: str) -> Json:
    """A nested object; empty when it is not given."""
    value = ask.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise invalid("INT_001", name, value)
    return value or {}


def check_customer(customer: Json) -> None:
    billing = part(customer, "billingDetails")
    for holder, prefix, rules in ((customer, "customer", _CUSTOMER), (billing, "customer.billingDetails", _BILLING)):
        for name, code, good in rules:
            if holder.get(name) is not None and not good(holder[name]):
                raise invalid(code, f"{prefix}.{name}", holder[name])


def _text(longest: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and len(value) <= longest


def _is_email(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 150 and bool(_EMAIL.fullmatch(value))


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in ("http", "https") and bool(urlsplit(value).netloc)


def _is_methods(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) and one.isupper() for one in value)


def _is_country(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[A-Z]{2}", value))


def _looks_like_a_card(text: str) -> bool:
    return any(_luhn(re.sub(r"\D", "", found)) for found in _CARD_LIKE.findall(text))


def _luhn(digits: str) -> bool:
    doubled = [sum(divmod(int(d) * 2, 10)) if at % 2 else int(d) for at, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


_Rules = tuple[tuple[str, str, Callable[[Any], bool]], ...]
_OPTIONS: _Rules = (
    ("paymentReceiptEmail", "INT_851", _is_email),
    ("paymentMethods", "INT_881", _is_methods),
    ("strongAuthentication", "INT_050", _text(32)),
    ("dataCollectionForm", "INT_853", lambda value: value in (True, False, "true", "false")),
    ("description", "INT_815", _text(128)),
    ("returnUrl", "INT_920", _is_url),
    ("cancelUrl", "INT_921", _is_url),
    ("successUrl", "INT_922", _is_url),
    ("refusedUrl", "INT_923", _is_url),
    ("errorUrl", "INT_924", _is_url),
    ("postWalletUrl", "INT_925", _is_url),
    ("ipnTargetUrl", "INT_926", _is_url),
    ("returnMode", "INT_927", lambda value: value in ("GET", "POST", "NONE")),
)
_CUSTOMER: _Rules = (("email", "INT_015", _is_email), ("reference", "INT_016", _text(80)))
_BILLING: _Rules = (
    ("firstName", "INT_104", _text(63)),
    ("lastName", "INT_105", _text(63)),
    ("address", "INT_019", _text(255)),
    ("zipCode", "INT_020", _text(64)),
    ("city", "INT_021", _text(128)),
    ("country", "INT_022", _is_country),
    ("phoneNumber", "INT_023", _text(32)),
    ("cellPhoneNumber", "INT_023", _text(32)),
)
