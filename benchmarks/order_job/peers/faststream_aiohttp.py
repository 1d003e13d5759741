"""FastStream with aiohttp and an asyncpg pool; acknowledged when the row is committed."""

import asyncio
from typing import Any

import aiohttp
import asyncpg
import uvloop
from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

from benchmarks.order_job.peers import job

broker = RabbitBroker(job.BROKER, default_channel=Channel(prefetch_count=job.IN_FLIGHT), logger=None)
app = FastStream(broker, logger=None)
own: dict[str, Any] = {}


@app.on_startup
async def open_all() -> None:
    own["session"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=job.IN_FLIGHT))
    own["pool"] = await asyncpg.create_pool(job.DATABASE, min_size=5, max_size=10)


@broker.subscriber(RabbitQueue(job.QUEUE, durable=True), ack_policy=AckPolicy.NACK_ON_ERROR)
async def handle(order: dict[str, Any]) -> None:
    asked = job.job_of(order)
    link = job.link_of(await _post(job.PSP_URL, job.psp_ask(asked)))
    message = job.message_of(await _post(job.MESSENGER_URL, job.message_ask(asked, link)))
    await own["pool"].execute(job.INSERT_ASYNCPG, asked.reference, link, message)


async def _post(url: str, ask: dict[str, Any]) -> dict[str, Any]:
    async with own["session"].post(url, json=ask) as answer:
        answer.raise_for_status()
        content: dict[str, Any] = await answer.json()
        return content


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(app.run())
