"""Notifications (IPN): verified over the text as received, then read (reference/lyra.md 3)."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from connector_core.adapters.http_out import masked
from connector_core.adapters.psp_lyra.account import LyraAccount
from connector_core.adapters.psp_lyra.transactions import Origin, TransactionUnreadable, facts_of
from connector_core.domain.errors import InvalidInput, SignatureInvalid
from connector_core.domain.payment import PaymentFact

LARGEST = 256 * 1024
"""Bytes of a notification that are looked at; a real one has some kilobytes."""
_MOST_FIELDS = 32
_DEEPEST = 12
_RULES = "In the Back Office, enter the address under Notification rules, section REST API notification URL."


def read_notification(body: bytes, account: LyraAccount) -> Sequence[PaymentFact]:
    """The facts of one form-encoded notification. Raises `SignatureInvalid`, `InvalidInput`."""
    form = _form(body)
    _check_scheme(form)
    text = form.get("kr-answer", "")
    if not is_signed(text, form.get("kr-hash", ""), account):
        raise SignatureInvalid(
            "A notification carries a signature that none of the account's passwords makes.",
            cure="If keys were changed in the Back Office, set the new REST password and keep the old as the second.",
        )
    return _facts(_answer(form, text), account)


def signature(text: str, key: str) -> str:
    """HMAC-SHA-256 over the decoded text, in lower-case hex; the key is used as plain text."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_signed(text: str, claimed: str, account: LyraAccount) -> bool:
    r"""Whether one of the account's passwords signed this text; some hosts escape ``/`` as ``\/`` under way."""
    matches = [
        hmac.compare_digest(signature(candidate, password.get_secret_value()).encode(), claimed.encode())
        for candidate in {text, text.replace("\\/", "/")}
        for password in account.passwords
    ]
    return any(matches)


def _form(body: bytes) -> dict[str, str]:
    if len(body) > LARGEST:
        raise InvalidInput("A notification is too large.", field="body", status=413)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise InvalidInput(
            "A notification is no form of the kind that Lyra sends.", field="body", cure=_RULES
        ) from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise InvalidInput("A notification names a field twice.", field="body")
    return form


def _check_scheme(form: Mapping[str, str]) -> None:
    if any(name.startswith("vads_") for name in form):
        raise SignatureInvalid("This is a notification of the old form API (vads_ fields).", cure=_RULES)
    if form.get("kr-hash-algorithm") != "sha256_hmac":
        raise SignatureInvalid("A notification is not signed with sha256_hmac.")
    if form.get("kr-hash-key") != "password":
        raise SignatureInvalid(
            "This is signed with the browser's key, so it is a buyer's return and no notification.", cure=_RULES
        )


def _answer(form: Mapping[str, str], text: str) -> Mapping[str, Any]:
    if form.get("kr-answer-type") != "V4/Payment":
        raise InvalidInput("A notification is not about a payment.", field="kr-answer-type")
    try:
        answer = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidInput("A notification holds no JSON.", field="kr-answer") from None
    if not isinstance(answer, dict):
        raise InvalidInput("A notification holds no payment.", field="kr-answer")
    return answer


def _facts(answer: Mapping[str, Any], account: LyraAccount) -> Sequence[PaymentFact]:
    order = answer.get("orderDetails")
    order = order if isinstance(order, Mapping) else {}
    _expect("shop id", answer.get("shopId"), account.shop_id)
    _expect("mode", order.get("mode"), account.mode)
    transactions = answer.get("transactions") or []
    for transaction in transactions if isinstance(transactions, list) else ():
        if isinstance(transaction, Mapping) and transaction.get("shopId"):
            _expect("shop id", transaction["shopId"], account.shop_id)
    origin = Origin(account.name, str(order.get("orderId") or ""), _find(answer, "paymentOrderId", _DEEPEST))
    try:
        return facts_of(transactions, origin)
    except TransactionUnreadable as error:
        raise InvalidInput(
            "A signed notification holds a payment that cannot be read.",
            field="transactions",
            cure="Look the payment up in the Back Office.",
            detail=masked(str(error)),
        ) from None


def _expect(name: str, found: object, ours: str) -> None:
    if str(found) != ours:
        raise InvalidInput(
            f"A notification belongs to another {name} than this account's.",
            field=name,
            cure="Check which notification address is set for which shop and mode in the Back Office.",
            detail=f"found {masked(str(found))[:40]}",
        )


def _find(value: object, name: str, depth: int) -> str:
    """The first text under this key: where a notification carries the payment order's id is not documented (3.5)."""
    if depth == 0 or not isinstance(value, dict | list):
        return ""
    if isinstance(value, dict) and isinstance(value.get(name), str):
        return str(value[name])
    children = value.values() if isinstance(value, dict) else value
    return next((found for child in children if (found := _find(child, name, depth - 1))), "")
