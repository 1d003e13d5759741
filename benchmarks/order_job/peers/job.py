"""What every peer does with an order: read it, check twelve fields, and know what to ask the PSP and the messenger."""

import os
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

STUB = os.environ["BENCH_STUB"]
BROKER = os.environ["BENCH_BROKER"]
DATABASE = os.environ.get("BENCH_DATABASE", "")
QUEUE = os.environ.get("BENCH_QUEUE", "bench")
IN_FLIGHT = int(os.environ.get("BENCH_IN_FLIGHT", "100"))

PSP_URL = f"{STUB}/api-payment/V4/Charge/CreatePaymentOrder"
MESSENGER_URL = f"{STUB}/v24.0/1/messages"
INSERT = "INSERT INTO sent (order_ref, link, message) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
INSERT_ASYNCPG = "INSERT INTO sent (order_ref, link, message) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"

_PHONE = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(slots=True)
class Job:
    """Twelve fields of the order."""

    reference: str
    order_id: int
    status: str
    amount: int
    currency: str
    phone: str
    email: str
    first_name: str
    last_name: str
    country: str
    language: str
    description: str


def job_of(order: dict[str, Any]) -> Job:
    """Raises `ValueError` or `KeyError` for an order that cannot be asked for."""
    billing = order["billing"]
    phone, currency = billing["phone"], order["currency"]
    if not _PHONE.fullmatch(phone):
        raise ValueError("phone")
    if len(currency) != 3 or order["status"] not in ("pending", "on-hold"):
        raise ValueError("order")
    amount = Decimal(order["total"]) * 100
    if amount <= 0 or amount != int(amount):
        raise ValueError("amount")
    languages = [meta["value"] for meta in order["meta_data"] if meta["key"] == "paylink_language"]
    return Job(
        reference=order["number"],
        order_id=order["id"],
        status=order["status"],
        amount=int(amount),
        currency=currency,
        phone=phone,
        email=billing["email"],
        first_name=billing["first_name"],
        last_name=billing["last_name"],
        country=billing["country"],
        language=languages[0] if languages else "en",
        description=", ".join(line["name"] for line in order["line_items"]),
    )


def psp_ask(job: Job) -> dict[str, Any]:
    return {
        "amount": job.amount,
        "currency": job.currency,
        "orderId": job.reference,
        "channelOptions": {"channelType": "URL"},
        "expirationDate": "2026-12-25T09:00:00+00:00",
        "locale": f"{job.language}_{job.country}",
        "merchantComment": job.description[:255],
        "customer": {
            "email": job.email,
            "billingDetails": {
                "firstName": job.first_name,
                "lastName": job.last_name,
                "cellPhoneNumber": job.phone,
            },
        },
    }


def link_of(answer: dict[str, Any]) -> str:
    if answer["status"] != "SUCCESS":
        raise ValueError("psp")
    return str(answer["answer"]["paymentURL"])


def message_ask(job: Job, link: str) -> dict[str, Any]:
    parameters = [
        {"type": "text", "text": text} for text in ("Weinhaus Mosel", job.reference, f"{job.amount / 100:.2f} EUR")
    ]
    button = {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": [{"type": "text", "text": link.rpartition("/")[2]}],
    }
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": job.phone,
        "type": "template",
        "template": {
            "name": "paylink_request",
            "language": {"code": job.language},
            "components": [{"type": "body", "parameters": parameters}, button],
        },
    }


def message_of(answer: dict[str, Any]) -> str:
    return str(answer["messages"][0]["id"])
