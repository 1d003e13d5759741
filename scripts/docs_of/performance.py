"""`performance.md`: the last full run of the benchmarks, and a verdict on each target."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.targets import verdicts
from scripts.docs_of.markdown import page, table

LAST_RUN = Path(__file__).parents[2] / "benchmarks" / "last_run.json"

_JOB = """
**The order job.** An order of 2.4 kB, as WooCommerce has it, lies in RabbitMQ. The worker reads and checks it, asks the
PSP for a PayLink, sends it over WhatsApp, keeps what it has done, and acknowledges. PSP and WhatsApp are a stub that
answers after a set time and knows what it was asked for, so nothing here is the worker's own opinion.

Each worker has one core, everything else (RabbitMQ, PostgreSQL, stub, publisher) has the others. `orders/s` is taken
between the tenth percentile and the last message, `CPU` is that of the worker's processes for each order, all work that
follows included. Repeats are interleaved; figures are medians.

**What is not equal.** The PayLink Connector commits three times for each order (asked, linked, sent), keeps a timeline,
and publishes five events for each order with publisher confirms; the peers commit one row in PostgreSQL, and repeat
what was in hand when they are killed. Celery, Dramatiq and the hand-written worker use `requests`, as their users do.
The peers are configured by us, not by their authors. Nobody speaks TLS here.

**What comes later.** A PayLink that is not paid within a minute is prolonged by a third call
(docs/decisions/0004); "with prolonging" has that call within the measured time.
"""


_SCALE = """
A SQLite database with so many orders, each with its request, PayLink, message, waiting step and timeline; then the
order job, and what the back office asks. Queries are the 95th percentile of 40 calls, in milliseconds.
"""


_OFFICE = """
The list that people see with so many orders of five shops and two years, on a disk that is waited for at each commit.
Each question is asked for other orders each time; milliseconds until the answer is read. The last lines say what
entering an order costs, once when it is asked for and again when it is paid, and how busy the machine was otherwise.
"""


def performance_page() -> str:
    known: Mapping[str, Any] = orjson.loads(LAST_RUN.read_bytes())
    return page("Performance", "\n\n".join(_parts(known)))


def _parts(known: Mapping[str, Any]) -> Iterator[str]:
    yield "Made by `make bench` and `make docs`; a figure is worth something only beside the others of its own run."
    rows = [("met" if v.met else "**missed**", v.target, v.measured, v.wanted) for v in verdicts(known)]
    yield "## Targets\n\n" + table(("", "target", "measured", "wanted"), rows)
    if job := known.get("order job"):
        yield "## The order job\n" + _JOB.rstrip()
        yield _machine(job)
        yield from (_section(name, series) for name, series in job["results"].items())
    if scale := known.get("scale"):
        yield "## With ever more orders stored\n" + _SCALE.rstrip()
        yield _machine(scale)
        yield _curve(scale["results"])
    if office := known.get("office"):
        yield "## The back office's list\n" + _OFFICE.rstrip()
        yield _run_on(office, f"{office['rows']:,} orders, {office['calls']} calls of each question")
        yield _questions(office["results"])


def _machine(run: Mapping[str, Any]) -> str:
    return _run_on(run, f"{run['repeats']} repeats of {run['orders']} orders")


def _run_on(run: Mapping[str, Any], what: str) -> str:
    about = run["machine"]
    libraries = {**about["libraries"], **about["peers"]}
    return (
        f"Measured {about['at']} on {about['cores']} cores ({about['processor']}), {about['system']}, "
        f"Python {about['python']}; {what}. "
        + ", ".join(f"{name} {version}" for name, version in sorted(libraries.items()))
        + "."
    )


_HEADS = {
    "rate": "orders/s", "cpu_ms": "CPU ms", "memory_mib": "peak MiB", "memory_then": "peak MiB after a fifth",
    "p50_ms": "median ms", "p99_ms": "p99 ms", "seconds": "s", "lost": "lost", "twice": "twice", "orders": "orders",
    "extra_calls": "further calls",
}  # fmt: skip


def _section(name: str, series: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    columns = list(next(iter(series.values()))[0])
    rows = [(who, *(_figure(column, runs) for column in columns)) for who, runs in series.items()]
    heads = ("", *(_HEADS.get(column, column) for column in columns))
    return f"### {name[0].upper()}{name[1:]}\n\n" + table(heads, rows)


def _figure(column: str, runs: Sequence[Mapping[str, float]]) -> str:
    middle = median(run[column] for run in runs)
    return f"{middle:,.0f}" if middle == int(middle) else _told(middle)


def _curve(results: Mapping[str, Mapping[str, float]]) -> str:
    sizes = sorted(results, key=int)
    columns = list(dict.fromkeys(name for size in sizes for name in results[size]))
    rows = [(_HEADS.get(name, name), *(_told(results[size].get(name)) for size in sizes)) for name in columns]
    return table(("", *(f"{int(size):,}" for size in sizes)), rows)


def _questions(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Databases beside one another."""
    heads = ["", *(f"{name}, {percentile}" for name in results for percentile in ("median", "p95"))]
    asked = next(iter(results.values()))["questions"]
    rows = [(name, *_times([found["questions"][name] for found in results.values()])) for name in asked]
    costs = [figure for found in results.values() for figure in (_told(found["cpu_ms"]), "")]
    loads = [figure for found in results.values() for figure in (_told(found["load"]), "")]
    return table(heads, [*rows, ("CPU ms an order", *costs), ("processes that wanted the cores", *loads)])


def _times(found: Sequence[Mapping[str, float]]) -> Iterator[str]:
    return (_told(times[name]) for times in found for name in ("p50_ms", "p95_ms"))


def _told(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
