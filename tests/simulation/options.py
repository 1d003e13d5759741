"""What one run is made of, drawn from its seed and printed with it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from connector_core.flow.stage import Timing
from tests.simulation.daemon import Settings

CHANNELS = ("whatsapp", "sms")
_CALLS = ("refused", "lost_before", "lost_after", "hang_before", "hang_after", "limited", "unauthorised", "slow")
FAULTS: Mapping[str, float] = {
    **{f"psp.{fault}": 0.3 for fault in _CALLS},
    **{f"shop.{fault}": 0.3 for fault in _CALLS},
    **{f"{channel}.{fault}": 0.3 for channel in CHANNELS for fault in _CALLS},
    **{f"{channel}.no_such_number": 0.3 for channel in CHANNELS},
    **{f"{channel}.undelivered": 0.3 for channel in CHANNELS},
    **{f"broker.{fault}": 0.3 for fault in ("refused", "lost_before", "lost_after", "late", "acknowledgement_lost")},
    "store.busy": 0.05,
    "store.commit_lost": 0.05,
    "webhook.lost": 0.5,
    "webhook.twice": 0.5,
    "webhook.late": 0.5,
    "notice.lost": 0.5,
    "notice.twice": 0.5,
    "notice.late": 0.5,
    "status.lost": 0.7,
    "status.twice": 0.5,
    "status.late": 0.5,
    "shop.event_with_record": 0.5,
    "shop.period_closed": 0.2,
    "daemon.crash": 0.01,
    "daemon.pause": 0.002,
    "daemon.clock_step": 0.002,
}
"""The highest rate at which each fault is tried; a run has some of them, at lower or equal rates."""

HABITS: Mapping[str, float] = {
    "merchant.edit": 0.8,
    "merchant.cancel": 0.5,
    "merchant.reopen": 0.9,
    "merchant.delete": 0.2,
    "merchant.garbage": 0.3,
    "buyer.ignore": 0.4,
    "buyer.refused": 0.5,
    "buyer.twice": 0.3,
    "buyer.partial": 0.2,
    "buyer.other_currency": 0.1,
    "buyer.pending": 0.3,
    "buyer.slow": 0.5,
    "buyer.stop": 0.1,
    "psp.refund": 0.3,
    "psp.chargeback": 0.2,
}
"""What people do, which is no fault."""


@dataclass(frozen=True, slots=True)
class Options:
    """`hours` is the length of the first phase, in which everything may fail."""

    seed: int
    daemons: int
    orders: int
    hours: float
    psp_clock: timedelta
    settings: Settings
    outage_seconds: float
    rates: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        timing = self.settings.timing
        rates = " ".join(f"{name}={rate:.3g}" for name, rate in sorted(self.rates.items()))
        return (
            f"seed={self.seed} daemons={self.daemons} orders={self.orders} hours={self.hours:.1f} "
            f"psp_clock={self.psp_clock.total_seconds():.0f}s channels={','.join(self.settings.channels)} "
            f"validity={self.settings.validity} trial={timing.link_trial} reconcile={timing.reconcile_every} "
            f"poll={self.settings.poll_every} outage={self.outage_seconds:.0f}s\n    {rates}"
        )


def draw(seed: int) -> Options:
    rng = random.Random(seed)
    timing = Timing(
        unknown_wait=timedelta(minutes=2),
        reconcile_every=timedelta(hours=rng.choice((1, 6, 24))),
        expiry_grace=timedelta(minutes=5),
        link_trial=timedelta(minutes=rng.choice((0, 10, 10, 10))),
    )
    settings = Settings(
        timing, CHANNELS[: rng.choice((1, 1, 2))], timedelta(hours=rng.choice((1, 6, 48))),
        timedelta(minutes=rng.choice((5, 30))),
    )  # fmt: skip
    return Options(
        seed=seed,
        daemons=rng.choice((1, 2)),
        orders=rng.randint(1, 6),
        hours=rng.uniform(0.2, 4),
        psp_clock=timedelta(seconds=rng.choice((0, 0, -240, -30, 30, 240))),
        settings=settings,
        outage_seconds=rng.choice((0, 0, 600, 7200)),
        rates=_rates(rng),
    )


def _rates(rng: random.Random) -> dict[str, float]:
    share = rng.choice((0.0, 0.1, 0.3, 0.6))
    chosen = {name: most * rng.choice((0.1, 0.3, 1)) for name, most in FAULTS.items() if rng.random() < share}
    habits = {name: most * rng.choice((0.3, 1)) for name, most in HABITS.items() if rng.random() < 0.6}
    return {**chosen, **habits}
