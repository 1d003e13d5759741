"""An order event from a system of your own: `python publish_order.py amqps://user:password@host/`."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import pika


def order_event(order: dict[str, Any]) -> dict[str, Any]:
    """A CloudEvent. With `record` the order is not read again; without it the plugin's `fetch_orders` is asked."""
    return {
        "specversion": "1.0",
        "id": f"{order['id']}-{order['changed']}",
        "source": "https://erp.example.com",
        "type": "com.example.erp.order.changed.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": {"connection": "acme", "order_ref": order["id"], "document": "acme.order", "record": order},
    }


def publish(url: str, event: dict[str, Any]) -> None:
    """Returns when RabbitMQ has the event safe; raises what pika raises when it has not: publish it again then."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(
            content_type="application/cloudevents+json", delivery_mode=2, message_id=event["id"]
        )
        channel.basic_publish("paylink.orders", event["type"], json.dumps(event).encode(), properties, mandatory=True)
    finally:
        connection.close()


if __name__ == "__main__":
    buyer = {"name": "Erika Muster", "phone": "0151 23456789", "country": "DE", "language": "de"}
    order = {"id": "A-2001", "changed": 1, "status": "open", "total": "33.90", "currency": "EUR", "buyer": buyer}
    publish(sys.argv[1], order_event(order))
