"""The whole life of a PayLink against a Lyra that speaks the real protocol, faults included (faults.md 24 to 44)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from connector_core.adapters.psp_lyra import LyraAccount, LyraGateway
from connector_core.domain.errors import (
    AuthenticationError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RetryLater,
)
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentKind, PaymentState
from connector_core.domain.request import LinkState, PayLink
from connector_core.ports.gateway import RefundAsk
from tests.integration.lyra.conftest import ACCEPTED, REFUSED, SHOP, Lyra, ask, link_of

CREATE = "Charge/CreatePaymentOrder"


async def made(lyra: Lyra) -> PayLink:
    wish = ask()
    return link_of(wish, await lyra.gateway.create_link(wish))


async def paid(lyra: Lyra, card: str = ACCEPTED) -> PayLink:
    link = await made(lyra)
    await lyra.pay(link.url, card)
    await lyra.door.until(lambda door: bool(door.facts))
    return link


async def test_a_link_is_made_read_changed_and_closed(lyra: Lyra) -> None:
    wish = ask()
    link = link_of(wish, await lyra.gateway.create_link(wish))
    assert (link.state, link.mode, link.amount) == (LinkState.OPEN, "TEST", Money(3390, "EUR"))
    assert link.expires_at is not None
    assert abs((link.expires_at - wish.valid_until).total_seconds()) < 2
    assert (await lyra.gateway.read_link(link)).url == link.url

    changed = replace(wish, terms=replace(wish.terms, amount=Money(5000, "EUR")))
    reading = await lyra.gateway.update_link(link, changed)
    assert (reading.amount, reading.url) == (Money(5000, "EUR"), link.url)

    assert (await lyra.gateway.close_link(link)).state is LinkState.CLOSED
    assert (await lyra.gateway.close_link(link)).state is LinkState.CLOSED, "closing is idempotent"
    with pytest.raises(Rejected) as caught:
        await lyra.gateway.update_link(link, changed)
    assert caught.value.code == "closed"
    (order,) = (await lyra.ledger())["orders"]
    assert (order["orderId"], order["metadata"], order["locale"]) == (wish.psp_order, {"request": "r-1"}, "de_DE")


async def test_a_payment_is_notified_and_read_as_the_same_fact(lyra: Lyra) -> None:
    link = await paid(lyra)
    (told,) = lyra.door.facts
    (read,) = await lyra.gateway.payments(link)
    assert (told.kind, told.state, told.amount) == (PaymentKind.CAPTURE, PaymentState.DONE, Money(3390, "EUR"))
    assert told.psp_order == link.psp_order
    assert (told.psp_ref, told.kind, told.state, told.at) == (read.psp_ref, read.kind, read.state, read.at)
    assert (await lyra.gateway.read_link(link)).state is LinkState.PAID
    assert (await lyra.gateway.close_link(link)).state is LinkState.PAID
    assert "4970" not in repr((told, read))


async def test_a_refused_card_is_a_failed_attempt_on_a_link_that_stays_open(lyra: Lyra) -> None:
    link = await paid(lyra, REFUSED)
    (fact,) = lyra.door.facts
    assert (fact.kind, fact.state) == (PaymentKind.CAPTURE, PaymentState.FAILED)
    assert fact.error.startswith("ACQ_001 51")
    assert (await lyra.gateway.read_link(link)).state is LinkState.OPEN
    assert (await lyra.gateway.close_link(link)).state is LinkState.FAILED


async def test_a_second_try_after_a_refusal_pays(lyra: Lyra) -> None:
    link = await paid(lyra, REFUSED)
    await lyra.pay(link.url)
    await lyra.door.until(lambda door: len(door.facts) == 2)
    assert [fact.state for fact in await lyra.gateway.payments(link)] == [PaymentState.FAILED, PaymentState.DONE]


async def test_before_anybody_pays_there_is_nothing(lyra: Lyra) -> None:
    assert await lyra.gateway.payments(await made(lyra)) == ()


@pytest.mark.fault(36)
async def test_an_expired_link_is_found_by_reading(lyra: Lyra) -> None:
    link = await made(lyra)
    await lyra.do("expire", paymentOrderId=link.psp_link)
    assert (await lyra.gateway.read_link(link)).state is LinkState.EXPIRED
    assert (await lyra.gateway.close_link(link)).state is LinkState.EXPIRED


async def test_money_goes_back_before_the_capture_under_the_same_uuid(lyra: Lyra) -> None:
    link = await paid(lyra)
    (capture,) = lyra.door.facts
    with pytest.raises(Rejected):
        await lyra.gateway.refund(RefundAsk(capture.psp_ref, Money(1000, "EUR")))
    fact = await lyra.gateway.refund(RefundAsk(capture.psp_ref, capture.amount, "sent back"))
    assert (fact.kind, fact.state, fact.psp_ref) == (PaymentKind.REFUND, PaymentState.DONE, capture.psp_ref)
    known = {(one.psp_ref, one.kind, one.state) for one in await lyra.gateway.payments(link)}
    assert known == {
        (capture.psp_ref, PaymentKind.CAPTURE, PaymentState.DONE),
        (capture.psp_ref, PaymentKind.REFUND, PaymentState.DONE),
    }
    await lyra.door.until(lambda door: any(one.kind is PaymentKind.REFUND for one in door.facts))


async def test_money_goes_back_in_parts_after_the_capture(lyra: Lyra) -> None:
    link = await paid(lyra)
    (capture,) = lyra.door.facts
    await lyra.do("capture", uuid=capture.psp_ref)
    first = await lyra.gateway.refund(RefundAsk(capture.psp_ref, Money(1000, "EUR")))
    second = await lyra.gateway.refund(RefundAsk(capture.psp_ref, Money(2390, "EUR")))
    assert (first.state, first.kind) == (PaymentState.DONE, PaymentKind.REFUND)
    assert len({capture.psp_ref, first.psp_ref, second.psp_ref}) == 3
    with pytest.raises(Rejected):
        await lyra.gateway.refund(RefundAsk(capture.psp_ref, Money(1, "EUR")))
    refunds = [one for one in await lyra.gateway.payments(link) if one.kind is PaymentKind.REFUND]
    assert sum(one.amount.minor for one in refunds) == 3390


@pytest.mark.fault(59)
async def test_a_refund_whose_answer_is_lost_is_not_done_twice(lyra: Lyra) -> None:
    link = await paid(lyra)
    (capture,) = lyra.door.facts
    await lyra.do("capture", uuid=capture.psp_ref)
    await lyra.fault("Transaction/CancelOrRefund", "do_then_cut")
    with pytest.raises(OutcomeUnknown):
        await lyra.gateway.refund(RefundAsk(capture.psp_ref, capture.amount))
    refunds = [one for one in await lyra.gateway.payments(link) if one.kind is PaymentKind.REFUND]
    assert [one.amount for one in refunds] == [capture.amount]
    assert (await lyra.ledger())["calls"]["Transaction/CancelOrRefund"] == 1


@pytest.mark.fault(24)
@pytest.mark.parametrize("mode", ["do_then_cut", "cut_before", "http_500", "truncated", "html", "slow"])
async def test_a_create_without_an_answer_is_unknown_and_goes_out_once(lyra: Lyra, mode: str) -> None:
    await lyra.fault(CREATE, mode, seconds=2)
    with pytest.raises(OutcomeUnknown):
        await lyra.gateway.create_link(ask())
    assert (await lyra.ledger())["calls"][CREATE] == 1


@pytest.mark.parametrize("mode", ["do_then_cut", "cut_before", "http_500", "truncated", "html", "slow"])
async def test_a_read_without_an_answer_may_be_repeated(lyra: Lyra, mode: str) -> None:
    link = await made(lyra)
    await lyra.fault("Charge/PaymentOrder/Get", mode, seconds=2)
    with pytest.raises(RetryLater):
        await lyra.gateway.read_link(link)
    assert (await lyra.gateway.read_link(link)).state is LinkState.OPEN


@pytest.mark.fault(26)
async def test_a_pause_that_lyra_asks_for_is_passed_on(lyra: Lyra) -> None:
    await lyra.fault(CREATE, "http_429", seconds=7)
    with pytest.raises(RateLimited) as caught:
        await lyra.gateway.create_link(ask())
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == 7


@pytest.mark.parametrize(
    ("code", "kind"), [("PSP_513", RetryLater), ("PSP_106", RateLimited), ("INT_905", AuthenticationError)]
)
async def test_lyras_own_codes_decide(lyra: Lyra, code: str, kind: type[Exception]) -> None:
    await lyra.fault(CREATE, "error_code", code=code)
    with pytest.raises(kind):
        await lyra.gateway.create_link(ask())


async def test_a_link_is_made_without_the_field_that_lyra_refuses(lyra: Lyra) -> None:
    await lyra.fault(CREATE, "error_code", code="INT_015")
    assert (await lyra.gateway.create_link(ask())).state is LinkState.OPEN


async def test_what_looks_like_a_card_number_is_left_out_of_the_comment(lyra: Lyra) -> None:
    reading = await lyra.gateway.create_link(ask(description="my card 4970 1000 0000 0055"))
    assert reading.state is LinkState.OPEN


async def test_a_stopped_lyra_got_nothing(lyra: Lyra) -> None:
    account = LyraAccount(
        name="gone", shop_id=SHOP, passwords=(SecretStr("testpassword_x"),), api_url="http://127.0.0.1:9"
    )
    gateway = LyraGateway(account)
    with pytest.raises(RetryLater, match="nothing was sent"):
        await gateway.create_link(ask())
    await gateway.close()


@pytest.mark.fault(28)
async def test_a_wrong_password_is_found_by_check_and_call(lyra: Lyra) -> None:
    account = LyraAccount(name="main", shop_id=SHOP, passwords=(SecretStr("testpassword_wrong"),), api_url=lyra.url)
    gateway = LyraGateway(account)
    with pytest.raises(AuthenticationError):
        await gateway.create_link(ask())
    first, *_ = await gateway.check()
    await gateway.close()
    assert not first.ok
    assert "REST password" in first.cure


async def test_a_sound_account_passes_its_check(lyra: Lyra) -> None:
    probes = await lyra.gateway.check()
    assert [probe.ok for probe in probes] == [True, True, True]
    assert (await lyra.ledger())["orders"] == []


async def test_a_link_that_lyra_does_not_know(lyra: Lyra) -> None:
    link = await made(lyra)
    with pytest.raises(NotFound):
        await lyra.gateway.read_link(replace(link, psp_link="0" * 32))


@pytest.mark.fault(37)
async def test_a_forged_notification_changes_nothing_and_the_genuine_one_follows(lyra: Lyra) -> None:
    await lyra.fault("ipn", "forge")
    await paid(lyra)
    assert lyra.door.refused == 1
    assert len(lyra.door.facts) == 1


@pytest.mark.fault(36)
async def test_a_notification_that_never_comes_is_found_by_reading(lyra: Lyra) -> None:
    await lyra.fault("ipn", "drop")
    link = await made(lyra)
    await lyra.pay(link.url)
    (fact,) = await lyra.gateway.payments(link)
    assert fact.state is PaymentState.DONE
    assert lyra.door.facts == []


async def test_yen_are_whole(lyra: Lyra) -> None:
    wish = ask(500, "JPY")
    reading = await lyra.gateway.create_link(wish)
    assert reading.amount == Money(500, "JPY")
    assert (await lyra.ledger())["orders"][0]["amount"] == 500


async def test_a_link_in_the_past_is_refused_with_its_cure(lyra: Lyra) -> None:
    with pytest.raises(Rejected) as caught:
        await lyra.gateway.create_link(replace(ask(), valid_until=datetime(2020, 1, 1, tzinfo=UTC)))
    assert "90 days" in caught.value.cure
