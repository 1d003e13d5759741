"""Every code of the sheet leads to the next step that its class asks for (reference/messaging.md A6)."""

from datetime import timedelta

import pytest

from connector_core.adapters.channels.whatsapp_errors import GraphError, graph_error, sentence_of
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    RateLimited,
    Rejected,
    RetryLater,
    Unreachable,
)

CLASSES: dict[type[ConnectorError], tuple[int, ...]] = {
    AuthenticationError: (0, 190, 3, 10, 200, 299, 131005),
    RetryLater: (1, 2, 131000, 131016, 131052, 131053, 131057, 133004, 135000),
    RateLimited: (4, 80007, 130429, 131048, 131056),
    ConfigurationError: (
        33, 368, 131031, 131037, 131042, 131044, 131045, 131063, 131064, 132000, 132001, 132007, 132012, 132015, 132016,
        133010, 133016, 139200,
    ),
    Unreachable: (130472, 130497, 131021, 131026, 131030, 131047, 131049, 131050, 131062, 137000),
    Rejected: (100, 131008, 131009, 131051, 132005, 132008, 132018, 999999),
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), [(code, kind) for kind, codes in CLASSES.items() for code in codes])
def test_a_code_leads_to_its_step(code: int, kind: type[ConnectorError]) -> None:
    error = GraphError(code, "Meta's words").as_error()
    assert type(error) is kind
    assert error.sentence.startswith("WhatsApp: ")
    assert error.detail == f"code {code}: Meta's words"
    if isinstance(error, Rejected):
        assert error.code == str(code)


@pytest.mark.parametrize("code", [*CLASSES[ConfigurationError], *CLASSES[AuthenticationError]])
def test_who_is_paused_is_told_the_way_out(code: int) -> None:
    assert GraphError(code).as_error().cure


@pytest.mark.parametrize(("code", "seconds"), [(131056, 6), (130429, 5), (4, 300), (131048, 14400)])
def test_fault_48_a_limit_is_waited_out_as_long_as_its_kind_needs(code: int, seconds: int) -> None:
    error = GraphError(code).as_error()
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(seconds=seconds)


def test_a_pause_that_the_peer_names_is_kept() -> None:
    error = GraphError(130429).as_error(timedelta(seconds=77))
    assert isinstance(error, RateLimited)
    assert error.after == timedelta(seconds=77)


def test_an_unknown_code_that_meta_calls_transient_is_tried_again() -> None:
    assert type(GraphError(987654, transient=True).as_error()) is RetryLater


@pytest.mark.parametrize(
    ("document", "details"),
    [
        ({"error": {"code": 100, "error_data": {"details": "object"}}}, "object"),
        ({"error": {"code": 100, "error_data": "plain text"}}, "plain text"),
        ({"error": {"code": 100, "message": "message"}}, "message"),
        ({"error": {"code": 100, "message": "to +49 151 23456789"}}, "to ***789"),
        ({"error": {"code": 100, "message": "x" * 1000}}, "x" * 300),
    ],
)
def test_error_data_may_be_object_or_text_and_is_masked(document: object, details: str) -> None:
    assert graph_error(document) == GraphError(100, details)


@pytest.mark.parametrize("document", [None, [], "error", {}, {"error": "text"}, {"messages": []}])
def test_what_holds_no_error_is_none(document: object) -> None:
    assert graph_error(document) is None


@pytest.mark.parametrize("code", ["190", None, True, 1.5])
def test_a_code_of_another_kind_is_an_unknown_code(code: object) -> None:
    error = graph_error({"error": {"code": code}})
    assert error is not None
    assert type(error.as_error()) is Rejected


def test_a_code_can_be_explained_without_an_answer() -> None:
    assert sentence_of(131026) == "WhatsApp: the message cannot be delivered to this number."
