"""Runs of the simulator: those that once found something, and a fixed set of others (faults.md 9, 15, 29, 34, 58)."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.options import FAULTS, HABITS, draw
from tests.simulation.scenario import run

_SEEDS = Path(__file__).with_name("seeds.txt")
_FRESH = range(10_000, 10_030)
_CHEAP = 32
_ROOT = Path(__file__).parents[2]


def remembered() -> list[int]:
    lines = [line.split("#")[0].split() for line in _SEEDS.read_text().splitlines()]
    return [int(words[0]) for words in lines if words]


@pytest.mark.fault(9, 12, 13, 14, 15, 16, 22, 24, 29, 34, 36, 46, 56, 58)
@pytest.mark.parametrize("seed", [*remembered(), *_FRESH])
def test_after_all_faults_everything_is_told_once_and_at_rest(seed: int) -> None:
    result = run(seed)
    assert result.violations == (), f"replay: python -m tests.simulation --seed {seed}"


def test_the_same_seed_gives_the_same_run() -> None:
    assert run(_CHEAP).hash == run(_CHEAP).hash
    assert run(_CHEAP).hash != run(_CHEAP + 1).hash


def test_a_run_does_not_depend_on_the_process() -> None:
    """Sets of texts come in another order in each process: nothing of a run may rest on that."""
    code = f"from tests.simulation.scenario import run; print(run({_CHEAP}).hash)"
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=_ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
            capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(hashes) == 1
    assert run(_CHEAP).hash in hashes.pop()


def test_every_fault_and_habit_is_tried_by_some_seed() -> None:
    tried = Counter(name for seed in range(200) for name in draw(seed).rates)
    assert set(FAULTS) | set(HABITS) == set(tried)
