"""The addon shows the PayLink on its order or invoice: as a badge, to be copied, and to be scanned from paper."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector_core.sdk import OpenLink, Rejected, RetryLater
from connector_odoo.documents import parse_ref
from connector_odoo.server import ADDON, OdooServer


def show_links(server: OdooServer, links: Sequence[OpenLink]) -> None:
    """Plain Odoo has no place for them. The addon takes each once; one that it refuses, say for a document that was
    deleted, is left out.
    """
    if not server.can.addon:
        return
    try:
        rows = server.rpc.run_model(ADDON, "record_payments", vals_list=[_values(link) for link in links])
    except Rejected:
        server.forget()  # the addon or a right went; the payments to come will say so
        return
    if isinstance(rows, list) and any(isinstance(row, dict) and row.get("outcome") == "retry" for row in rows):
        raise RetryLater("Odoo could not show every PayLink.", cure="See Odoo's log of this moment.")


def _values(link: OpenLink) -> Mapping[str, Any]:
    """As a fact of its own, so that it is taken once; the note is worded by the addon."""
    model, number = parse_ref(link.order_ref) or ("", 0)
    asked = f"{link.asked.decimal():f}"
    return {
        "id": link.id,
        "order_ref": link.order_ref,
        "model": model,
        "res_id": number,
        "fact": "linked",
        "amount": asked,
        "currency": link.asked.currency,
        "asked": asked,
        "captured": "0",
        "psp_ref": "",
        "at": f"{link.at:%Y-%m-%d %H:%M:%S}",
        "url": link.url,
        "language": link.language,
        "settled": False,
        "note": None,
    }
