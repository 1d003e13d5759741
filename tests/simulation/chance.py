"""All chance of a run, drawn from one seed: the faults, and every random number and id of the product."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from connector_core.domain import ids
from connector_core.flow import request_payment
from tests.simulation.virtual_loop import VirtualLoop

EPOCH = 1_767_225_600
"""The true time at which every run begins: 2026-01-01T00:00:00Z."""


class Dice:
    """`rates` are probabilities by name; `happened` counts what came true."""

    def __init__(self, rng: random.Random, rates: Mapping[str, float]) -> None:
        self.rng = rng
        self._rates = dict(rates)
        self._forced: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()

    def happens(self, name: str) -> bool:
        rate = self._rates.get(name, 0.0)
        true = self._forced[name] > 0 or (rate > 0 and self.rng.random() < rate)
        if self._forced[name] > 0:
            self._forced[name] -= 1
        self.happened[name] += true
        return true

    def force(self, name: str, count: int = 1) -> None:
        """The next `count` times it happens for certain."""
        self._forced[name] += count

    def calm(self) -> None:
        """From now on nothing happens."""
        self._rates.clear()
        self._forced.clear()

    def between(self, low: float, high: float) -> float:
        return self.rng.uniform(low, high)


@contextmanager
def seeded(loop: VirtualLoop, seed: int) -> Iterator[random.Random]:
    """What the product draws comes from the seed, and its ids carry the virtual time; yields the run's own chance."""
    rng, product = random.Random(seed), random.Random(seed + 1)
    bits = SimpleNamespace(randbits=product.getrandbits)
    before = random.getstate()
    random.seed(seed + 2)
    with ExitStack() as stack:
        stack.callback(random.setstate, before)
        stack.enter_context(patch.object(ids, "_chance", product))
        stack.enter_context(patch.object(ids, "time", SimpleNamespace(time_ns=lambda: _nanoseconds(loop))))
        stack.enter_context(patch.object(request_payment, "secrets", bits))
        yield rng


def _nanoseconds(loop: VirtualLoop) -> int:
    return int((EPOCH + loop.time()) * 1_000_000_000)
