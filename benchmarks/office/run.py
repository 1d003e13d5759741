"""How long the back office's questions take with a million requests: `make bench-office`."""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from statistics import median
from typing import Any

import orjson

from benchmarks.office.generator import fill
from benchmarks.office.history import ask, pay
from benchmarks.office.questions import Question, Questions
from benchmarks.order_job.run import RESULTS, machine
from connector_core.adapters.store_sql import SqlListing, SqlStore
from connector_core.ports.listing import Listing
from tests.services.postgres import PostgresNode

_PIECE = 100


async def _measured(url: str, number: int, calls: int) -> dict[str, dict[str, float]]:
    async with _opened(url) as store:
        found = {}
        for name, question in Questions(SqlListing(store), number).all().items():
            times = await _timed(question, calls if not name.startswith("figures") else max(5, calls // 10))
            found[name] = {"p50_ms": median(times), "p95_ms": times[int(len(times) * 0.95)]}
            print(f"   {name:40} {found[name]['p50_ms']:8.2f} {found[name]['p95_ms']:8.2f}", flush=True)
        return found


async def _timed(question: Question, calls: int) -> list[float]:
    """Milliseconds, sorted; the first call prepares what it needs."""
    chance = random.Random(1)
    await question(chance)
    times = []
    for _ in range(calls):
        started = time.perf_counter()
        await question(chance)
        times.append(1000 * (time.perf_counter() - started))
    return sorted(times)


async def _followed(url: str, orders: int) -> float:
    """Milliseconds of CPU of this process for each order: entered when it is asked for, and again when it is paid."""
    async with _opened(url) as store:
        listing = SqlListing(store)
        await _entered(listing)
        spent = 0.0
        for _ in range(0, orders, _PIECE):
            ids = await ask(store, _PIECE)
            spent += await _entered(listing)
            await pay(store, ids)
            spent += await _entered(listing)
        return 1000 * spent / orders


async def _entered(listing: Listing) -> float:
    """Seconds of CPU."""
    started = time.process_time()
    while await listing.follow():
        pass
    return time.process_time() - started


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[SqlStore]:
    store = SqlStore(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def _prepare(url: str) -> None:
    async with _opened(url):
        pass


@contextmanager
def _databases(folder: str) -> Iterator[Mapping[str, str]]:
    with PostgresNode(durable=True) as node:
        yield {"SQLite": f"sqlite:///{folder}/office.db", "PostgreSQL": node.create_database("office")}


def measure(url: str, number: int, calls: int, orders: int) -> dict[str, Any]:
    asyncio.run(_prepare(url))
    started = os.times()
    fill(url, number)
    spent = os.times()
    load = os.getloadavg()[0]
    print(f"   {number:,} rows in {spent.elapsed - started.elapsed:.0f} s, {load:.1f} processes wait", flush=True)
    found = asyncio.run(_measured(url, number, calls))
    cpu = asyncio.run(_followed(url, orders))
    print(f"   {'CPU ms for each order entered':40} {cpu:8.2f}", flush=True)
    return {"questions": found, "cpu_ms": cpu, "load": load}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--orders", type=int, default=2000)
    asked = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory(prefix="paylink-office-") as folder, _databases(folder) as urls:
        for name, url in urls.items():
            print(f"-- {name}", flush=True)
            results[name] = measure(url, asked.rows, asked.calls, asked.orders)
    known = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    known["office"] = {"machine": machine(peers=False), "rows": asked.rows, "calls": asked.calls, "results": results}
    RESULTS.write_bytes(orjson.dumps(known, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


if __name__ == "__main__":
    main()
