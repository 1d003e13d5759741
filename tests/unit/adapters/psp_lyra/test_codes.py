"""Each of Lyra's codes tells the runner what to do (reference/lyra.md 1.5)."""

import pytest

from connector_core.adapters.psp_lyra.client import LyraClient
from connector_core.adapters.psp_lyra.codes import OPTIONAL, meaning_of
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RetryLater,
)
from tests.unit.adapters.psp_lyra.accounts import account


def error(code: str, operation: str = "Charge/CreatePaymentOrder") -> ConnectorError:
    words = {"errorMessage": "words of Lyra", "detailedErrorMessage": "name=customer.email, value=jane@example.com"}
    return LyraClient(account()).refusal(operation, {"errorCode": code, **words}, "a" * 32)


@pytest.mark.fault(27)
@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ("INT_905", AuthenticationError),
        ("PSP_100 PSP_109 PSP_500 PSP_1051 INT_901 INT_926", ConfigurationError),
        ("PSP_513 PSP_525 PSP_999 PSP_9999 ACQ_999 AUTH_999", RetryLater),
        ("PSP_099 PSP_106", RateLimited),
        ("PSP_1000 PSP_1010 PSP_1011 PSP_010", NotFound),
        ("INT_009 INT_010 INT_015 PSP_020 PSP_606 PSP_1999 PSP_1005 INT_777 PSP_7777 ACQ_001 CLIENT_1", Rejected),
        ("PSP_113 WHAT_1", OutcomeUnknown),
    ],
)
def test_each_code_has_its_error(codes: str, kind: type[ConnectorError]) -> None:
    for code in codes.split():
        assert isinstance(error(code), kind), code
        assert isinstance(error(code), RateLimited) == (kind is RateLimited), code


def test_an_error_without_a_code_is_an_unknown_outcome() -> None:
    assert type(error("")) is OutcomeUnknown


@pytest.mark.parametrize("code", ["PSP_1005", "PSP_1006", "PSP_1101"])
def test_a_closed_order_has_one_name(code: str) -> None:
    closed = error(code)
    assert isinstance(closed, Rejected)
    assert closed.code == "closed"


def test_a_refund_is_never_repeated_blindly() -> None:
    assert type(error("PSP_513")) is RetryLater
    assert type(error("PSP_513", "Transaction/CancelOrRefund")) is OutcomeUnknown


def test_an_error_names_account_and_ticket_and_hides_the_person() -> None:
    refused = error("INT_015")
    assert refused.sentence == "Lyra account main finds a field of the buyer invalid (INT_015)."
    assert refused.cure
    assert "customer.email" in refused.detail
    assert "a" * 32 in refused.detail
    assert "jane" not in refused.detail
    assert "example.com" not in refused.detail


def test_every_field_that_may_be_left_out_belongs_to_a_code_that_is_refused() -> None:
    assert OPTIONAL["INT_015"] == ("customer",)
    assert "INT_091" not in OPTIONAL
    for code in OPTIONAL:
        assert isinstance(error(code), Rejected), code


def test_sentences_end_and_begin_as_sentences_do() -> None:
    for code in ("INT_905", "PSP_1000", "PSP_513", "INT_015", "ACQ_001", "X"):
        plain = meaning_of(code).plain
        assert plain.endswith(".")
        assert plain[0].islower()
