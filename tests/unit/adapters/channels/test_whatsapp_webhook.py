"""Faults 37, 45, 50, 52: only what WhatsApp signed is read, and nothing that a buyer wrote is kept."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connector_core.adapters.channels.whatsapp import WhatsAppChannel
from connector_core.domain.errors import InvalidInput, SignatureInvalid
from connector_core.domain.message import Delivery, InboundMessage, MessageStatus
from tests.unit.adapters.channels.accounts import account, signed

AT = datetime(2026, 11, 24, 5, 15, tzinfo=UTC)
UNIX = str(int(AT.timestamp()))


def webhook(**value: Any) -> bytes:
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", **value}}
    return orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})


def status(**changes: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "status": "sent", "timestamp": UNIX, "recipient_id": "4915123456789", **changes}


def inbound(**changes: Any) -> dict[str, Any]:
    return {"id": "wamid.2", "from": "4915123456789", "timestamp": UNIX, "type": "text", **changes}


def read(body: bytes, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    return WhatsAppChannel(account(**changes)).read_webhook(headers or signed(body), body)


def statuses(*items: Any) -> Any:
    return read(webhook(statuses=list(items)))[0]


def messages(*items: Any, **value: Any) -> Any:
    return read(webhook(messages=list(items), **value))[1]


@pytest.mark.parametrize(
    ("word", "delivery"),
    [("sent", Delivery.SENT), ("delivered", Delivery.DELIVERED), ("read", Delivery.READ), ("played", Delivery.READ)],
)
def test_a_status_carries_our_attempt_id(word: str, delivery: Delivery) -> None:
    (found,) = statuses(status(status=word, biz_opaque_callback_data="attempt"))
    assert found == MessageStatus("wamid.1", delivery, AT, attempt_id="attempt")


def test_a_failed_status_says_why_in_plain_words() -> None:
    first = {"code": 131026, "title": "t", "error_data": {"details": "not for +49 151 23456789"}}
    errors = [first, {"code": 131000, "title": "what came of it"}]
    (found,) = statuses(status(status="failed", errors=errors))
    assert found.delivery is Delivery.FAILED
    assert found.error_code == "131026"
    assert found.error == "WhatsApp: the message cannot be delivered to this number. not for ***789"


def test_statuses_without_opaque_data_or_recipient_are_read() -> None:
    (found,) = statuses({"id": "wamid.1", "status": "read", "timestamp": int(UNIX), "biz_opaque_callback_data": None})
    assert found == MessageStatus("wamid.1", Delivery.READ, AT)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        "text",
        7,
        None,
        status(status="new_kind"),
        status(timestamp="soon"),
        status(id=None),
        status(timestamp="9" * 30),
        status(timestamp="-1"),
    ],
)
def test_an_odd_status_does_not_cost_the_others(odd: Any) -> None:
    assert len(statuses(odd, status())) == 1


@pytest.mark.parametrize(("timestamp", "read_"), [("-1", 0), ("0", 1), ("32503679999", 1), ("32503680000", 0)])
def test_a_moment_lies_between_1970_and_the_year_3000(timestamp: str, read_: int) -> None:
    assert len(statuses(status(timestamp=timestamp))) == read_


def test_a_batch_over_several_entries_and_changes_is_read_whole() -> None:
    one = orjson.loads(webhook(statuses=[status(), status(status="read")]))
    one["entry"].append(orjson.loads(webhook(statuses=[status()], messages=[inbound()]))["entry"][0])
    found_statuses, found_messages = read(orjson.dumps(one))
    assert (len(found_statuses), len(found_messages)) == (3, 1)


def test_other_fields_of_the_subscription_are_no_messages() -> None:
    document = orjson.loads(webhook(statuses=[status()]))
    document["entry"][0]["changes"][0]["field"] = "message_template_status_update"
    assert read(orjson.dumps(document)) == ((), ())


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "said",
    [
        {"text": {"body": "Stopp!"}},
        {"type": "button", "button": {"payload": "STOP", "text": "Nachrichten beenden"}},
        {"type": "button", "button": {"payload": "x", "text": "Stop"}},
        {
            "type": "interactive",
            "interactive": {"type": "button_reply", "button_reply": {"id": "stop", "title": "No more"}},
        },
        {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": "x", "title": "Stop"}}},
    ],
)
def test_fault_52_stop_is_recognised_however_it_is_said(said: dict[str, Any]) -> None:
    assert messages(inbound(**said)) == (InboundMessage("wamid.2", "+4915123456789", AT, "stop"),)


@pytest.mark.fault(52)
def test_fault_52_a_card_number_that_a_buyer_types_is_not_kept() -> None:
    found = messages(inbound(text={"body": "Meine Karte: 4111 1111 1111 1111 12/27"}))
    assert found == (InboundMessage("wamid.2", "+4915123456789", AT, ""),)


def test_a_buyer_who_hides_the_number_is_known_by_the_user_id() -> None:
    message = inbound(text={"body": "stop"})
    del message["from"]
    by_contact = messages(message, contacts=[{"profile": {"name": "B"}, "user_id": "DE.1349abc"}])
    by_message = messages({**message, "from_user_id": "DE.1349abc"})
    for (found,) in (by_contact, by_message):
        assert (found.sender, found.keyword) == ("DE.1349abc", "stop")


@pytest.mark.parametrize(
    "item", [inbound(type="system"), {"id": "wamid.3", "timestamp": UNIX}, inbound(timestamp=None)]
)
def test_what_no_buyer_wrote_is_left_out(item: dict[str, Any]) -> None:
    assert messages(item) == ()


@pytest.mark.fault(67)
def test_both_app_secrets_are_valid_while_one_is_replaced() -> None:
    body = webhook(statuses=[status()])
    secrets = (SecretStr("new"), SecretStr("old"))
    for secret in ("new", "old"):
        assert read(body, signed(body, secret), app_secrets=secrets)[0]


@pytest.mark.fault(37)
@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha1=" + "0" * 40,
        "nonsense",
        "sha256=ü",
        "sha256=\ud800",
        "sha512={0}",
        "{0}",
        "sha256={0}0",
    ],
)
def test_fault_37_what_is_not_signed_is_not_read(header: str) -> None:
    body = webhook(statuses=[status()])
    right = signed(body)["x-hub-signature-256"].removeprefix("sha256=")
    with pytest.raises(SignatureInvalid):
        read(body, {"x-hub-signature-256": header.format(right)})


@pytest.mark.fault(37)
def test_fault_37_the_signature_covers_the_raw_bytes() -> None:
    body = webhook(statuses=[status()])
    with pytest.raises(SignatureInvalid):
        read(body + b" ", signed(body))
    with pytest.raises(SignatureInvalid):
        read(body, {"x-other": "1"})


@pytest.mark.fault(45)
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"object":"page"}', b"[" * 100_000])
def test_fault_45_a_signed_body_that_is_no_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(body)
    assert caught.value.status == 400


def test_the_largest_body_that_meta_sends_is_read() -> None:
    assert len(read(webhook(statuses=[status()]).ljust(3 * 1024 * 1024))[0]) == 1


@pytest.mark.fault(45)
def test_fault_45_a_huge_body_is_refused_before_it_is_read() -> None:
    body = b" " * (3 * 1024 * 1024 + 1)
    with pytest.raises(InvalidInput) as caught:
        read(body)
    assert caught.value.status == 413


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("id status timestamp errors code from text body type button contacts".split()), inner
        )
    ),
    max_leaves=12,
)


@given(_JSON, _JSON, _JSON)
def test_no_signed_json_can_break_the_reader(some_statuses: Any, some_messages: Any, contacts: Any) -> None:
    for found in read(webhook(statuses=some_statuses, messages=some_messages, contacts=contacts)):
        assert isinstance(found, tuple)
    read(webhook(statuses=[some_statuses], messages=[some_messages]))


def test_the_handshake_answers_the_challenge_to_who_knows_the_token() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-token-of-the-tests", "hub.challenge": "1158201444"}
    channel = WhatsAppChannel(account())
    assert channel.handshake(query) == "1158201444"
    for wrong in ({"hub.verify_token": "x"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        with pytest.raises(SignatureInvalid):
            channel.handshake({**query, **wrong})
    with pytest.raises(SignatureInvalid):
        channel.handshake({})
