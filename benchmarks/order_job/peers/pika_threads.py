"""Written by hand: pika's blocking connection, a pool of threads, requests; acknowledged when the row is committed."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import orjson
import pika

from benchmarks.order_job.peers import job, threads


def main() -> None:
    connection = pika.BlockingConnection(pika.URLParameters(job.BROKER))
    channel = connection.channel()
    channel.queue_declare(job.QUEUE, durable=True)
    channel.basic_qos(prefetch_count=job.IN_FLIGHT)
    pool = ThreadPoolExecutor(job.IN_FLIGHT)

    def work(tag: int, body: bytes) -> None:
        threads.handle(orjson.loads(body))
        connection.add_callback_threadsafe(partial(channel.basic_ack, tag))

    def arrive(_channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        pool.submit(work, method.delivery_tag, body)

    channel.basic_consume(job.QUEUE, arrive)
    channel.start_consuming()


if __name__ == "__main__":
    main()
