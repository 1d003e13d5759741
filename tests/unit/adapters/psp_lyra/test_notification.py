"""Notifications: what is signed is read, everything else changes nothing (faults.md 33 to 45)."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from pydantic import SecretStr

from connector_core.adapters.psp_lyra.notification import LARGEST, is_signed, read_notification, signature
from connector_core.domain.errors import InvalidInput, SignatureInvalid
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentKind, PaymentState
from tests.unit.adapters.psp_lyra.accounts import (
    HMAC_KEY,
    OLD_PASSWORD,
    PASSWORD,
    account,
    form,
    payment,
    transaction,
)

VECTOR = (
    '{"shopId":"69876357","orderCycle":"CLOSED","orderStatus":"PAID","orderDetails":{"orderTotalAmount":990,'
    '"orderCurrency":"EUR","mode":"TEST","orderId":"myOrderId-1234"},"transactions":[],"_type":"V4/Payment"}'
)


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        (VECTOR, PASSWORD, "4e2aeb344260425179e91100e4cd2fa31991f6f1b480df235a4835cabddd62bb"),
        (VECTOR, HMAC_KEY, "481f34feb9db184bc13f5f0aefa8c56879b9ecadab464869ccb42a5d4656cef8"),
        (
            '{"orderId":"café-1","url":"https://x/y"}',
            PASSWORD,
            "4df980fed3eb55e071d54a785800a2eae8e7fb4691391c55a54ae3596c9e952f",
        ),
    ],
)
def test_the_signature_is_that_of_the_known_vectors(text: str, key: str, expected: str) -> None:
    assert signature(text, key) == expected


def test_the_known_vector_is_accepted_as_a_notification_without_transactions() -> None:
    assert read_notification(form(VECTOR), account()) == []


@pytest.mark.fault(37)
def test_only_the_password_signs_a_notification() -> None:
    assert is_signed(VECTOR, signature(VECTOR, PASSWORD), account())
    assert not is_signed(VECTOR, signature(VECTOR, HMAC_KEY), account())
    assert not is_signed(VECTOR, signature(VECTOR, PASSWORD).upper(), account())


def test_a_paid_card_becomes_a_capture() -> None:
    (fact,) = read_notification(form(payment(transaction())), account())
    assert (fact.account, fact.kind, fact.state) == ("main", PaymentKind.CAPTURE, PaymentState.DONE)
    assert fact.amount == Money(990, "EUR")
    assert (fact.psp_ref, fact.psp_order, fact.method) == ("017574bda28e4f1d8413b97fc65c8197", "order-1", "VISA")
    assert fact.at.isoformat() == "2018-12-11T19:09:32+00:00"


def test_umlauts_and_slashes_are_signed_as_received() -> None:
    answer = payment(transaction(), customer={"billingDetails": {"lastName": "Müller & Söhne/Wien+1"}})
    assert len(read_notification(form(answer), account())) == 1


def test_slashes_that_a_host_escaped_under_way_are_a_second_try() -> None:
    text = json.dumps(payment(transaction(), note="https://x/y"))
    body = form(text.replace("/", "\\/"), kr_hash=signature(text, PASSWORD))
    assert len(read_notification(body, account())) == 1


@pytest.mark.fault(67)
def test_the_old_password_is_accepted_while_keys_are_changed() -> None:
    both = account(passwords=(SecretStr(PASSWORD), SecretStr(OLD_PASSWORD)))
    body = form(payment(transaction()), key=OLD_PASSWORD)
    assert len(read_notification(body, both)) == 1
    with pytest.raises(SignatureInvalid):
        read_notification(body, account())


def test_a_key_in_base64_is_not_ours() -> None:
    digest = hmac.new(PASSWORD.encode(), VECTOR.encode(), hashlib.sha256).digest()
    with pytest.raises(SignatureInvalid):
        read_notification(form(VECTOR, kr_hash=base64.b64encode(digest).decode()), account())


@pytest.mark.fault(37)
def test_an_altered_body_is_refused() -> None:
    body = form(payment(transaction()))
    altered = body.replace(b"990", b"991")
    assert altered != body
    with pytest.raises(SignatureInvalid):
        read_notification(altered, account())


@pytest.mark.parametrize(
    "fields",
    [
        {"kr_hash_key": "sha256_hmac"},
        {"kr_hash_algorithm": "sha1"},
        {"kr_hash_algorithm": ""},
        {"kr_hash": ""},
        {"kr_hash": "é" * 64},
        {"kr_hash": "0" * 64},
    ],
)
def test_another_scheme_is_refused_before_anything_is_read(fields: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        read_notification(form(payment(transaction()), **fields), account())


@pytest.mark.fault(37)
def test_the_buyers_return_is_no_notification_even_when_its_key_name_is_changed() -> None:
    returned = form(payment(transaction()), key=HMAC_KEY, kr_hash_key="sha256_hmac")
    with pytest.raises(SignatureInvalid, match="browser's key"):
        read_notification(returned, account())
    with pytest.raises(SignatureInvalid):
        read_notification(form(payment(transaction()), key=HMAC_KEY), account())


def test_the_old_form_api_is_named_with_its_cure() -> None:
    with pytest.raises(SignatureInvalid) as caught:
        read_notification(b"vads_amount=990&signature=abc", account())
    assert "REST API notification URL" in caught.value.cure


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (payment(transaction(), shopId="11111111"), "shop id"),
        (payment(transaction(shopId="11111111")), "shop id"),
        (payment(transaction(), orderDetails={"mode": "PRODUCTION", "orderId": "order-1"}), "mode"),
        (payment(transaction(), orderDetails=None), "mode"),
        (payment(transaction(amount="990")), "transactions"),
        (payment(transaction(amount=9.9)), "transactions"),
        (payment(transaction(amount=-1)), "transactions"),
        (payment(transaction(currency="CNY")), "transactions"),
        (payment(transaction(currency=None)), "transactions"),
        (payment(transactions="many"), "transactions"),
        ("[1]", "kr-answer"),
        ("{", "kr-answer"),
        ("[" * 5000 + "]" * 5000, "kr-answer"),
    ],
)
def test_signed_but_unusable_is_refused_with_its_field(answer: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_notification(form(answer), account())
    assert caught.value.field == field
    assert not isinstance(caught.value, SignatureInvalid)


def test_other_answer_types_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not about a payment"):
        read_notification(form(payment(), kr_answer_type="V4/Token"), account())


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * (LARGEST + 1), 413),
        (b"", 401),
        (b"kr-answer", 400),
        (b"kr-answer=%FF%FE&kr-hash=1", 400),
        ("kr-answer=ü".encode(), 400),
        (b"&".join(b"f%d=1" % number for number in range(100)), 400),
        (b"kr-answer=1&kr-answer=2", 400),
    ],
)
def test_what_is_no_form_is_refused_before_it_costs_anything(body: bytes, status: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_notification(body, account())
    assert caught.value.status == status


def test_a_field_without_a_value_is_a_field() -> None:
    with pytest.raises(SignatureInvalid, match="old form API"):
        read_notification(form(payment(transaction())) + b"&vads_order_id=", account())
    with pytest.raises(InvalidInput, match="names a field twice"):
        read_notification(form(payment(transaction())) + b"&kr-answer=", account())


def test_sizes_are_taken_up_to_their_bound() -> None:
    few = form(payment(transaction()))
    many = few + b"".join(b"&f%d=1" % number for number in range(27))
    longest = few + b"&padding=" + b"x" * (262_144 - len(few) - len("&padding="))
    for body in (many, longest):
        assert len(read_notification(body, account())) == 1
    with pytest.raises(InvalidInput, match="no form"):
        read_notification(many + b"&one=more", account())
    with pytest.raises(InvalidInput, match="too large"):
        read_notification(longest + b"x", account())


def test_a_field_given_twice_cannot_hide_behind_a_signature() -> None:
    pairs = [*parse_qsl(form(payment(transaction())).decode()), ("kr-answer", VECTOR)]
    with pytest.raises(InvalidInput):
        read_notification(urlencode(pairs).encode(), account())


@pytest.mark.parametrize("place", ["answer", "orderDetails", "transaction", "deep"])
def test_the_payment_orders_id_is_taken_wherever_it_is(place: str) -> None:
    link = {"paymentOrderId": "c4402491f1f048509bdbcdc846505f86"}
    answer = payment(transaction(**(link if place == "transaction" else {})))
    if place == "answer":
        answer |= link
    if place == "orderDetails":
        answer["orderDetails"] |= link
    if place == "deep":
        answer["x"] = [{"y": {"z": link}}]
    (fact,) = read_notification(form(answer), account())
    assert fact.psp_link == "c4402491f1f048509bdbcdc846505f86"


@pytest.mark.parametrize(("levels", "found"), [(11, "link-1"), (12, ""), (500, "")])
def test_the_payment_orders_id_is_looked_for_to_a_bound(levels: int, found: str) -> None:
    answer = payment(transaction())
    place = answer
    for _ in range(levels):
        place["x"] = {}
        place = place["x"]
    place["paymentOrderId"] = "link-1"
    (fact,) = read_notification(form(answer), account())
    assert fact.psp_link == found


def test_a_transaction_may_leave_out_the_shop() -> None:
    unnamed = transaction()
    del unnamed["shopId"]
    assert len(read_notification(form(payment(unnamed)), account())) == 1


def test_an_order_without_an_id_is_still_recorded() -> None:
    answer = payment(transaction(), orderDetails={"mode": "TEST", "orderId": None})
    (fact,) = read_notification(form(answer), account())
    assert fact.psp_order == ""


def test_no_card_number_and_no_person_is_in_a_fact() -> None:
    answer = payment(
        transaction(errorCode="ACQ_001", detailedErrorMessage="card 4970100000000055 of jane@example.com declined"),
        customer={"email": "jane@example.com", "extraDetails": {"ipAddress": "90.71.64.161"}},
    )
    shown = repr(read_notification(form(answer), account()))
    for secret in ("4970", "497010", "jane", "90.71"):
        assert secret not in shown
