"""A simulated Lyra: its ledger, and the `Gateway` port over it (reference/lyra.md 2; the sandbox's rules)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connector_core.domain.errors import NotFound, Rejected
from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentFact, PaymentKind, PaymentState
from connector_core.domain.request import LinkState, PayLink
from connector_core.ports.gateway import LinkAsk, LinkReading, RefundAsk
from connector_core.sdk.check import Probe
from tests.simulation.host import Host, HostClock
from tests.simulation.network import Network

ACCOUNT = "main"
_ATTEMPTS = 3
_CLOCKS_APART = timedelta(minutes=10)
_LONGEST = timedelta(days=90)


@dataclass(slots=True)
class PspLink:
    """`state` is what has happened to it; whether it has expired follows from `expires_at`."""

    id: str
    psp_order: str
    order: str
    amount: Money
    created_at: datetime
    expires_at: datetime
    state: str = "RUNNING"
    refusals: int = 0
    final: bool = False

    @property
    def url(self) -> str:
        return f"https://psp.example/t/{self.id}"

    def payable(self, now: datetime) -> bool:
        return self.state in ("RUNNING", "REFUSED") and not self.final and now < self.expires_at

    def status(self, now: datetime) -> str:
        ended = self.state in ("RUNNING", "REFUSED") and not self.final and now >= self.expires_at
        return "EXPIRED" if ended else self.state


@dataclass(slots=True)
class SimLyra:
    """`hears` is told of every transaction as it changes; `made` of every new link."""

    clock: HostClock
    hears: Callable[[PaymentFact], None]
    made: Callable[[PspLink], None]
    links: dict[str, PspLink] = field(default_factory=dict)
    facts: dict[tuple[str, PaymentKind], PaymentFact] = field(default_factory=dict)

    def create(self, ask: LinkAsk) -> PspLink:
        """Not idempotent: each call makes another one, even for the same order id."""
        now = self.clock.now()
        end = ask.valid_until.replace(microsecond=0)
        _check_end(end, now)
        link = PspLink(
            f"po{len(self.links) + 1}", ask.psp_order, ask.ours.get("order", ""), ask.terms.amount, now, end
        )  # fmt: skip
        self.links[link.id] = link
        self.made(link)
        return link

    def read(self, link_id: str) -> PspLink:
        if link_id not in self.links:
            raise NotFound("Lyra does not know this payment order.")
        return self.links[link_id]

    def update(self, link_id: str, ask: LinkAsk) -> PspLink:
        link, now = self._running(link_id), self.clock.now()
        end = ask.valid_until.replace(microsecond=0)
        _check_end(end, now)
        link.amount, link.expires_at = ask.terms.amount, end
        return link

    def cancel(self, link_id: str) -> PspLink:
        link = self._running(link_id)
        link.state = "CANCELLED"
        return link

    def of_order(self, psp_order: str) -> list[PaymentFact]:
        return sorted((f for f in self.facts.values() if f.psp_order == psp_order), key=lambda fact: fact.at)

    # -- what buyers and the merchant's people do there -------------------------------------------------------------

    def attempt(self, link: PspLink, *, accepted: bool, amount: Money | None = None, pending: bool = False) -> str:
        """One try to pay; returns the transaction's id. The caller has looked whether the link is payable."""
        state = PaymentState.PENDING if pending else PaymentState.DONE if accepted else PaymentState.FAILED
        if accepted and not pending:
            link.state = "PAID"
        elif not accepted and link.state != "PAID":
            link.state, link.refusals = "REFUSED", link.refusals + 1
            link.final = link.refusals >= _ATTEMPTS
        return self._book(f"tx{len(self.facts) + 1}", PaymentKind.CAPTURE, state, amount or link.amount, link)

    def settle(self, psp_ref: str, *, accepted: bool) -> None:
        """A pending transaction comes to its end, days later perhaps."""
        fact = self.facts[psp_ref, PaymentKind.CAPTURE]
        link = next(link for link in self.links.values() if link.psp_order == fact.psp_order)
        if accepted:
            link.state = "PAID"
        state = PaymentState.DONE if accepted else PaymentState.FAILED
        self._book(psp_ref, PaymentKind.CAPTURE, state, fact.amount, link)

    def give_back(self, psp_ref: str, amount: Money, kind: PaymentKind) -> None:
        """A refund in Lyra's back office, or a chargeback."""
        fact = self.facts[psp_ref, PaymentKind.CAPTURE]
        link = next(link for link in self.links.values() if link.psp_order == fact.psp_order)
        self._book(f"tx{len(self.facts) + 1}", kind, PaymentState.DONE, amount, link)

    def _book(self, psp_ref: str, kind: PaymentKind, state: PaymentState, amount: Money, link: PspLink) -> str:
        now = self.clock.now()
        fact = PaymentFact(ACCOUNT, psp_ref, kind, state, amount, now, link.psp_order, "", "VISA")
        self.facts[psp_ref, kind] = fact
        self.hears(fact)
        return psp_ref

    def _running(self, link_id: str) -> PspLink:
        link = self.read(link_id)
        if link.status(self.clock.now()) != "RUNNING":
            raise Rejected("Lyra has closed this payment order.", code="closed")
        return link


