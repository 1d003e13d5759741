"""`python -m tests.simulation --runs 1000` looks for a seed that breaks an invariant, and exits with 1 then."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.scenario import Result, run

_SHOWN = 400
_TOLD_EVERY = 100


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many seeds (default: 100)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--seed", type=int, help="replay this seed alone, with a long trace")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args(arguments)
    if asked.seed is not None:
        result = run(asked.seed, _SHOWN)
        print(_told(result))
        return 1 if result.violations else 0
    return _search(range(asked.first, asked.first + asked.runs), asked.processes)


def _search(seeds: range, processes: int) -> int:
    begin, happened, failed, virtual = time.monotonic(), Counter[str](), list[int](), 0.0
    for number, result in enumerate(_results(seeds, processes), 1):
        happened += result.happened
        virtual += result.virtual_seconds
        if result.violations:
            failed.append(result.options.seed)
            print(_told(result), flush=True)
        if number % _TOLD_EVERY == 0 or number == len(seeds):
            took = time.monotonic() - begin
            days = virtual / 86400
            print(f"{number} runs, {len(failed)} failed, {days:.0f} virtual days in {took:.0f} s", flush=True)
    print("happened: " + ", ".join(f"{name} {count}" for name, count in sorted(happened.items()) if count))
    print(f"failed seeds: {failed or 'none'}")
    return 1 if failed else 0


def _results(seeds: range, processes: int) -> Iterator[Result]:
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(run, seeds, chunksize=5)


def _told(result: Result) -> str:
    verdict = [f"  VIOLATED {words}" for words in result.violations] or ["  everything holds"]
    lines = [f"    {line[:240]}" for line in result.lines]
    return "\n".join(
        [
            f"{result.options}",
            *verdict,
            *lines,
            f"  trace hash {result.hash[:16]}; replay: python -m tests.simulation --seed {result.options.seed}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
