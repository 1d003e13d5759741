"""I8, I14: cards, phones and secrets do not survive redaction, wherever they stand; the rest stays readable."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connector_core.adapters.observability import redaction
from connector_core.adapters.observability.redaction import HIDDEN, hide, redact, redact_text
from connector_core.domain.card_numbers import CARD_MASK
from connector_core.domain.message import Purpose

CANARY = "canary-s3cret/with+signs"


@pytest.fixture(autouse=True)
def _forget_hidden_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())
    monkeypatch.setattr(redaction, "_secret_pattern", None)


@pytest.mark.parametrize(
    "key",
    "password db_password access_token accessToken app_secret app_secrets api_key x-api-key apikey Authorization "
    "Cookie private_key hmac_key credentials signature otp cvv".split(),
)
@pytest.mark.parametrize("value", ["hunter2", 4711, ["a", "b"], {"inner": "c"}])
def test_a_value_under_a_secrets_name_is_hidden(key: str, value: Any) -> None:
    assert redact({key: value}) == {key: HIDDEN}


@pytest.mark.parametrize("key", ["token_count_ok", "keyboard", "tokens_left", "passed", "compass", "author", "company"])
def test_a_name_that_only_resembles_a_secrets_is_shown(key: str) -> None:
    assert redact({key: "plain"}) == {key: "plain"}


@pytest.mark.parametrize("key", ["phone", "buyer_phone", "to", "wa_id", "recipient_id", "msisdn", "mobile"])
@pytest.mark.parametrize("value", ["+4915123456789", "4915123456789", 4915123456789, "0151-23456789"])
def test_a_phone_shows_three_digits(key: str, value: Any) -> None:
    assert redact({key: value}) == {key: "***789"}


def test_states_under_a_phones_name_are_shown() -> None:
    assert redact({"from": "open", "to": "paid"}) == {"from": "open", "to": "paid"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer EAAGabc123", f"Authorization: {HIDDEN}"),
        ("sent with Bearer EAAGabc123", f"sent with Bearer {HIDDEN}"),
        ("postgresql://paylink:hunter2@db/paylink", f"postgresql://paylink:{HIDDEN}@db/paylink"),
        (
            "GET /hook?hub.verify_token=abc&hub.mode=subscribe",
            f"GET /hook?hub.verify_token={HIDDEN}&hub.mode=subscribe",
        ),
        ("{'password': 'two words', 'user': 'x'}", "{'password': " + HIDDEN + ", 'user': 'x'}"),
        ('{"access_token":"abc","id":1}', '{"access_token":' + HIDDEN + ',"id":1}'),
        ("key whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", f"key {HIDDEN}"),
    ],
)
def test_a_secret_in_a_text_is_hidden(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_a_registered_secret_is_hidden_in_every_form() -> None:
    hide(SecretStr(CANARY))
    encoded = b64encode(CANARY.encode()).decode()
    text = f"a {CANARY} b canary-s3cret%2Fwith%2Bsigns c {encoded}"
    assert redact_text(text).startswith(f"a {HIDDEN} b {HIDDEN} c {HIDDEN}")


def test_each_line_of_a_registered_private_key_is_hidden() -> None:
    hide("-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBg\nkqhkiG9w0BAQEF\n")
    assert redact_text("read kqhkiG9w0BAQEF") == f"read {HIDDEN}"
    assert "MIIE" not in redact_text(repr("-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBg\nkqhkiG9w0BAQEF\n"))


def test_the_longer_of_two_secrets_is_hidden_whole() -> None:
    hide("abcd")
    hide("abcdefgh")
    assert redact_text("abcdefgh") == HIDDEN


def test_an_empty_secret_hides_nothing() -> None:
    hide("")
    assert redact_text("text") == "text"


@dataclass
class _Buyer:
    phone: str
    card: str


def test_the_text_of_an_object_is_masked() -> None:
    assert redact(_Buyer("+4915123456789", "4111 1111 1111 1111")) == f"_Buyer(phone='***789', card='{CARD_MASK}')"


class _Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def test_an_object_without_a_text_is_named_by_its_kind() -> None:
    assert redact({"what": _Unprintable()}) == {"what": "[_Unprintable]"}


def test_figures_times_and_kinds_stay_readable() -> None:
    at = datetime(2026, 11, 24, 5, 15, tzinfo=UTC)
    event = {"n": 7, "s": 0.25, "ok": True, "none": None, "at": at, "d": Decimal("33.90"), "p": Purpose.RECEIPT}
    assert redact(event) == {**event, "at": at.isoformat(), "d": "33.90", "p": "receipt"}
    assert redact({"after": timedelta(seconds=6), "body": b"123", "secret_": SecretStr("abc")}) == {
        "after": "0:00:06",
        "body": "[3 bytes]",
        "secret_": HIDDEN,
    }


def test_a_card_number_is_masked_as_number_and_as_name() -> None:
    assert redact({"x": 4111111111111111, "4111111111111111": 1}) == {"x": CARD_MASK, CARD_MASK: 1}


def test_a_structure_that_contains_itself_ends() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    assert "..." in str(redact(loop))


_LEAVES = st.sampled_from(["4111 1111 1111 1111", "+4915123456789", CANARY, 4111111111111111, "plain"])
_TREES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc1 ", max_size=5), inner), max_leaves=20
)


@given(_TREES)
def test_no_canary_survives_in_any_structure(tree: Any) -> None:
    hide(CANARY)
    shown = str(redact({"tree": tree}))
    assert not any(canary in shown for canary in ("4111", "49151", "234567", "s3cret"))
