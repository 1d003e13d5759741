"""What the gateway makes of Lyra's answers, odd ones included (faults.md 24 to 32)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from connector_core.adapters.psp_lyra import LyraGateway
from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from connector_core.domain.ids import LinkId, OrderId, RequestId
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentKind, PaymentState
from connector_core.domain.request import LinkState, PayLink
from connector_core.ports.gateway import Gateway, RefundAsk
from tests.unit.adapters.psp_lyra.accounts import NOW, PASSWORD, account, ask, transaction
from tests.unit.adapters.psp_lyra.scripted import (
    Reply,
    ScriptedLyra,
    payment_order,
    refusal,
    scripted,
    success,
)

UUID = "017574bda28e4f1d8413b97fc65c8197"


@asynccontextmanager
async def gateway(**replies: Reply | list[Reply]) -> AsyncIterator[tuple[Gateway, ScriptedLyra]]:
    async with scripted(**replies) as lyra:
        made = LyraGateway(account(api_url=lyra.url, total_seconds=2), now=lambda: NOW)
        try:
            yield made, lyra
        finally:
            await made.close()


def link(**changes: Any) -> PayLink:
    fields: dict[str, Any] = {
        "id": LinkId("l"),
        "request_id": RequestId("r"),
        "order_id": OrderId("o"),
        "revision": 1,
        "state": LinkState.OPEN,
        "account": "main",
        "psp_order": "019c-psp-order_1",
        "amount": Money(3390, "EUR"),
        "created_at": NOW,
        "psp_link": "c4402491f1f048509bdbcdc846505f86",
        "mode": "TEST",
        **changes,
    }
    return PayLink(**fields)


async def test_a_link_is_made() -> None:
    async with gateway(Charge_CreatePaymentOrder=success(payment_order())) as (lyra, peer):
        reading = await lyra.create_link(ask())
    assert (reading.state, reading.url, reading.mode) == (LinkState.OPEN, "https://secure.osb.pf/t/3m94qazq", "TEST")
    assert reading.amount == Money(3390, "EUR")
    assert reading.expires_at == NOW + timedelta(days=7)
    assert len(peer.calls) == 1


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    "reply",
    [
        success(payment_order(currency="USD")),
        success(payment_order(amount=33900)),
        success(payment_order(amount=33.9)),
        success(payment_order(amount=None)),
        success(payment_order(paymentURL=None)),
        success(payment_order(paymentURL="javascript:alert(1)")),
        success(payment_order(paymentOrderId=None)),
        success({}),
        (200, {"status": "SUCCESS", "answer": "fine"}),
        (200, {"status": "MAYBE", "answer": {}}),
        (200, []),
        (200, b"<html>maintenance</html>"),
        (200, b'{"status":"SUCC'),
        (404, b"<html>not found</html>"),
        (204, b""),
        (500, b"oops"),
    ],
)
async def test_an_odd_answer_leaves_the_outcome_unknown(reply: Reply) -> None:
    async with gateway(Charge_CreatePaymentOrder=reply) as (lyra, peer):
        with pytest.raises(OutcomeUnknown) as caught:
            await lyra.create_link(ask())
    assert caught.value.sentence.startswith("Lyra account main")
    assert len(peer.calls) == 1, "never a second blind create"


async def test_an_odd_answer_to_a_read_may_be_asked_for_again() -> None:
    async with gateway(Charge_PaymentOrder_Get=(200, b"<html>")) as (lyra, _):
        with pytest.raises(RetryLater):
            await lyra.read_link(link())


@pytest.mark.fault(28)
@pytest.mark.parametrize(
    "reply", [refusal("INT_905"), refusal("INT_905", 401), (401, b"<html>"), (401, b""), (403, b"")]
)
async def test_wrong_credentials_are_known_in_every_form(reply: Reply) -> None:
    async with gateway(Charge_CreatePaymentOrder=reply) as (lyra, _):
        with pytest.raises(AuthenticationError) as caught:
            await lyra.create_link(ask())
    assert PASSWORD not in str(caught.value) + caught.value.detail


async def test_a_401_with_another_code_is_judged_by_its_code() -> None:
    async with gateway(Charge_CreatePaymentOrder=refusal("PSP_100", 401)) as (lyra, _):
        with pytest.raises(ConfigurationError, match="no REST API"):
            await lyra.create_link(ask())


@pytest.mark.fault(68)
async def test_a_key_of_the_other_mode_is_a_setting() -> None:
    async with gateway(Charge_CreatePaymentOrder=success(payment_order(), mode="PRODUCTION")) as (lyra, _):
        with pytest.raises(ConfigurationError, match="PRODUCTION"):
            await lyra.create_link(ask())


async def test_an_old_answer_without_mode_is_taken() -> None:
    async with gateway(Charge_CreatePaymentOrder=success(payment_order(), mode=None)) as (lyra, _):
        assert (await lyra.create_link(ask())).mode == "TEST"


async def test_optional_fields_that_lyra_refuses_are_left_out_one_after_the_other() -> None:
    replies = [refusal("INT_015"), refusal("INT_856"), success(payment_order())]
    async with gateway(Charge_CreatePaymentOrder=replies) as (lyra, peer):
        await lyra.create_link(ask())
    sent = [set(payload) & {"customer", "locale"} for _, payload in peer.calls]
    assert sent == [{"customer", "locale"}, {"locale"}, set()]


async def test_a_refusal_of_what_is_not_there_any_more_ends_the_tries() -> None:
    async with gateway(Charge_CreatePaymentOrder=refusal("INT_015")) as (lyra, peer):
        with pytest.raises(Rejected) as caught:
            await lyra.create_link(ask())
    assert caught.value.code == "INT_015"
    assert len(peer.calls) == 2


@pytest.mark.parametrize(
    ("status", "expires", "state"),
    [
        ("RUNNING", "2026-03-08T12:00:00+00:00", LinkState.OPEN),
        ("PAID", "2026-03-08T12:00:00+00:00", LinkState.PAID),
        ("REFUSED", "2026-03-08T12:00:00+00:00", LinkState.OPEN),
        ("REFUSED", "2026-02-08T12:00:00+00:00", LinkState.EXPIRED),
        ("EXPIRED", "2026-02-08T12:00:00+00:00", LinkState.EXPIRED),
        ("CANCELLED", None, LinkState.CLOSED),
        ("CANCELED", None, LinkState.CLOSED),
        ("SOMETHING_NEW", None, LinkState.OPEN),
    ],
)
async def test_each_status_of_a_payment_order_has_its_state(status: str, expires: str | None, state: LinkState) -> None:
    answer = payment_order(paymentOrderStatus=status, expirationDate=expires)
    async with gateway(Charge_PaymentOrder_Get=success(answer)) as (lyra, _):
        assert (await lyra.read_link(link())).state is state


async def test_a_link_of_the_other_mode_or_without_an_id_is_not_looked_for() -> None:
    async with gateway() as (lyra, peer):
        with pytest.raises(NotFound, match="PRODUCTION"):
            await lyra.read_link(link(mode="PRODUCTION"))
        with pytest.raises(NotFound):
            await lyra.close_link(link(psp_link=""))
    assert peer.calls == []


async def test_an_update_sends_the_documented_fields_only() -> None:
    async with gateway(Charge_PaymentOrder_Update=success(payment_order(amount=5000))) as (lyra, peer):
        assert (await lyra.update_link(link(), ask(Money(5000, "EUR")))).amount == Money(5000, "EUR")
    ((_, payload),) = peer.calls
    assert payload["paymentOrderId"] == link().psp_link
    assert not {"channelOptions", "customer", "metadata", "ipnTargetUrl"} & set(payload)


@pytest.mark.parametrize("code", ["PSP_1005", "PSP_1006", "PSP_1101"])
async def test_an_update_of_a_closed_link_says_closed(code: str) -> None:
    async with gateway(Charge_PaymentOrder_Update=refusal(code)) as (lyra, _):
        with pytest.raises(Rejected) as caught:
            await lyra.update_link(link(), ask())
    assert caught.value.code == "closed"


@pytest.mark.parametrize(
    ("cancel", "status", "state"),
    [
        (success({}), "CANCELLED", LinkState.CLOSED),
        (refusal("PSP_1101"), "CANCELED", LinkState.CLOSED),
        (refusal("PSP_1006"), "EXPIRED", LinkState.EXPIRED),
        (refusal("PSP_1005"), "PAID", LinkState.PAID),
        (refusal("PSP_1005"), "REFUSED", LinkState.FAILED),
    ],
)
async def test_closing_ends_with_what_the_link_is(cancel: Reply, status: str, state: LinkState) -> None:
    answer = success(payment_order(paymentOrderStatus=status))
    async with gateway(Charge_PaymentOrder_Cancel=cancel, Charge_PaymentOrder_Get=answer) as (lyra, _):
        assert (await lyra.close_link(link())).state is state


async def test_a_lost_answer_to_a_cancel_may_be_asked_for_again() -> None:
    async with gateway(Charge_PaymentOrder_Cancel=(502, b"")) as (lyra, _):
        with pytest.raises(RetryLater):
            await lyra.close_link(link())


async def test_nobody_has_tried_to_pay_yet() -> None:
    async with gateway(Order_Get=refusal("PSP_010")) as (lyra, _):
        assert await lyra.payments(link()) == ()


async def test_all_payments_of_the_order_are_read() -> None:
    several = [transaction(detailedStatus="REFUSED", uuid="a" * 32), transaction()]
    async with gateway(Order_Get=success({"orderId": "x", "transactions": several})) as (lyra, peer):
        facts = await lyra.payments(link())
    assert {fact.state for fact in facts} == {PaymentState.FAILED, PaymentState.DONE}
    assert {fact.psp_link for fact in facts} == {link().psp_link}
    assert peer.calls == [("Order/Get", {"orderId": "019c-psp-order_1"})]


async def test_an_unreadable_payment_is_asked_for_again_and_not_lost() -> None:
    async with gateway(Order_Get=success({"transactions": [transaction(amount="1")]})) as (lyra, _):
        with pytest.raises(RetryLater):
            await lyra.payments(link())


async def refund(minor: int, reply: Reply) -> tuple[Any, dict[str, Any]]:
    replies = {"Transaction_Get": success(transaction()), "Transaction_CancelOrRefund": reply}
    async with gateway(**replies) as (lyra, peer):
        fact = await lyra.refund(RefundAsk(UUID, Money(minor, "EUR"), "sent back"))
    return fact, peer.calls[-1][1]


async def test_the_whole_is_cancelled_or_refunded() -> None:
    fact, payload = await refund(990, success(transaction(detailedStatus="CANCELLED")))
    assert (fact.kind, fact.state, fact.psp_ref) == (PaymentKind.REFUND, PaymentState.DONE, UUID)
    assert payload["resolutionMode"] == "AUTO"
    fact, _ = await refund(990, success(transaction(uuid="b" * 32, operationType="CREDIT")))
    assert (fact.kind, fact.psp_ref) == (PaymentKind.REFUND, "b" * 32)


async def test_the_payment_is_read_before_money_is_given_back() -> None:
    replies = {"Transaction_Get": success(transaction()), "Transaction_CancelOrRefund": refusal("PSP_076")}
    async with gateway(**replies) as (lyra, peer):
        with pytest.raises(Rejected):
            await lyra.refund(RefundAsk(UUID, Money(90, "EUR")))
    assert peer.calls[0] == ("Transaction/Get", {"uuid": UUID})
    assert "comment" not in peer.calls[1][1]


async def test_a_payment_that_could_not_be_read_leaves_nothing_unknown() -> None:
    async with gateway(Transaction_Get=(504, b"")) as (lyra, peer):
        with pytest.raises(RetryLater):
            await lyra.refund(RefundAsk(UUID, Money(90, "EUR")))
    assert {operation for operation, _ in peer.calls} == {"Transaction/Get"}


@pytest.mark.parametrize("status", ["CANCELLED", "CANCELED"])
async def test_cancelled_is_given_back_whatever_was_authorised(status: str) -> None:
    fact, _ = await refund(990, success(transaction(detailedStatus=status, errorCode="ACQ_001")))
    assert (fact.kind, fact.state, fact.psp_ref, fact.error) == (PaymentKind.REFUND, PaymentState.DONE, UUID, "")


async def test_a_refund_that_the_bank_has_not_made_yet_is_pending() -> None:
    pending = transaction(uuid="b" * 32, operationType="CREDIT", detailedStatus="WAITING_AUTHORISATION")
    fact, _ = await refund(990, success(pending))
    assert (fact.kind, fact.state) == (PaymentKind.REFUND, PaymentState.PENDING)


async def test_a_part_is_only_refunded() -> None:
    fact, payload = await refund(90, success(transaction(uuid="b" * 32, operationType="CREDIT", amount=90)))
    assert fact.amount == Money(90, "EUR")
    assert payload == {
        "uuid": UUID,
        "amount": 90,
        "currency": "EUR",
        "resolutionMode": "REFUND_ONLY",
        "comment": "sent back",
    }


async def test_a_part_before_the_capture_is_refused_with_its_cure() -> None:
    with pytest.raises(Rejected, match="capture"):
        await refund(90, refusal("PSP_076"))


@pytest.mark.parametrize(
    "reply",
    [
        success(transaction()),
        success(transaction(uuid="b" * 32)),
        success(transaction(uuid="b" * 32, operationType="CREDIT", amount=1)),
        success(transaction(uuid="b" * 32, operationType="CREDIT", currency="USD")),
        success(transaction(uuid="b" * 32, operationType="CREDIT", amount="990")),
        success({}),
        refusal("PSP_513"),
        refusal("PSP_113"),
        (504, b""),
    ],
)
async def test_an_odd_answer_to_a_refund_is_never_taken_for_one(reply: Reply) -> None:
    with pytest.raises(OutcomeUnknown):
        await refund(990, reply)


async def test_a_refund_in_another_currency_is_refused_before_the_call() -> None:
    async with gateway(Transaction_Get=success(transaction())) as (lyra, peer):
        with pytest.raises(Rejected, match="EUR"):
            await lyra.refund(RefundAsk(UUID, Money(990, "USD")))
    assert [operation for operation, _ in peer.calls] == ["Transaction/Get"]


async def test_a_sound_account_passes_its_check() -> None:
    replies = {"Charge_SDKTest": success({"value": "paylink"}), "Charge_PaymentOrder_Get": refusal("PSP_1000")}
    async with gateway(**replies) as (lyra, _):
        probes = await lyra.check()
    assert [probe.ok for probe in probes] == [True, True, False]
    assert "ipn_url" in probes[-1].cure


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (refusal("INT_905"), "password"),
        (success({"value": "paylink"}, mode="PRODUCTION"), "mode"),
        (refusal("PSP_100"), "REST API"),
        (success({"value": "other"}), "brand"),
        ((503, b""), "again"),
    ],
)
async def test_a_failing_check_says_what_to_do(reply: Reply, word: str) -> None:
    async with gateway(Charge_SDKTest=reply) as (lyra, _):
        first, *_ = await lyra.check()
    assert not first.ok
    assert word in first.cure


async def test_a_shop_without_payment_orders_is_found_by_the_check() -> None:
    replies = {"Charge_SDKTest": success({"value": "paylink"}), "Charge_PaymentOrder_Get": refusal("PSP_500")}
    async with gateway(**replies) as (lyra, _):
        assert not (await lyra.check())[1].ok


async def test_every_error_has_a_sentence_for_people() -> None:
    async with gateway(Charge_CreatePaymentOrder=refusal("PSP_4711")) as (lyra, _):
        with pytest.raises(ConnectorError) as caught:
            await lyra.create_link(ask())
    assert caught.value.sentence.endswith(".")
    assert "d" * 32 in caught.value.detail
