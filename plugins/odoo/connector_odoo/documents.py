"""Orders and invoices by the hundred: four calls for orders, five for invoices."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector_core.sdk import OrderRef, Record
from connector_odoo.amount import key, named
from connector_odoo.claim import Claims
from connector_odoo.mark import PREFIX, OdooPayment, payments_of
from connector_odoo.server import OdooServer
from connector_odoo.settings import OdooSettings

ORDER, MOVE = "sale.order", "account.move"
DOCUMENTS = {ORDER: "odoo.sale_order", MOVE: "odoo.invoice"}
_REF = re.compile(r"(sale\.order|account\.move):([1-9][0-9]{0,9})")


def order_ref(model: str, number: int) -> OrderRef:
    """``sale.order:17``: an order and an invoice may have the same number."""
    return OrderRef(f"{model}:{number}")


def parse_ref(ref: OrderRef) -> tuple[str, int] | None:
    found = _REF.fullmatch(ref)
    return (found[1], int(found[2])) if found else None


class Documents:
    """What a mapping reads: the document, its buyer, its invoices, and what it asks for now."""

    def __init__(self, server: OdooServer, settings: OdooSettings) -> None:
        self._server = server
        self._settings = settings

    def read(self, refs: Sequence[OrderRef]) -> Mapping[OrderRef, Record]:
        """A document that is gone, or of a company that is not this connection's, is left out."""
        parsed = [found for ref in dict.fromkeys(refs) if (found := parse_ref(ref))]
        orders = [number for model, number in parsed if model == ORDER]
        moves = [number for model, number in parsed if model == MOVE]
        return {**self._read_orders(orders), **self._read_invoices(moves)}

    def _read_orders(self, ids: Sequence[int]) -> Mapping[OrderRef, Record]:
        orders = self._ours(self.rows(ORDER, [("id", "in", list(ids))])) if ids else []
        if not orders:
            return {}
        invoices = self.with_credits(number for order in orders for number in order["invoice_ids"])
        claims = Claims(self._settings, orders, invoices)
        return self._shown(ORDER, orders, claims)

    def _read_invoices(self, ids: Sequence[int]) -> Mapping[OrderRef, Record]:
        known = self.with_credits(ids)
        moves = [move for move in self._ours(known) if move["move_type"] == "out_invoice" and move["id"] in ids]
        if not moves:
            return {}
        orders = self.rows(ORDER, [("invoice_ids", "in", [move["id"] for move in moves])])
        siblings = {number for order in orders for number in order["invoice_ids"]} - {move["id"] for move in known}
        return self._shown(MOVE, moves, Claims(self._settings, orders, [*known, *self.with_credits(siblings)]))

    def _shown(self, model: str, rows: Sequence[Record], claims: Claims) -> Mapping[OrderRef, Record]:
        names = ("partner_id", "partner_invoice_id") if model == ORDER else ("partner_id",)
        people = self._by_id("res.partner", (key(row[name]) for row in rows for name in names))
        claims.payments = self._our_payments(people.values())
        judge = claims.of_order if model == ORDER else claims.of_invoice
        return {
            order_ref(model, row["id"]): {
                **_plain(row),
                **judge(row),
                "currency": named(row["currency_id"]),
                "company": named(row["company_id"]),
                "partner": _buyer([people.get(key(row[name])) for name in reversed(names)]),
            }
            for row in rows
        }

    def rows(self, model: str, domain: Sequence[Any], *, order: str = "id", limit: int = 0) -> Sequence[Record]:
        fields = self._server.can.fields[model]
        return self._server.rpc.search_read(model, domain, fields, order=order, limit=limit)

    def with_credits(self, invoices: Iterable[int]) -> Sequence[Record]:
        """These invoices, and the credit notes that were made for them."""
        wanted = sorted(set(invoices) - {0})
        if not wanted:
            return []
        itself = ("id", "in", wanted)
        if not self._server.can.has(MOVE, "reversed_entry_id"):
            return self.rows(MOVE, [itself])
        return self.rows(MOVE, ["|", itself, ("reversed_entry_id", "in", wanted)])

    def _by_id(self, model: str, numbers: Iterable[int]) -> Mapping[int, Record]:
        wanted = sorted(set(numbers) - {0})
        return {int(row["id"]): row for row in self.rows(model, [("id", "in", wanted)])} if wanted else {}

    def _ours(self, rows: Sequence[Record]) -> Sequence[Record]:
        mine = self._settings.companies
        return [row for row in rows if not mine or key(row["company_id"]) in mine]

    def _our_payments(self, people: Iterable[Record]) -> Sequence[OdooPayment]:
        memo = self._server.can.memo
        partners = sorted({int(row["id"]) for row in people} | {key(row["commercial_partner_id"]) for row in people})
        domain = [("partner_id", "in", partners), (memo, "ilike", PREFIX)]
        return payments_of(self.rows("account.payment", domain), memo)


def _plain(row: Record) -> dict[str, Any]:
    """The document's own values; what Odoo writes as false because it is empty becomes null."""
    return {name: None if value is False and name != "require_payment" else value for name, value in row.items()}


def _buyer(candidates: Sequence[Record | None]) -> Mapping[str, Any]:
    """Who gets the invoice; without a telephone number there, who has ordered."""
    people = [person for person in candidates if person]
    reachable = [person for person in people if person.get("mobile") or person["phone"]]
    person = (reachable or people or [{}])[0]
    wanted = ("name", "email", "phone", "mobile", "lang", "country_code")
    return {name: person.get(name) or None for name in wanted}
