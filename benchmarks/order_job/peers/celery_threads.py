"""Celery with its thread pool, acknowledging late, nothing prefetched beyond what runs; no result backend."""

from typing import Any

from celery import Celery
from kombu import Queue

from benchmarks.order_job.peers import job, threads

app = Celery("bench", broker=job.BROKER)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_queues=[Queue(job.QUEUE, durable=True)],
    task_default_queue=job.QUEUE,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


@app.task(name="bench.order")
def handle(order: dict[str, Any]) -> None:
    threads.handle(order)


if __name__ == "__main__":
    app.worker_main(
        ["worker", "--pool=threads", f"--concurrency={job.IN_FLIGHT}", "--without-gossip", "--without-mingle",
         "--without-heartbeat", "--loglevel=error"]
    )  # fmt: skip
