"""What is posted for an ask: in the window free text first, then the template in up to two languages."""

from typing import Any

import pytest

from connector_core.adapters.channels.whatsapp_messages import attempts
from connector_core.domain.errors import Rejected
from connector_core.domain.message import Purpose
from tests.unit.adapters.channels.accounts import PAY_URL_BASE, account, ask


def bodies(message: Any, **changes: Any) -> list[dict[str, Any]]:
    return [attempt.body for attempt in attempts(account(**changes), message)]


def texts(body: dict[str, Any], component: int = 0) -> list[str]:
    return [parameter["text"] for parameter in body["template"]["components"][component]["parameters"]]


def test_a_paylink_goes_out_as_template_with_its_button() -> None:
    first = bodies(ask())[0]
    assert first == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+4915123456789",
        "biz_opaque_callback_data": "0199a5c4-7f3b-7000-8000-000000000001",
        "type": "template",
        "template": {
            "name": "paylink",
            "language": {"code": "de"},
            "components": [
                {
                    "type": "body",
                    "parameters": [
                        {"type": "text", "text": "Blumen Müller"},
                        {"type": "text", "text": "A-17"},
                        {"type": "text", "text": "33,90\u00a0€"},
                    ],
                },
                {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "abc123"}]},
            ],
        },
    }


def test_a_link_with_another_beginning_goes_into_the_body() -> None:
    url = "https://elsewhere.example.com/abc"
    first = bodies(ask(url=url))[0]
    assert first["template"]["name"] == "paylink_link"
    assert texts(first)[3] == url
    assert len(first["template"]["components"]) == 1


@pytest.mark.parametrize("purpose", [Purpose.RECEIPT, Purpose.CANCELLED])
def test_a_message_without_a_link_has_no_button(purpose: Purpose) -> None:
    first = bodies(ask(purpose=purpose, url=""))[0]
    assert [part["type"] for part in first["template"]["components"]] == ["body"]
    assert len(texts(first)) == 3


@pytest.mark.parametrize("purpose", [Purpose.PAYLINK, Purpose.REMINDER, Purpose.CHANGED])
def test_nobody_is_asked_to_pay_without_a_link(purpose: Purpose) -> None:
    with pytest.raises(Rejected) as caught:
        bodies(ask(purpose=purpose, url=""))
    assert caught.value.code == "no_link"


def test_a_second_language_follows_with_the_amount_in_its_form() -> None:
    german, english = bodies(ask(language="de-AT"))
    assert (german["template"]["language"]["code"], texts(german)[2]) == ("de", "33,90\u00a0€")
    assert (english["template"]["language"]["code"], texts(english)[2]) == ("en", "€33.90")


def test_in_the_window_free_text_with_a_link_button_comes_first() -> None:
    first, second, *_ = bodies(ask(window_open=True))
    interactive = first["interactive"]
    assert interactive["type"] == "cta_url"
    assert interactive["action"]["parameters"] == {"display_text": "Jetzt bezahlen", "url": PAY_URL_BASE + "abc123"}
    assert "Blumen Müller" in interactive["body"]["text"]
    assert "{{" not in interactive["body"]["text"]
    assert second["type"] == "template"


def test_in_the_window_a_receipt_is_plain_text() -> None:
    first = bodies(ask(window_open=True, purpose=Purpose.RECEIPT, url="", language="en"))[0]
    assert first["text"]["body"] == "Thank you! Blumen Müller has received your payment for order A-17 of €33.90."


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("two\nlines\tand    blanks", "two lines and blanks"),
        ("", "–"),
        ("x" * 500, "x" * 119 + "…"),
        ("\u202eRTL\u0000", "RTL"),
        ("{{4}}", "{{4}}"),
    ],
)
def test_a_value_that_whatsapp_would_refuse_is_made_fit(given: str, sent: str) -> None:
    assert texts(bodies(ask(reference=given))[0])[1] == sent
