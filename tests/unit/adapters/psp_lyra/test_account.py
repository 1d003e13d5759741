"""A wrong setting is found at start and says what to do; test never touches live."""

import pytest
from pydantic import SecretStr, ValidationError

from connector_core.adapters.psp_lyra.account import BRANDS
from tests.unit.adapters.psp_lyra.accounts import PASSWORD, account


@pytest.mark.parametrize("brand", sorted(BRANDS))
def test_each_brand_has_its_server(brand: str) -> None:
    assert account(brand=brand).server == BRANDS[brand]


def test_an_address_of_ones_own_wins() -> None:
    assert account(api_url="https://api.example.com/").server == "https://api.example.com"
    assert account(api_url="http://127.0.0.1:8080").server == "http://127.0.0.1:8080"


@pytest.mark.fault(68)
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "PRODUCTION"}, "mode is PRODUCTION"),
        ({"passwords": (SecretStr("prodpassword_abcdefgh"),)}, "mode is TEST"),
        ({"brand": "paysen"}, "payzen"),
        ({"api_url": "http://api.lyra.com"}, "https://"),
        ({"ipn_url": "http://shop.example.com/ipn"}, "ipn_url"),
        ({"shop_id": "1234"}, "shop_id"),
        ({"passwords": ()}, "passwords"),
        ({"passwords": (SecretStr(""),)}, "missing"),
        ({"passwords": (SecretStr(PASSWORD),) * 3}, "passwords"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        account(**changes)


def test_the_password_shows_nowhere() -> None:
    shown = repr(account()) + str(account().model_dump())
    assert PASSWORD not in shown
