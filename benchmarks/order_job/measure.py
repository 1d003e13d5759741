"""One run of one contestant, from the start of its process to figures."""

import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from benchmarks.order_job.contestants import Contestant
from benchmarks.order_job.far_side import Log, Queue, Stub, wait_until
from benchmarks.order_job.processes import Worker
from benchmarks.order_job.surroundings import Surroundings
from tests.services.postgres import PostgresNode

WARM_UP = 30
_SETTLE = 1.0
_TABLE = (
    "CREATE TABLE sent (order_ref text PRIMARY KEY, link text NOT NULL, message text NOT NULL,"
    " at timestamptz NOT NULL DEFAULT now())"
)


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share: the far side, and the cores of the workers under test."""

    stub: Stub
    broker: str
    postgres: PostgresNode
    worker_cores: Sequence[int]


@dataclass(frozen=True, slots=True)
class Throughput:
    """`rate` in orders/s between the tenth percentile and the last message; `cpu_ms` for each order, of the process
    tree; `memory_mib` its peak; `extra_calls` beside one link and one message for each order.
    """

    orders: int
    rate: float
    cpu_ms: float
    memory_mib: float
    lost: int
    twice: int
    extra_calls: int


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the publishing of an order until WhatsApp has accepted its message."""

    p50_ms: float
    p99_ms: float


class Running:
    """A contestant at work."""

    def __init__(
        self, bench: Bench, contestant: Contestant, workers: Sequence[Worker], queue: Queue, first: int
    ) -> None:  # fmt: skip
        self.first = first
        self.bench = bench
        self.queue = queue
        self.workers = workers
        self._message = contestant.message

    def publish(self, numbers: range) -> dict[int, float]:
        """As fast as it goes; when each was published (monotonic seconds)."""
        messages = [(number, self._message(number)) for number in numbers]
        published = {}
        for number, message in messages:
            published[number] = time.monotonic()
            self.queue.publish(message)
        return published

    def publish_at(self, rate: float, numbers: range) -> dict[int, float]:
        messages = [(number, self._message(number)) for number in numbers]
        published = {}
        begun = time.monotonic()
        for place, (number, message) in enumerate(messages):
            time.sleep(max(0.0, begun + place / rate - time.monotonic()))
            published[number] = time.monotonic()
            self.queue.publish(message)
        return published

    def wait_for(self, messages: int, patience: float = 180.0) -> Log:
        deadline = time.monotonic() + patience
        while True:
            log = self.bench.stub.log()
            if len({number for number, _ in log.messages}) >= messages or time.monotonic() > deadline:
                return log
            self.queue.rest(0.1)

    def cpu(self) -> float:
        return sum(worker.cpu_seconds() for worker in self.workers)

    def memory(self) -> float:
        return sum(worker.peak_memory() for worker in self.workers)


@contextmanager
def at_work(
    bench: Bench,
    contestant: Contestant,
    *,
    latency: float = 0.0,
    in_flight: int = 100,
    cores: Sequence[Sequence[int]] | None = None,
    link_trial: str = "10m",
    database: Path | None = None,
    first: int = 0,
) -> Iterator[Running]:
    """The contestant with an empty database and queue, warmed up. One process for each entry of `cores`.

    `database` is a SQLite file to work on instead of an empty one, `first` the number of the first order.
    """
    with _surroundings(bench, contestant, in_flight, link_trial, database) as around:
        queue = Queue(bench.broker, contestant.queue, contestant.exchange)
        queue.clear()
        bench.stub.reset(latency)
        workers = []
        try:
            for on_cores in cores or [bench.worker_cores]:
                log = around.folder / "worker.log"
                workers.append(Worker(contestant.command(around), contestant.environment(around), on_cores, log))
                wait_until(_consumes(queue, workers, log))
            running = Running(bench, contestant, workers, queue, first + WARM_UP)
            running.publish(range(first, first + WARM_UP))
            running.wait_for(WARM_UP)
            queue.rest(_SETTLE)
            bench.stub.reset(latency)
            yield running
        finally:
            for worker in workers:
                worker.stop()
            queue.clear()
            queue.close()


def throughput(running: Running, orders: int, settle: float = _SETTLE) -> Throughput:
    before = running.cpu()
    running.publish(range(running.first, running.first + orders))
    log = running.wait_for(orders)
    running.queue.rest(settle)
    spent = running.cpu() - before
    log = running.bench.stub.log()
    messages = Counter(number for number, _ in log.messages)
    links = Counter(number for number, _ in log.links)
    times = sorted(at for _, at in log.messages)
    tenth = times[len(times) // 10]
    return Throughput(
        orders=orders,
        rate=(len(times) - len(times) // 10) / (times[-1] - tenth),
        cpu_ms=1000 * spent / orders,
        memory_mib=running.memory(),
        lost=orders - len(messages),
        twice=sum(count > 1 for count in messages.values()) + sum(count > 1 for count in links.values()),
        extra_calls=log.others,
    )


def latency(running: Running, rate: float, seconds: float) -> Latency:
    orders = int(rate * seconds)
    published = running.publish_at(rate, range(running.first, running.first + orders))
    log = running.wait_for(orders)
    waits = sorted(1000 * (at - published[number]) for number, at in log.messages)
    return Latency(waits[len(waits) // 2], waits[min(len(waits) - 1, int(len(waits) * 0.99))])


def start_to_first_order(bench: Bench, contestant: Contestant) -> float:
    """Seconds from the start of the process until it asks for the PayLink of an order that waits in the queue."""
    with _surroundings(bench, contestant) as around:
        queue = Queue(bench.broker, contestant.queue, contestant.exchange)
        queue.clear()
        log = around.folder / "worker.log"

        def start() -> Worker:
            return Worker(contestant.command(around), contestant.environment(around), bench.worker_cores, log)

        try:
            first = start()  # makes the queue and the tables
            try:
                wait_until(_consumes(queue, [first], log))
            finally:
                first.stop()
            bench.stub.reset(0.0)
            queue.publish(contestant.message(1))
            second = start()
            try:
                wait_until(lambda: bench.stub.log().links, every=0.01)
                return bench.stub.log().links[0][1] - second.started
            finally:
                second.stop()
        finally:
            queue.clear()
            queue.close()


@contextmanager
def _surroundings(
    bench: Bench,
    contestant: Contestant,
    in_flight: int = 100,
    link_trial: str = "10m",
    file: Path | None = None,
) -> Iterator[Surroundings]:
    folder = Path(mkdtemp(prefix="paylink-bench-"))
    name = f"b{secrets.token_hex(6)}" if contestant.store == "postgresql" else ""
    database = bench.postgres.create_database(name) if name else f"sqlite:///{file or folder / 'paylink.db'}"
    try:
        if name and contestant.durable_steps == 1:
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(_TABLE)
        yield Surroundings(bench.stub.url, bench.broker, folder, database, in_flight, link_trial)
    finally:
        if name:
            bench.postgres.drop_database(name)
        shutil.rmtree(folder, ignore_errors=True)


def _consumes(queue: Queue, workers: Sequence[Worker], log: Path) -> Callable[[], bool]:
    def consumes() -> bool:
        if not all(worker.alive for worker in workers):
            raise RuntimeError(f"the worker ended: {log.read_text(errors='replace')[-2000:]}")
        return queue.consumers() >= len(workers)

    return consumes
