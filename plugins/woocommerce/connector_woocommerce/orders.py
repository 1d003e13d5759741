"""Orders by the hundred, as they are now."""

import re
from collections.abc import Iterator, Mapping, Sequence

from connector_core.sdk import OrderRef, Record
from connector_woocommerce.api import WooApi

_BATCH = 100
"""The most that WooCommerce lists in one page (reference/woocommerce.md 4)."""
_ID = re.compile(r"[1-9][0-9]{0,17}")


def read_orders(api: WooApi, order_refs: Sequence[OrderRef]) -> Mapping[OrderRef, Record]:
    """What exists and is not in the trash. `date_modified_gmt` is the version of a record (one second fine)."""
    wanted = [ref for ref in dict.fromkeys(order_refs) if _ID.fullmatch(ref)]
    return {ref: record for chunk in _chunks(wanted) for ref, record in _read_chunk(api, chunk)}


def _read_chunk(api: WooApi, refs: Sequence[OrderRef]) -> Iterator[tuple[OrderRef, Record]]:
    """An empty or unknown parameter lists every order, so the answer is held against what was asked."""
    query = {"include": ",".join(refs), "per_page": str(_BATCH), "status": "any", "orderby": "id", "order": "asc"}
    for record in api.orders(query):
        ref = OrderRef(str(record.get("id")))
        if ref in refs and record.get("status") not in ("checkout-draft", "auto-draft", "trash"):
            yield ref, record


def _chunks(refs: Sequence[OrderRef]) -> Iterator[Sequence[OrderRef]]:
    for start in range(0, len(refs), _BATCH):
        yield refs[start : start + _BATCH]
