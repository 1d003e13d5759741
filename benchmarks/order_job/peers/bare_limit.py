"""The bare limit: pika's asyncio connection, aiohttp, orjson. Nothing is stored; whatever fails is lost."""

import asyncio
from typing import Any

import aiohttp
import orjson
import pika
import uvloop
from pika.adapters.asyncio_connection import AsyncioConnection

from benchmarks.order_job.peers import job

_JSON = {"Content-Type": "application/json"}


async def _handle(session: aiohttp.ClientSession, channel: Any, tag: int, body: bytes) -> None:
    asked = job.job_of(orjson.loads(body))
    link = job.link_of(await _post(session, job.PSP_URL, job.psp_ask(asked)))
    job.message_of(await _post(session, job.MESSENGER_URL, job.message_ask(asked, link)))
    channel.basic_ack(tag)


async def _post(session: aiohttp.ClientSession, url: str, ask: dict[str, Any]) -> dict[str, Any]:
    async with session.post(url, data=orjson.dumps(ask), headers=_JSON) as answer:
        content: dict[str, Any] = orjson.loads(await answer.read())
        return content


async def main() -> None:
    running: set[asyncio.Task[None]] = set()
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=job.IN_FLIGHT))

    def arrive(channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        task = asyncio.create_task(_handle(session, channel, method.delivery_tag, body))
        running.add(task)
        task.add_done_callback(running.discard)

    def opened(channel: Any) -> None:
        channel.basic_qos(prefetch_count=job.IN_FLIGHT)
        channel.queue_declare(job.QUEUE, durable=True)
        channel.basic_consume(job.QUEUE, arrive)

    AsyncioConnection(
        pika.URLParameters(job.BROKER),
        on_open_callback=lambda connection: connection.channel(on_open_callback=opened),
        custom_ioloop=asyncio.get_running_loop(),
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
