from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connector_core.domain.message import Purpose
from tests.unit.adapters.channels.accounts import APP_SECRET, PAY_URL_BASE, account


def test_an_account_never_shows_its_secrets() -> None:
    shown = f"{account()!r} {account().model_dump_json()}"
    assert not any(secret in shown for secret in ("token-of-the-tests", APP_SECRET))


@pytest.mark.parametrize(
    "changes",
    [
        {"app_secrets": ()},
        {"app_secrets": (SecretStr(""),)},
        {"app_secrets": tuple(map(SecretStr, "abc"))},
        {"verify_token": SecretStr(" ")},
        {"access_token": SecretStr("")},
        {"phone_number_id": "+49151"},
        {"graph_version": "25"},
        {"graph_url": "file:///etc"},
        {"pay_url_base": "pay here"},
        {"languages": ()},
        {"app_secret": "misspelt"},
    ],
)
def test_a_setting_that_cannot_work_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        account(**changes)


def test_a_link_of_the_psp_goes_into_the_button() -> None:
    assert account().button_suffix(PAY_URL_BASE + "abc?x=1") == "abc?x=1"


@pytest.mark.parametrize("url", ["https://elsewhere.example.com/t/abc", PAY_URL_BASE, ""])
def test_a_link_that_does_not_fit_the_button_stays_out_of_it(url: str) -> None:
    assert account().button_suffix(url) == ""


def test_a_template_name_can_be_replaced_for_one_purpose() -> None:
    own = account(templates={Purpose.PAYLINK: "our_paylink"})
    assert own.template(Purpose.PAYLINK, link_in_body=False) == "our_paylink"
    assert own.template(Purpose.PAYLINK, link_in_body=True) == "our_paylink_link"
    assert own.template(Purpose.RECEIPT, link_in_body=False) == "paylink_receipt"
