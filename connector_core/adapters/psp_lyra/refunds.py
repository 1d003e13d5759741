"""Giving money back (reference/lyra.md 2.5)."""

from dataclasses import replace

from connector_core.adapters.psp_lyra.amounts import to_lyra
from connector_core.adapters.psp_lyra.buyer import COMMENT, plain
from connector_core.adapters.psp_lyra.client import LyraAnswer, LyraClient
from connector_core.adapters.psp_lyra.transactions import Origin, TransactionUnreadable, facts_of
from connector_core.domain.errors import Rejected
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFact, PaymentKind, PaymentState
from connector_core.ports.gateway import RefundAsk


async def refund(client: LyraClient, ask: RefundAsk) -> PaymentFact:
    """Cancels or refunds the whole, refunds a part.

    A part is never cancelled before the capture: Lyra would lower the transaction under the same uuid, and the ledger
    could not tell it from a smaller capture. Lyra refuses it until the capture, and the refusal says so.
    """
    units = to_lyra(ask.amount)
    paid = await _paid(client, ask.payment_ref)
    if paid.currency != ask.amount.currency:
        raise Rejected(f"This payment is in {paid.currency}, so {ask.amount} cannot be given back.", code="currency")
    payload = {
        "uuid": ask.payment_ref,
        "amount": units,
        "currency": ask.amount.currency,
        "resolutionMode": "AUTO" if ask.amount == paid else "REFUND_ONLY",
        "comment": plain(ask.comment, COMMENT),
    }
    answer = await client.call(
        "Transaction/CancelOrRefund", {name: value for name, value in payload.items() if value}, effect=True
    )
    return _given_back(client, answer, ask)


async def _paid(client: LyraClient, uuid: str) -> Money:
    answer = await client.call("Transaction/Get", {"uuid": uuid}, effect=False)
    return _only_fact(client, answer).amount


def _given_back(client: LyraClient, answer: LyraAnswer, ask: RefundAsk) -> PaymentFact:
    fact = _only_fact(client, answer)
    cancelled = fact.psp_ref == ask.payment_ref
    if cancelled and answer.content.get("detailedStatus") not in ("CANCELLED", "CANCELED"):
        raise answer.unusable("answered with a payment that is not cancelled")
    if not cancelled and fact.kind is not PaymentKind.REFUND:
        raise answer.unusable("answered with something that is no refund")
    if fact.amount != ask.amount:
        raise answer.unusable(f"answered with {fact.amount} where {ask.amount} was to be given back")
    return replace(fact, kind=PaymentKind.REFUND, state=PaymentState.DONE, error="") if cancelled else fact


def _only_fact(client: LyraClient, answer: LyraAnswer) -> PaymentFact:
    try:
        facts = facts_of([answer.content], Origin(client.account.name))
    except TransactionUnreadable as error:
        raise answer.unusable(f"answered with a payment that cannot be read: {error}") from None
    if not facts:
        raise answer.unusable("answered without a payment")
    return facts[-1]
