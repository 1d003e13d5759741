"""The order list: filters, order, pages and `_fields` (reference/woocommerce.md 4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from connector_woocommerce.fake.book import Book, WooError
from connector_woocommerce.fake.order import SITE_ZONE, Order

_HIDDEN = ("auto-draft",)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of rows; past the end `total` is 0 (surprise 15)."""

    rows: Sequence[Order]
    total: int
    pages: int


def list_orders(book: Book, query: Mapping[str, str]) -> Listing:
    """Unknown parameters are ignored without a word (surprise 14)."""
    size, page = _whole(query, "per_page", 10, 100), _whole(query, "page", 1, 10**9)
    rows = _matching(book, query)
    rows.sort(key=_order_key(query), reverse=query.get("order", "desc") != "asc")
    shown = rows[(page - 1) * size : page * size]
    if not shown:
        return Listing([], 0, 0)
    return Listing(shown, len(rows), ceil(len(rows) / size))


def pick(row: Order, fields: str) -> Order:
    """Dotted paths work on orders and lists of them."""
    picked: Order = {}
    for path in filter(None, fields.split(",")):
        head, _, rest = path.partition(".")
        if head not in row:
            continue
        value = row[head]
        if rest and isinstance(value, dict):
            picked[head] = {**picked.get(head, {}), **pick(value, rest)}
        else:
            picked[head] = value
    return picked


def _matching(book: Book, query: Mapping[str, str]) -> list[Order]:
    statuses = set(filter(None, query.get("status", "any").split(",")))
    rows = list(book.trash.values()) if "trash" in statuses else []
    rows += [o for o in book.orders.values() if _has_status(o, statuses)]
    include = {int(part) for part in query.get("include", "").split(",") if part.strip().isdigit()}
    if include:
        rows = [row for row in rows if row["id"] in include]
    for name, field, later in (
        ("modified_after", "date_modified_gmt", True),
        ("modified_before", "date_modified_gmt", False),
        ("after", "date_created_gmt", True),
        ("before", "date_created_gmt", False),
    ):
        if name in query:
            limit = _moment(query[name], query.get("dates_are_gmt") == "true", name)
            rows = [row for row in rows if (row[field] > limit if later else row[field] < limit)]
    return rows


def _has_status(order: Order, statuses: set[str]) -> bool:
    return order["status"] in statuses or ("any" in statuses and order["status"] not in _HIDDEN)


def _order_key(query: Mapping[str, str]) -> Any:
    match query.get("orderby", "date"):
        case "modified":
            return lambda row: (row["date_modified_gmt"], row["id"])
        case "id" | "include":
            return lambda row: row["id"]
        case _:
            return lambda row: (row["date_created_gmt"], row["id"])


def _moment(text: str, is_gmt: bool, name: str) -> str:
    """GMT without zone. A value without zone is site-local unless the flag says otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid(name) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if is_gmt else SITE_ZONE)
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def _whole(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise _invalid(name)
    return int(text)


def _invalid(name: str) -> WooError:
    return WooError(
        400, "rest_invalid_param", f"Invalid parameter(s): {name}", {"status": 400, "params": {name: "invalid"}}
    )
