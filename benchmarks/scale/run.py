"""How the cost of an order and of a query grows with what is stored: `python -m benchmarks.scale.run`."""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.order_job import contestants
from benchmarks.order_job.measure import Bench, Throughput, at_work, throughput
from benchmarks.order_job.processes import cores
from benchmarks.order_job.run import RESULTS, far_side, machine
from benchmarks.scale.generator import multiply
from connector_core.adapters.store_sql import SqlStore
from connector_core.ports.store import Batch

_CALLS = 40
_DUE = 4_000


def measure(bench: Bench, sizes: Sequence[int], folder: Path, repeats: int, orders: int) -> dict[str, Any]:
    """By the number of orders that are stored: the whole job, in turns, then each query. Times are milliseconds."""
    for size in sizes:
        started = time.monotonic()
        _fill(bench, _database(folder, size), size)
        print(f"   {size:>9,} orders stored in {time.monotonic() - started:.0f} s", flush=True)
    runs: dict[int, list[Throughput]] = {size: [] for size in sizes}
    for nth in range(repeats):
        for size in sizes:
            database = _database(folder, size) if size else folder / f"empty-{nth}.db"
            with at_work(bench, contestants.OURS, database=database, first=500_000 + nth * 100_000) as running:
                runs[size].append(throughput(running, orders))
            print(f"   {size:>9,} orders stored: {runs[size][-1].rate:.0f} orders/s", flush=True)
    return {str(size): _figures(_database(folder, size), size, runs[size]) for size in sizes}


def _database(folder: Path, size: int) -> Path:
    return folder / f"{size}.db"


def _figures(database: Path, size: int, runs: Sequence[Throughput]) -> dict[str, Any]:
    queries = asyncio.run(_queries(database, size)) if size else {}
    return {
        "rate": median(run.rate for run in runs),
        "cpu_ms": median(run.cpu_ms for run in runs),
        "megabytes": database.stat().st_size / 1_000_000,
        **{name: _p95(times) for name, times in queries.items()},
    }


def _fill(bench: Bench, database: Path, size: int) -> None:
    with at_work(bench, contestants.OURS, database=database):
        pass  # the warm-up has made orders; the first is the pattern of all others
    multiply(database, size, "1")


async def _queries(database: Path, size: int) -> Mapping[str, Sequence[float]]:
    """What the back office asks, and the claiming of due steps."""
    store = SqlStore(f"sqlite:///{database}")
    await store.open()
    try:
        middle = f"c{size // 2}"
        found = await store.order(middle)
        assert found is not None
        times = {
            "newest orders": await _timed(lambda _: store.orders(limit=50)),
            "search by number": await _timed(lambda n: store.orders(search=f"c{n * size // _CALLS}")),
            "one order": await _timed(lambda n: store.order(f"c{n * size // _CALLS}")),
            "timeline": await _timed(lambda _: store.timeline(found.order.id)),
            "parked": await _timed(lambda _: store.parked()),
            "backlog": await _timed(lambda _: store.backlog()),
            "outbox": await _timed(lambda _: store.unpublished(500)),
        }
        _make_due(database, min(_DUE, size))
        return {**times, "claim 100 due": [await _claim(store) for _ in range(_CALLS)]}
    finally:
        await store.close()


async def _claim(store: SqlStore) -> float:
    """Milliseconds of the claiming; then they are given back, their steps done."""
    started = time.perf_counter()
    found = await store.take_due(100)
    spent = 1000 * (time.perf_counter() - started)
    batches = [Batch(done=[step.id for step in state.steps], lease=state, release=True) for state in found]
    await asyncio.gather(*(store.commit(batch) for batch in batches))
    return spent


def _make_due(database: Path, number: int) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(
            "UPDATE steps SET due_at = 1 WHERE id IN (SELECT id FROM steps WHERE kind = 'reconcile' LIMIT ?)", [number]
        )


async def _timed(call: Callable[[int], Awaitable[Any]]) -> list[float]:
    times = []
    for number in range(_CALLS):
        started = time.perf_counter()
        await call(number)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95) - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description="The same work with ever more orders stored.")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--orders", type=int, default=1000)
    asked = parser.parse_args()
    *others, last = cores()
    if not others:
        sys.exit("Two cores are needed: one for the worker, one for everything else.")
    about = machine(peers=False)
    with (
        far_side([last], others) as bench,
        tempfile.TemporaryDirectory(prefix="paylink-scale-", ignore_cleanup_errors=True) as folder,
    ):
        results = measure(bench, (0, *asked.sizes), Path(folder), asked.repeats, asked.orders)
    known = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    known["scale"] = {"machine": about, "repeats": asked.repeats, "orders": asked.orders, "results": results}
    RESULTS.write_bytes(orjson.dumps(known, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


if __name__ == "__main__":
    main()
