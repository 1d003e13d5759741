"""The order of the job: 2.4 kB of JSON like WooCommerce's, told apart by its number."""

import copy
from typing import Any

import orjson

CONNECTION = "shop"
_LINES = [
    ("Riesling Kabinett feinherb, Steillage, 0,75 l", "RK-2024-075", 3, "12.90"),
    ("Spaetburgunder Rose trocken, 0,75 l", "SR-2025-075", 2, "9.50"),
    ("Winzersekt Brut, traditionelle Flaschengaerung", "WS-2022-075", 1, "18.40"),
    ("Geschenkkarton fuer sechs Flaschen", "GK-6", 1, "4.90"),
]


def _line(place: int, name: str, sku: str, quantity: int, price: str) -> dict[str, Any]:
    return {
        "id": 100 + place,
        "name": name,
        "product_id": 40 + place,
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "",
        "sku": sku,
        "price": price,
        "subtotal": price,
        "total": price,
        "total_tax": "0.00",
        "taxes": [],
        "meta_data": [],
    }


_ADDRESS = {
    "first_name": "Maria",
    "last_name": "Winkler",
    "company": "",
    "address_1": "Uferstrasse 12",
    "address_2": "",
    "city": "Bernkastel-Kues",
    "state": "",
    "postcode": "54470",
    "country": "DE",
}
_RECORD: dict[str, Any] = {
    "id": 0,
    "parent_id": 0,
    "status": "pending",
    "currency": "EUR",
    "version": "10.2.1",
    "prices_include_tax": True,
    "date_created_gmt": "2026-11-25T09:00:00",
    "date_modified_gmt": "2026-11-25T09:00:01",
    "date_paid_gmt": None,
    "discount_total": "0.00",
    "shipping_total": "6.90",
    "total": "93.40",
    "total_tax": "14.91",
    "customer_id": 7,
    "order_key": "wc_order_q8Jm2xVfT0aZk",
    "billing": {**_ADDRESS, "email": "maria.winkler@example.com", "phone": ""},
    "shipping": _ADDRESS,
    "payment_method": "paylink",
    "payment_method_title": "PayLink per WhatsApp",
    "transaction_id": "",
    "customer_note": "Bitte bei den Nachbarn abgeben, wenn niemand da ist.",
    "number": "",
    "meta_data": [{"id": 1, "key": "paylink_language", "value": "de"}],
    "line_items": [_line(place, *line) for place, line in enumerate(_LINES)],
    "refunds": [],
    "currency_symbol": "EUR",
}


def record(number: int) -> dict[str, Any]:
    """The order as the shop shows it. The buyer's telephone number is the order's number, in E.164 as well."""
    order = copy.copy(_RECORD)
    order["id"] = number
    order["number"] = str(number)
    order["billing"] = {**_RECORD["billing"], "phone": phone(number)}
    return order


def phone(number: int) -> str:
    return f"+4915112{number:06d}"


def number_of(phone_text: str) -> int:
    return int(phone_text.lstrip("+")[7:])


def bare_message(number: int) -> bytes:
    """What the peers consume: the order and nothing around it."""
    return orjson.dumps(record(number))


def event_message(number: int) -> bytes:
    """What our daemon consumes: the same order as a CloudEvent (docs/reference/asyncapi.yaml)."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"bench-{number}",
            "source": "https://shop.example.com",
            "type": "com.example.order.received.v1",
            "subject": str(number),
            "time": "2026-11-25T09:00:01Z",
            "datacontenttype": "application/json",
            "data": {
                "connection": CONNECTION,
                "order_ref": str(number),
                "document": "woocommerce.order",
                "record": record(number),
            },
        }
    )
