"""What a payment order asks for: Lyra's fields inside Lyra's limits."""

from datetime import datetime, timedelta

import pytest

from connector_core.adapters.psp_lyra.buyer import mailbox, plain
from connector_core.adapters.psp_lyra.locales import locale_of
from connector_core.adapters.psp_lyra.payment_orders import LONGEST, order_payload
from connector_core.adapters.psp_lyra.times import moment
from connector_core.domain.errors import Rejected
from connector_core.domain.money import Money
from connector_core.ports.gateway import LinkAsk
from tests.unit.adapters.psp_lyra.accounts import NOW, account, ask


def test_a_whole_ask() -> None:
    payload = order_payload(account(ipn_url="https://pay.example.com/ipn"), ask(description="2 chairs"), NOW)
    assert payload == {
        "amount": 3390,
        "currency": "EUR",
        "orderId": "019c-psp-order_1",
        "channelOptions": {"channelType": "URL"},
        "expirationDate": "2026-03-08T12:00:00+00:00",
        "locale": "de_DE",
        "merchantComment": "S00042-1 2 chairs",
        "paymentReceiptEmail": "grete@example.com",
        "customer": {
            "email": "grete@example.com",
            "billingDetails": {"firstName": "Grete", "lastName": "Müller", "cellPhoneNumber": "+4915123456789"},
        },
        "metadata": {"request": "r-1"},
        "ipnTargetUrl": "https://pay.example.com/ipn",
    }


def test_what_is_not_known_is_left_out() -> None:
    payload = order_payload(account(), ask(name="", email="not a mailbox", language="xx"), NOW)
    assert payload["customer"] == {"billingDetails": {"cellPhoneNumber": "+4915123456789"}}
    assert not {"locale", "paymentReceiptEmail", "paymentMethods", "ipnTargetUrl"} & set(payload)


def test_texts_are_cut_to_what_lyra_takes() -> None:
    payload = order_payload(account(), ask(name="A" * 100 + " " + "B" * 100, description="x" * 500), NOW)
    billing = payload["customer"]["billingDetails"]
    assert (len(billing["firstName"]), len(billing["lastName"])) == (63, 63)
    assert len(payload["merchantComment"]) == 255


@pytest.mark.parametrize("order", ["", "a" * 65, "INV/2026/1", "é", "a b", "a\n"])
def test_an_order_id_that_lyra_would_alter_is_refused(order: str) -> None:
    whole = ask()
    with pytest.raises(Rejected):
        order_payload(account(), LinkAsk(order, whole.terms, whole.valid_until), NOW)


def test_a_link_never_asks_for_more_than_ninety_days() -> None:
    whole = ask()
    payload = order_payload(account(), LinkAsk("o-1", whole.terms, NOW + timedelta(days=365)), NOW)
    until = datetime.fromisoformat(payload["expirationDate"])
    assert timedelta() < NOW + LONGEST - until <= timedelta(hours=1)


def test_a_currency_that_lyra_does_not_take_never_leaves_the_house() -> None:
    with pytest.raises(Rejected):
        order_payload(account(), ask(Money(1000, "CNY")), NOW)


@pytest.mark.parametrize(
    ("language", "locale"),
    [("de", "de_DE"), ("de-AT", "de_DE"), ("en-US", "en_GB"), ("pt_BR", "pt_BR"), ("zh-Hans-CN", "zh_CN"), ("xx", "")],
)
def test_languages_become_locales(language: str, locale: str) -> None:
    assert locale_of(language) == locale


def test_free_texts_lose_what_lyra_chokes_on() -> None:
    assert plain("a\x00b\r\n<script>\u200b x", 100) == "a b script x"


@pytest.mark.parametrize("text", ["", "x", "a b@c.de", "a@b", "a" * 150 + "@example.com", "jöhn@example.com"])
def test_an_odd_mailbox_is_left_out(text: str) -> None:
    assert mailbox(text) == ""


@pytest.mark.parametrize("value", [None, 7, "soon", ""])
def test_a_time_that_is_none_is_none(value: object) -> None:
    assert moment(value) is None