def _check_end(end: datetime, now: datetime) -> None:
    if not now < end <= now + _LONGEST:
        raise Rejected("Lyra does not take the end of validity.", code="PSP_1007")


class SimGateway:
    """As the Lyra adapter reads and asks (adapters/psp_lyra)."""

    def __init__(self, lyra: SimLyra, network: Network, host: Host) -> None:
        self.account = ACCOUNT
        self._lyra = lyra
        self._network = network
        self._host = host

    async def create_link(self, ask: LinkAsk) -> LinkReading:
        return await self._call("create", lambda: self._lyra.create(ask), effect=True)

    async def read_link(self, link: PayLink) -> LinkReading:
        return await self._call("read", lambda: self._lyra.read(link.psp_link), effect=False)

    async def update_link(self, link: PayLink, ask: LinkAsk) -> LinkReading:
        return await self._call("update", lambda: self._lyra.update(link.psp_link, ask), effect=True)

    async def close_link(self, link: PayLink) -> LinkReading:
        try:
            await self._call("cancel", lambda: self._lyra.cancel(link.psp_link), effect=False)
        except Rejected as refusal:
            if refusal.code != "closed":
                raise
            reading = await self.read_link(link)
            return replace(reading, state=LinkState.FAILED) if reading.state is LinkState.OPEN else reading
        return await self.read_link(link)

    async def now(self) -> datetime:
        return await self._network.call(
            self._host, "psp", "now", lambda: self._lyra.clock.now().replace(microsecond=0), effect=False
        )

    async def payments(self, link: PayLink) -> Sequence[PaymentFact]:
        return await self._network.call(
            self._host, "psp", "payments", lambda: self._lyra.of_order(link.psp_order), effect=False
        )

    async def refund(self, ask: RefundAsk) -> PaymentFact:
        raise NotImplementedError

    def read_notification(self, body: bytes) -> Sequence[PaymentFact]:
        raise NotImplementedError

    async def check(self) -> Sequence[Probe]:
        return ()

    async def close(self) -> None: ...

    async def _call(self, operation: str, work: Callable[[], PspLink], *, effect: bool) -> LinkReading:
        def read() -> LinkReading:
            link = work()
            return _reading(link, link.status(self._lyra.clock.now()), self._host.clock.now())

        return await self._network.call(self._host, "psp", operation, read, effect=effect)


def _reading(link: PspLink, status: str, ours: datetime) -> LinkReading:
    """REFUSED speaks of the last attempt: the link counts as open until its end."""
    states = {"PAID": LinkState.PAID, "EXPIRED": LinkState.EXPIRED, "CANCELLED": LinkState.CLOSED}
    state = states.get(status, LinkState.OPEN)
    if status == "REFUSED" and link.expires_at + _CLOCKS_APART < ours:
        state = LinkState.EXPIRED
    return LinkReading(link.id, state, link.url, link.amount, "TEST", link.expires_at)
