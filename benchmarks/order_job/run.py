"""`make bench`: every contestant does the order job in turn, again and again; one table, and a verdict on each target.

Workers run on the last core, everything else on the others: each figure is that of one core of worker.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from benchmarks.order_job import contestants
from benchmarks.order_job.contestants import ALL, BARE, CELERY, FASTSTREAM, OURS, OURS_POSTGRESQL
from benchmarks.order_job.far_side import Stub
from benchmarks.order_job.measure import Bench, at_work, latency, start_to_first_order, throughput
from benchmarks.order_job.processes import cores
from tests.services.postgres import PostgresNode
from tests.services.rabbitmq import RabbitNode

RESULTS = Path(__file__).parents[1] / "last_run.json"
_SLOW_CALL = 0.05
_LIBRARIES = ("aiohttp", "pika", "SQLAlchemy", "psycopg", "orjson", "uvloop", "pydantic", "jmespath")

Series = defaultdict[str, list[Any]]


def run(bench: Bench, repeats: int, orders: int) -> dict[str, Any]:
    """All sections. Repeats are interleaved, so that a slow minute of the machine hits everybody."""
    results: dict[str, Series] = defaultdict(lambda: defaultdict(list))
    for turn in range(repeats):
        for name, part in _PARTS.items():
            print(f"-- {name}, {turn + 1} of {repeats}", flush=True)
            for who, figures in part(bench, orders):
                results[name][who].append(figures)
                print(f"   {who:34} {_short(figures)}", flush=True)
    print("-- burst", flush=True)
    results["burst"][OURS.name].append(_burst(bench))
    print(f"   {OURS.name:34} {_short(results['burst'][OURS.name][0])}", flush=True)
    return {name: dict(series) for name, series in results.items()}


def _whole_job(bench: Bench, orders: int) -> Iterator[tuple[str, Any]]:
    for contestant in ALL:
        with at_work(bench, contestant) as running:
            yield contestant.name, asdict(throughput(running, orders))


def _slow_peers(bench: Bench, orders: int) -> Iterator[tuple[str, Any]]:
    """50 ms a call, 100 in flight: the ceiling is 1,000 orders/s."""
    for contestant in (OURS, CELERY, FASTSTREAM, BARE):
        with at_work(bench, contestant, latency=_SLOW_CALL) as running:
            yield contestant.name, asdict(throughput(running, orders))


def _fifty_a_second(bench: Bench, _orders: int) -> Iterator[tuple[str, Any]]:
    for contestant in (OURS, OURS_POSTGRESQL, CELERY, FASTSTREAM):
        with at_work(bench, contestant) as running:
            yield contestant.name, asdict(latency(running, 50, 4))


def _two_daemons(bench: Bench, orders: int) -> Iterator[tuple[str, Any]]:
    """With 20 orders in hand each and 50 ms a call, on the one core that a worker has: two share it."""
    for number in (1, 2):
        places = [bench.worker_cores] * number
        with at_work(bench, OURS_POSTGRESQL, latency=_SLOW_CALL, in_flight=20, cores=places) as running:
            yield f"{number} x {OURS_POSTGRESQL.name}", asdict(throughput(running, orders))


def _prolonging(bench: Bench, orders: int) -> Iterator[tuple[str, Any]]:
    """With the third call for each PayLink that is not paid at once (docs/decisions/0004), which otherwise comes later:
    a trial of ten seconds, prolonged after one.
    """
    with at_work(bench, OURS, link_trial="10s") as running:
        yield OURS.name, asdict(throughput(running, orders, settle=4.0))


def _start(bench: Bench, _orders: int) -> Iterator[tuple[str, Any]]:
    for contestant in (OURS, CELERY, FASTSTREAM):
        yield contestant.name, {"seconds": start_to_first_order(bench, contestant)}


_PARTS: dict[str, Callable[[Bench, int], Iterator[tuple[str, Any]]]] = {
    "whole job": _whole_job,
    "50 ms a call": _slow_peers,
    "50 orders a second": _fifty_a_second,
    "two daemons": _two_daemons,
    "with prolonging": _prolonging,
    "start": _start,
}


def _burst(bench: Bench, orders: int = 10_000) -> dict[str, Any]:
    """A livestream: all at once. `memory_then` is the peak after a fifth, `memory_mib` at the end."""
    with at_work(bench, OURS) as running:
        running.publish(range(100_000, 100_000 + orders // 5))
        running.wait_for(orders // 5)
        then = running.memory()
        bench.stub.reset(0.0)
        return {**asdict(throughput(running, orders)), "memory_then": then}


def _short(figures: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())


@contextmanager
def far_side(worker_cores: Sequence[int], other_cores: Sequence[int]) -> Iterator[Bench]:
    """Everything but the worker; ends with it."""
    os.sched_setaffinity(0, other_cores)
    with RabbitNode() as rabbit, PostgresNode(durable=True) as postgres, tempfile.TemporaryDirectory() as folder:
        stub = Stub(other_cores, Path(folder))
        try:
            yield Bench(stub, rabbit.url, postgres, worker_cores)
        finally:
            stub.stop()


def machine(*, peers: bool = True) -> dict[str, Any]:
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "processor": model[0].partition(":")[2].strip() if model else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system() + " " + platform.release().split("-")[0],
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "peers": contestants.peer_versions() if peers else {},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="The order job, side by side.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--orders", type=int, default=1000)
    asked = parser.parse_args()
    *others, last = cores()
    if not others:
        sys.exit("Two cores are needed: one for the worker, one for everything else.")
    about = machine()
    with far_side([last], others) as bench:
        results = run(bench, asked.repeats, asked.orders)
    known = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    known["order job"] = {"machine": about, "repeats": asked.repeats, "orders": asked.orders, "results": results}
    RESULTS.write_bytes(orjson.dumps(known, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
    print(f"Written: {RESULTS.name}")


if __name__ == "__main__":
    main()
