"""A wc/v3 order, key for key as recorded, and the texts that a shop writes into it."""

import random
import string
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connector_woocommerce.fake.people import VAT, Article, random_address, random_basket

Order = dict[str, Any]
SITE_ZONE = ZoneInfo("Europe/Berlin")
_SHIPPING = Decimal("4.90")
_CENT = Decimal("0.01")
_UNTOUCHED: dict[str, Any] = {
    "parent_id": 0,
    "status": "pending",
    "currency": "EUR",
    "currency_symbol": "€",
    "version": "10.0.2",
    "prices_include_tax": True,
    "discount_total": "0.00",
    "discount_tax": "0.00",
    "customer_id": 0,
    "customer_ip_address": "",
    "customer_user_agent": "",
    "customer_note": "",
    "payment_method": "paylink",
    "payment_method_title": "PayLink",
    "transaction_id": "",
    "created_via": "store-api",
    "cart_hash": "",
    "is_editable": True,
    "needs_payment": True,
    "needs_processing": True,
    **{f"date_{what}{zone}": None for what in ("created", "modified", "completed", "paid") for zone in ("", "_gmt")},
}
"""What a new order has whoever placed it."""


def new_order(number: int, base: str, rng: random.Random, items: int) -> Order:
    """A random order that waits for payment. `items` is the next free id of a line."""
    billing = random_address(rng)
    order_key = "wc_order_" + "".join(rng.choices(string.ascii_letters + string.digits, k=13))
    order: Order = {
        "id": number,
        "number": str(number),
        **_UNTOUCHED,
        **_amounts(random_basket(rng), billing["country"], items),
        "order_key": order_key,
        "billing": billing,
        "shipping": {name: value for name, value in billing.items() if name != "email"},
        "meta_data": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "payment_url": f"{base}/checkout/order-pay/{number}/?pay_for_order=true&key={order_key}",
    }
    stamp(order, "created")
    stamp(order, "modified")
    return order


def stamp(order: Order, what: str) -> None:
    """Sets both twins of a date: site-local and GMT, neither with a zone, in whole seconds."""
    now = datetime.now(UTC).replace(microsecond=0)
    order[f"date_{what}"] = now.astimezone(SITE_ZONE).replace(tzinfo=None).isoformat()
    order[f"date_{what}_gmt"] = now.replace(tzinfo=None).isoformat()


def render(order: Order, base: str) -> Order:
    """What REST answers: the derived fields and the links."""
    status, total = order["status"], Decimal(order["total"])
    link = f"{base}/wp-json/wc/v3/orders"
    return {
        **order,
        "needs_payment": status in ("pending", "failed", "checkout-draft") and total > 0,
        "is_editable": status in ("pending", "on-hold", "auto-draft", "checkout-draft"),
        "_links": {"self": [{"href": f"{link}/{order['id']}"}], "collection": [{"href": link}]},
    }


def merge_metas(order: Order, metas: list[dict[str, Any]], next_id: int) -> None:
    """The same key is updated in place; a null value with an id deletes (reference/woocommerce.md 4)."""
    for meta in metas:
        known = next(
            (m for m in order["meta_data"] if meta.get("id", m["id"]) == m["id"] and m["key"] == meta["key"]), None
        )
        if known is None:
            order["meta_data"].append({"id": next_id, "key": meta["key"], "value": meta.get("value")})
            next_id += 1
        elif meta.get("value") is None:
            order["meta_data"].remove(known)
        else:
            known["value"] = meta["value"]


def _amounts(basket: list[tuple[Article, int]], country: str, items: int) -> Order:
    rate = VAT[country]
    lines = [_line(items + index, article, count, rate) for index, (article, count) in enumerate(basket)]
    gross = sum((article.price * count for article, count in basket), Decimal())
    tax, shipping_tax = _vat(gross, rate), _vat(_SHIPPING, rate)
    return {
        "shipping_total": str(_SHIPPING - shipping_tax),
        "shipping_tax": str(shipping_tax),
        "cart_tax": str(tax),
        "total": str(gross + _SHIPPING),
        "total_tax": str(tax + shipping_tax),
        "line_items": lines,
        "tax_lines": [
            {
                "id": items + 50,
                "rate_code": f"{country}-MWST.-1",
                "rate_id": 1,
                "label": "MwSt.",
                "compound": False,
                "tax_total": str(tax),
                "shipping_tax_total": str(shipping_tax),
                "rate_percent": rate,
                "meta_data": [],
            }
        ],
        "shipping_lines": [
            {
                "id": items + 51,
                "method_title": "DHL Paket" if country == "DE" else "Österreichische Post",
                "method_id": "flat_rate",
                "instance_id": "",
                "total": str(_SHIPPING - shipping_tax),
                "total_tax": str(shipping_tax),
                "taxes": [{"id": 1, "total": str(shipping_tax), "subtotal": ""}],
                "tax_status": "taxable",
                "meta_data": [],
            }
        ],
    }


def _line(number: int, article: Article, count: int, rate: int) -> Order:
    gross = article.price * count
    tax = _vat(gross, rate)
    return {
        "id": number,
        "name": article.name,
        "product_id": article.product_id,
        "variation_id": 0,
        "quantity": count,
        "tax_class": "",
        "subtotal": str(gross - tax),
        "subtotal_tax": str(tax),
        "total": str(gross - tax),
        "total_tax": str(tax),
        "taxes": [{"id": 1, "total": str(tax), "subtotal": str(tax)}],
        "meta_data": [],
        "sku": article.sku,
        "price": float((gross - tax) / count),
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def _vat(gross: Decimal, rate: int) -> Decimal:
    return (gross * rate / (100 + rate)).quantize(_CENT)
