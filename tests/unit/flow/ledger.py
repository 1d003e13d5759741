"""An order that asks for 33.90 EUR over one open PayLink, and what the PSP and the messenger report of it."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from connector_core.domain.ids import ConnectionId, LinkId, MessageId, OrderId, OrderRef, RequestId, ShopId, StepId
from connector_core.domain.message import Delivery, Message, MessageStatus, Purpose
from connector_core.domain.money import Money
from connector_core.domain.order import Order
from connector_core.domain.payment import PaymentFact, PaymentKind, PaymentState
from connector_core.domain.phone import E164
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState, Terms
from connector_core.domain.shop import Shop
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.stage import Ports

NOW = datetime(2026, 11, 23, 9, 9, 44, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
ORDER = Order(OrderId("o1"), ConnectionId("woo-main"), OrderRef("15"), ShopId("tea"), "15", EARLIER)
EUR = Money(3390, "EUR")
REQUEST = PaymentRequest(
    RequestId("r1"), ORDER.id, ORDER.shop, RequestState.OPEN, 1,
    Terms(EUR, "15", E164("+4915123456789"), "de"), "woocommerce.order@1", EARLIER, EARLIER,
)  # fmt: skip


class Clock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """No time passes."""


async def _nobody(_phone: E164) -> bool:
    return False


PORTS = Ports(
    Clock(), cast(Any, None), {ORDER.shop: Shop(ORDER.shop, "Tea", "lyra", ("whatsapp", "sms"))}, {}, {}, {}, _nobody
)


def link(name: str = "a", state: LinkState = LinkState.OPEN) -> PayLink:
    return PayLink(LinkId(name), REQUEST.id, ORDER.id, 1, state, "lyra", f"P-{name}", EUR, EARLIER, f"psp-{name}")


def message(name: str = "m1", delivery: Delivery = Delivery.ACCEPTED, **rest: Any) -> Message:
    values: dict[str, Any] = {"purpose": Purpose.PAYLINK, "channel": "whatsapp", "provider_id": f"wamid-{name}", **rest}
    return Message(
        MessageId(name), ORDER.id, REQUEST.id, to=REQUEST.terms.phone, language="de", revision=1, delivery=delivery,
        created_at=EARLIER, **values,
    )  # fmt: skip


def order(*links: PayLink, request: PaymentRequest | None = REQUEST, messages: tuple[Message, ...] = ()) -> OrderState:
    return OrderState(ORDER, request, links or (link(),), messages)


def fact(
    ref: str = "t1",
    state: PaymentState = PaymentState.DONE,
    kind: PaymentKind = PaymentKind.CAPTURE,
    amount: Money = EUR,
    **rest: Any,
) -> PaymentFact:
    return PaymentFact("lyra", ref, kind, state, amount, EARLIER, **{"psp_order": "P-a", "method": "VISA", **rest})


def status(delivery: Delivery, provider_id: str = "wamid-m1", **rest: Any) -> MessageStatus:
    return MessageStatus(provider_id, delivery, NOW, **rest)


def step(kind: StepKind, **payload: Any) -> Step:
    return Step(StepId("s1"), ORDER.id, kind, NOW, NOW, payload)
