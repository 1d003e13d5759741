"""Dramatiq, one process with many threads: `dramatiq benchmarks.order_job.peers.dramatiq_threads -p 1 -t 100`."""

from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from benchmarks.order_job.peers import job, threads

broker = RabbitmqBroker(url=job.BROKER, confirm_delivery=False)
dramatiq.set_broker(broker)


@dramatiq.actor(actor_name="order", queue_name=job.QUEUE)
def handle(order: dict[str, Any]) -> None:
    threads.handle(order)
