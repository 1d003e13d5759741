"""The metrics that operators build alerts on keep their names, and no label can hold an id."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connector_core.adapters.observability.metrics import OTHER, Metrics, label


def every_metric() -> Metrics:
    metrics = Metrics()
    metrics.request("main", "woo-main", "created")
    metrics.step("create_link", 0.02)
    metrics.psp_call("lyra-main", "create_link", "ok")
    metrics.message("whatsapp", "accepted")
    metrics.ipn("lyra-main", "applied")
    metrics.outbox(3, 1.5)
    metrics.parked({"map_order": 2})
    metrics.unallocated(1)
    metrics.writebacks_due({"woo-main": 60.0})
    metrics.consumer_heartbeat_age(0.5)
    metrics.clock_skew(-0.25)
    return metrics


def test_every_metric_of_the_conventions_is_there() -> None:
    body, content_type = every_metric().render()
    assert content_type.startswith("text/plain")
    lines = body.decode().splitlines()
    for expected in (
        'paylink_requests_total{result="created",shop="main",source="woo-main"} 1.0',
        'paylink_request_step_seconds_count{step="create_link"} 1.0',
        'paylink_request_step_seconds_bucket{le="0.025",step="create_link"} 1.0',
        "paylink_outbox_oldest_age_seconds 1.5",
        "paylink_outbox_rows 3.0",
        'paylink_parked_items{step="map_order"} 2.0',
        'paylink_psp_calls_total{op="create_link",outcome="ok",psp="lyra-main"} 1.0',
        'paylink_messages_total{channel="whatsapp",state="accepted"} 1.0',
        'paylink_ipn_total{psp="lyra-main",result="applied"} 1.0',
        'paylink_writeback_oldest_due_seconds{connection="woo-main"} 60.0',
        "paylink_unallocated_payments 1.0",
        "paylink_consumer_heartbeat_age_seconds 0.5",
        "paylink_clock_skew_seconds -0.25",
    ):
        assert expected in lines


def test_the_output_can_be_parsed_and_all_of_ours_has_the_prefix() -> None:
    families = list(text_string_to_metric_families(every_metric().render()[0].decode()))
    assert all(re.match(r"paylink_|process_", family.name) for family in families)


def test_a_cause_that_is_gone_is_shown_no_more() -> None:
    metrics = every_metric()
    metrics.parked({"write_back": 1})
    body = metrics.render()[0].decode()
    assert 'step="write_back"' in body
    assert 'paylink_parked_items{step="map_order"}' not in body


@pytest.mark.parametrize(
    "text",
    [
        "01920c29-eb40-7b2e-bbbb-bcd784546103",
        "+4915123456789",
        "order-20261124",
        "The template is missing.",
        "",
        "4711",
        "x" * 65,
        'a"b',
    ],
)
def test_what_is_no_configured_name_becomes_one_series(text: str) -> None:
    assert label(text) == OTHER


@pytest.mark.parametrize("text", ["main", "woo-main", "paylink.orders", "create_link", "shop2", "MappingError"])
def test_configured_names_are_labels(text: str) -> None:
    assert label(text) == text


def test_two_daemons_in_one_process_do_not_share_figures() -> None:
    one, other = Metrics(), Metrics()
    one.unallocated(5)
    assert b"paylink_unallocated_payments 0.0" in other.render()[0]
