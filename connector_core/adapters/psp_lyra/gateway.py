"""The port `Gateway` over one Lyra account."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_core.adapters.psp_lyra.account import LyraAccount
from connector_core.adapters.psp_lyra.client import LyraAnswer, LyraClient, NoAttempt
from connector_core.adapters.psp_lyra.codes import OPTIONAL
from connector_core.adapters.psp_lyra.notification import read_notification
from connector_core.adapters.psp_lyra.payment_orders import confirmed, order_payload, reading_of, update_payload
from connector_core.adapters.psp_lyra.probes import probes
from connector_core.adapters.psp_lyra.refunds import refund
from connector_core.adapters.psp_lyra.transactions import Origin, TransactionUnreadable, facts_of
from connector_core.domain.errors import NotFound, Rejected, RetryLater
from connector_core.domain.payment import PaymentFact
from connector_core.domain.request import LinkState, PayLink
from connector_core.ports.gateway import LinkAsk, LinkReading, RefundAsk
from connector_core.sdk.check import Probe

_END_REFUSED = "PSP_1007"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _late(error: Rejected) -> RetryLater:
    """The end lay in the future by our clock when it was asked for: the next attempt asks for a later one."""
    return RetryLater(
        "The PayLink's end had passed by Lyra's clock when it was to be made.",
        cure="It is tried again by itself; set the clock of this host (NTP) when it lasts.",
        detail=error.detail,
    )


class LyraGateway:
    """One Lyra account. `now` is UTC and bounds the validity of links (90 days at most)."""

    def __init__(self, account: LyraAccount, now: Callable[[], datetime] = _utc_now) -> None:
        self.account = account.name
        self._account = account
        self._client = LyraClient(account)
        self._now = now

    async def create_link(self, ask: LinkAsk) -> LinkReading:
        """Lyra has no idempotency: each call that succeeds makes another payment order, even for the same order id."""
        asked_at = self._now()
        payload = order_payload(self._account, ask, asked_at)
        try:
            answer = await self._without_what_is_refused("Charge/CreatePaymentOrder", payload)
        except Rejected as error:
            if error.code == _END_REFUSED and asked_at < ask.valid_until <= self._now() - self._skew:
                raise _late(error) from error
            raise
        return confirmed(self._reading(answer), ask.terms.amount, answer)

    async def read_link(self, link: PayLink) -> LinkReading:
        """Raises `NotFound` for a link of the other mode, another shop, or one that has no `psp_link` yet."""
        return self._reading(await self._on_link("Get", link, {"paymentOrderId": link.psp_link}, effect=False))

    async def update_link(self, link: PayLink, ask: LinkAsk) -> LinkReading:
        """Changes amount, order id, expiry and language of a running payment order; its URL stays."""
        payload = update_payload(self._account, link, ask, self._now())
        answer = await self._on_link("Update", link, payload, effect=True)
        return confirmed(self._reading(answer), ask.terms.amount, answer)

    async def close_link(self, link: PayLink) -> LinkReading:
        """What a cancel answers is not documented, so the link is read afterwards in every case (2.4).

        A link whose last attempt was refused may be finalised, so that it cannot be cancelled: it is `FAILED` then.
        """
        try:
            await self._on_link("Cancel", link, {"paymentOrderId": link.psp_link}, effect=False)
        except Rejected as error:
            if error.code != "closed":
                raise
            return _settled(await self.read_link(link))
        return await self.read_link(link)

    @property
    def _skew(self) -> timedelta:
        return timedelta(seconds=self._client.clock_skew)

    def clock_skew(self) -> float:
        """Our clock minus Lyra's in seconds, as the last answer showed it; 0.0 before the first."""
        return self._client.clock_skew

    async def now(self) -> datetime:
        """From the envelope of the free call `Charge/SDKTest` (1.3, 2.5)."""
        answer = await self._client.call("Charge/SDKTest", {"value": "paylink"}, effect=False)
        if answer.server_date is None:
            raise answer.unusable("answered without its time")
        return answer.server_date

    async def payments(self, link: PayLink) -> Sequence[PaymentFact]:
        try:
            answer = await self._client.call("Order/Get", {"orderId": link.psp_order}, effect=False)
        except NoAttempt:
            return ()
        try:
            origin = Origin(self.account, link.psp_order, link.psp_link)
            return facts_of(answer.content.get("transactions") or [], origin)
        except TransactionUnreadable as error:
            raise answer.unusable(f"answered with a payment that cannot be read: {error}") from None

    async def refund(self, ask: RefundAsk) -> PaymentFact:
        return await refund(self._client, ask)

    def read_notification(self, body: bytes) -> Sequence[PaymentFact]:
        return read_notification(body, self._account)

    async def check(self) -> Sequence[Probe]:
        return await probes(self._account, self._client)

    async def close(self) -> None:
        await self._client.close()

    def _reading(self, answer: LyraAnswer) -> LinkReading:
        return reading_of(answer, self._account, self._now())

    async def _on_link(self, action: str, link: PayLink, payload: Mapping[str, Any], *, effect: bool) -> LyraAnswer:
        if not link.psp_link:
            raise NotFound("This PayLink has no payment order at Lyra yet.")
        if link.mode and link.mode != self._account.mode:
            raise NotFound(
                f"This PayLink was made in mode {link.mode}; {self._account.peer} works in {self._account.mode}.",
                cure="Lyra keeps the two apart: change the account's mode back, or ask the buyer anew.",
            )
        return await self._client.call(f"Charge/PaymentOrder/{action}", payload, effect=effect)

    async def _without_what_is_refused(self, operation: str, payload: dict[str, Any]) -> LyraAnswer:
        """Calls again without the optional fields that Lyra refuses; ends because each turn has fewer fields."""
        while True:
            try:
                return await self._client.call(operation, payload, effect=True)
            except Rejected as error:
                fewer = {name: value for name, value in payload.items() if name not in OPTIONAL.get(error.code, ())}
                if len(fewer) == len(payload):
                    raise
                payload = fewer


def _settled(reading: LinkReading) -> LinkReading:
    return replace(reading, state=LinkState.FAILED) if reading.state is LinkState.OPEN else reading
