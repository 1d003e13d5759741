"""A process that does nothing but deliver webhooks to this host: ``python -m tests.faults.webhook_sender URL``."""

import asyncio
import sys
from datetime import timedelta

from connector_core.adapters.store_sql import SqlStore, SqlWebhooks
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.webhook_egress import WebhookEgress
from connector_core.adapters.webhook_guard import Guard
from connector_core.flow.webhook_delivery import WebhookDelivery

PATIENCE = timedelta(seconds=1)


async def main(url: str) -> None:
    store = SqlStore(url)
    await store.open()
    egress = WebhookEgress(Guard(allowed=["127.0.0.1/32"], schemes=["http"]))
    delivery = WebhookDelivery(store, SqlWebhooks(store), egress, SystemClock(), patience=PATIENCE)
    await delivery.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
