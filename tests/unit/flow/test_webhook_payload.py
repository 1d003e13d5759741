"""What is told of an event is picked field by field: nothing of a person is ever among it."""

from datetime import UTC, datetime

import orjson

from connector_core.domain.event import Event, EventType
from connector_core.domain.ids import ConnectionId, EventId, OrderId, OrderRef, RequestId, ShopId
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.phone import E164
from connector_core.domain.request import PaymentRequest, RequestState, Terms
from connector_core.flow.webhook_payload import payload

NOW = datetime(2026, 11, 26, 1, 2, 3, tzinfo=UTC)
ORDER = Order(OrderId("o"), ConnectionId("woo"), OrderRef("77"), ShopId("main"), "1009", NOW)
TERMS = Terms(
    Money(4990, "EUR"), "R", E164("+4915112345678"), "de", "Anna Muster", "anna@x.example", "4970100000000055"
)
REQUEST = PaymentRequest(
    RequestId("r"), OrderId("o"), ShopId("main"), RequestState.OPEN, 1, TERMS, "m@1", NOW, NOW, captured=1000
)


def event(kind: EventType = EventType.MESSAGE_STATUS, **data: object) -> Event:
    return Event(EventId("e"), kind, NOW, "anna@shop.example", OrderId("o"), cause="said +4915112345678", data=data)


def test_ids_states_and_amounts() -> None:
    told = orjson.loads(
        payload(event(EventType.PAYMENT_CAPTURED, amount=1000, currency="EUR", psp_ref="p"), ORDER, REQUEST)
    )
    assert told == {
        "type": "payment.captured.v1",
        "timestamp": "2026-11-26T01:02:03Z",
        "data": {
            "order_id": "o",
            "reference": "1009",
            "connection": "woo",
            "shop": "main",
            "amount": "10.00",
            "currency": "EUR",
            "state": "open",
            "money": "partly_paid",
            "psp_reference": "p",
        },
    }


def test_without_an_amount_of_its_own_it_is_what_is_asked_for() -> None:
    told = orjson.loads(payload(event(purpose="paylink", delivery="read", channel="whatsapp"), ORDER, REQUEST))["data"]
    assert (told["amount"], told["purpose"], told["delivery"], told["channel"]) == (
        "49.90", "paylink", "read", "whatsapp",
    )  # fmt: skip


def test_nothing_of_a_person_is_told_whatever_the_log_holds() -> None:
    told = payload(
        event(phone="+4915112345678", name="Anna", text="Hallo", error="card 4970100000000055"), ORDER, REQUEST
    )
    assert not any(private in told for private in ("+49", "Anna", "anna", "Hallo", "4970"))


def test_an_order_without_a_request_has_no_amount() -> None:
    told = orjson.loads(payload(event(), ORDER, None))["data"]
    assert (told["amount"], told["currency"], told["state"]) == (None, None, "")
