"""The flow against everything of the fault table that it can meet, in any order (faults.md H).

After each step nobody may have been asked twice and no axis may have gone back; at the end, with all faults off, our
ledger must agree with those of the PSP, the messenger and the shop.
"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from connector_core.domain.money import Money
from connector_core.domain.payment import PaymentKind, PaymentState
from connector_core.flow.stage import Timing
from tests.simulation.daemon import Settings
from tests.simulation.ledgers import compare
from tests.simulation.network import FAULTS
from tests.simulation.options import CHANNELS, Options
from tests.simulation.psp import PspLink
from tests.simulation.scenario import calm, rests
from tests.simulation.shop import SimOrder
from tests.simulation.world import World

_OPTIONS = Options(
    seed=1, daemons=1, orders=0, hours=0, psp_clock=timedelta(seconds=-30), outage_seconds=0,
    settings=Settings(Timing(reconcile_every=timedelta(hours=1)), CHANNELS[:1], timedelta(hours=6), timedelta(hours=1)),
)  # fmt: skip
_PEERS = ("psp", "shop", CHANNELS[0], "broker")
_REPORTS = ("notice", "status", "webhook")
_ELSE = (
    "store.busy", "store.commit_lost", "broker.acknowledgement_lost", "broker.late", "shop.period_closed",
    "whatsapp.no_such_number", "whatsapp.undelivered", "shop.event_with_record",
)  # fmt: skip
_SOON = 3.0
amounts = st.integers(min_value=1, max_value=500_000)


class Flow(RuleBasedStateMachine):
    """One daemon; each rule is something that a person, a peer or bad luck does."""

    orders: Bundle[SimOrder] = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(_OPTIONS)
        self.lyra, self.shop = self.world.outside.lyra, self.world.outside.shop

    def teardown(self) -> None:
        with self.world as world:
            calm(world)
            left = rests(world)
            assert [*left, *world.watch.violations, *compare(world)] == []

    @invariant()
    def nothing_is_violated(self) -> None:
        assert self.world.watch.violations == []

    # -- the shop (faults.md 57 to 64) -----------------------------------------------------------------------------

    @rule(target=orders, total=amounts)
    def places(self, total: int) -> SimOrder:
        order = self.shop.place(total, f"+49151123{len(self.shop.orders):05d}")
        self._soon()
        return order

    @rule(target=orders)
    def places_garbage(self) -> SimOrder:
        return self.shop.place(0, "")

    @rule(order=orders, total=amounts)
    def edits(self, order: SimOrder, total: int) -> None:
        if order.status == "pending" and not order.gone:
            self.shop.change(order, total=total)
            self._soon()

    @rule(order=orders, number=st.integers(min_value=0, max_value=99))
    def corrects_the_phone(self, order: SimOrder, number: int) -> None:
        if order.status == "pending" and not order.gone:
            self.shop.change(order, phone=f"+49171123450{number:02d}")
            self._soon()

    @rule(order=orders)
    def cancels(self, order: SimOrder) -> None:
        if order.status == "pending" and not order.gone:
            self.shop.change(order, status="cancelled")
            self._soon()

    @rule(order=orders)
    def reopens(self, order: SimOrder) -> None:
        if order.status == "cancelled" and not order.gone:
            self.shop.change(order, status="pending")
            self._soon()

    @rule(order=orders)
    def deletes(self, order: SimOrder) -> None:
        self.shop.change(order, gone=True)
        self._soon()

    # -- the buyer, and the bank (faults.md 33 to 44a) ---------------------------------------------------------------

    @rule(order=orders)
    def pays(self, order: SimOrder) -> None:
        for link in self._payable(order)[:1]:
            self.lyra.attempt(link, accepted=True)
        self._soon()

    @rule(order=orders)
    def pays_in_two_tabs(self, order: SimOrder) -> None:
        for link in self._payable(order)[:1]:
            self.lyra.attempt(link, accepted=True)
            self.lyra.attempt(link, accepted=True)
        self._soon()

    @rule(order=orders)
    def is_refused(self, order: SimOrder) -> None:
        for link in self._payable(order)[:1]:
            self.lyra.attempt(link, accepted=False)
        self._soon()

    @rule(order=orders, amount=amounts, currency=st.sampled_from(["EUR", "CHF"]))
    def pays_something_else(self, order: SimOrder, amount: int, currency: str) -> None:
        for link in self._payable(order)[:1]:
            self.lyra.attempt(link, accepted=True, amount=Money(amount, currency))
        self._soon()

    @rule(order=orders)
    def transfers(self, order: SimOrder) -> None:
        for link in self._payable(order)[:1]:
            self.lyra.attempt(link, accepted=True, pending=True)
        self._soon()

    @rule(accepted=st.booleans())
    def a_transfer_ends(self, accepted: bool) -> None:
        pending = [f.psp_ref for f in self.lyra.facts.values() if f.state is PaymentState.PENDING]
        for psp_ref in pending[:1]:
            self.lyra.settle(psp_ref, accepted=accepted)
        self._soon()

    @rule(kind=st.sampled_from([PaymentKind.REFUND, PaymentKind.CHARGEBACK]), index=st.integers(0, 5))
    def gets_it_back(self, kind: PaymentKind, index: int) -> None:
        done = [f for f in self.lyra.facts.values() if (f.kind, f.state) == (PaymentKind.CAPTURE, PaymentState.DONE)]
        for fact in done[index : index + 1]:
            self.lyra.give_back(fact.psp_ref, fact.amount, kind)
        self._soon()

    @rule(order=orders, word=st.sampled_from(["stop", "start"]))
    def writes(self, order: SimOrder, word: str) -> None:
        self.world.stop_word(order.phone, word)
        self._soon()

    # -- bad luck --------------------------------------------------------------------------------------------------

    @rule(peer=st.sampled_from(_PEERS), fault=st.sampled_from(FAULTS), count=st.integers(1, 3))
    def a_peer_will_fail(self, peer: str, fault: str, count: int) -> None:
        self.world.dice.force(f"{peer}.{fault}", count)

    @rule(report=st.sampled_from(_REPORTS), fault=st.sampled_from(["lost", "twice", "late"]), count=st.integers(1, 3))
    def a_report_will_fail(self, report: str, fault: str, count: int) -> None:
        self.world.dice.force(f"{report}.{fault}", count)

    @rule(fault=st.sampled_from(_ELSE), count=st.integers(1, 3))
    def something_else_will_fail(self, fault: str, count: int) -> None:
        self.world.dice.force(fault, count)

    @rule(at_once=st.booleans())
    def the_daemon_is_killed(self, at_once: bool) -> None:
        if at_once and self.world.daemons[-1].host.alive:
            self.world.crash(self.world.daemons[-1].host, 20.0)
        else:
            self.world.dice.force("daemon.crash")

    @rule()
    def the_daemon_is_stopped_for_a_while(self) -> None:
        self.world.dice.force("daemon.pause")

    @rule(seconds=st.sampled_from([1.0, 60.0, 660.0, 4_000.0, 90_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.run_for(seconds)

    # -- within ----------------------------------------------------------------------------------------------------

    def _soon(self) -> None:
        self.world.run_for(_SOON)

    def _payable(self, order: SimOrder) -> Sequence[PspLink]:
        """Links of the order that its buyer was told of and that can still be paid."""
        now = self.lyra.clock.now()
        told = {sent.ask.url for sent in self.world.outside.messenger.sent if sent.ask.reference == order.ref}
        return [link for link in self.lyra.links.values() if link.url in told and link.payable(now)]


TestFlow = pytest.mark.fault(
    7, 9, 12, 13, 14, 24, 25, 26, 28, 33, 34, 35, 36, 40, 41, 42, 43, 44, "44a", 46, 47, 48, 50, 52, 54, 55, 56, 57, 58,
    60, 61, 63, 64,
)(Flow.TestCase)  # fmt: skip
TestFlow.settings = settings(
    max_examples=100,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
