"""What the connector calls: `describe` and `record_payments`, over /jsonrpc and JSON-2 alike."""

import logging

import psycopg2

from odoo import _, api, models, release
from odoo.exceptions import AccessError, UserError
from odoo.modules.module import get_manifest

from ..fact import DOCUMENTS, FACTS, read_fact
from .paylink_ledger import Entry, Refusal

_logger = logging.getLogger(__name__)

ONCE = "paylink_booking_update_id_once"
"""Odoo's name of the constraint by which a fact is taken once."""


class PaylinkConnector(models.AbstractModel):
    _name = "paylink.connector"
    _description = "PayLink interface for the connector"

    @api.model
    def describe(self):
        """What this addon can do, so that the connector need not guess."""
        self._check_caller()
        version = get_manifest("paylink_connector").get("version", "")
        companies = self.env.user.company_ids
        return {
            "addon": version,
            "series": release.series,
            "documents": list(DOCUMENTS),
            "facts": list(FACTS),
            "status_field": "paylink_status",
            "companies": [company._paylink_description() for company in companies.sudo()],
        }

    @api.model
    def record_payments(self, vals_list):
        """A list of facts, each in a savepoint of its own; returns `{id, outcome, message, cure, source_ref}` for each.

        A repeat answers "already". Two calls with the same fact wait for each other at the document's row: the second
        fails with a serialization error, which Odoo answers by running it again, and then it finds the first one's row.
        """
        self._check_caller()
        connector = self.sudo().with_context(paylink_silent=True, tracking_disable=True, mail_notrack=True)
        connector._lock(vals_list)
        return [connector._record(vals) for vals in vals_list]

    def _check_caller(self):
        user = self.env.user
        if not (user.has_group("paylink_connector.group_api") or user.has_group("base.group_system")):
            raise AccessError(_("The user of the connector needs the right “PayLink: Connector API”."))

    def _lock(self, vals_list):
        """The documents' rows, always in the same order."""
        for model in sorted(DOCUMENTS):
            numbers = sorted({int(vals.get("res_id") or 0) for vals in vals_list if vals.get("model") == model})
            if numbers:
                self.env.cr.execute(
                    f'SELECT id FROM "{self.env[model]._table}" WHERE id IN %s ORDER BY id FOR NO KEY UPDATE',  # noqa: S608
                    (tuple(numbers),),
                )

    def _record(self, vals):
        """Never raises for one fact what would undo the others, but lets Odoo repeat the call after a conflict."""
        known = self._known(vals)
        if known:
            return self._result(vals, "already", known.message or "", source_ref=known._source_ref())
        try:
            with self.env.cr.savepoint():
                return self._take(vals)
        except psycopg2.OperationalError:
            raise
        except Refusal as error:
            return self._result(vals, "refused", str(error), error.cure)
        except UserError as error:
            return self._result(vals, "refused", str(error), _("Correct this in Odoo, then try again."))
        except Exception as error:
            if isinstance(error, psycopg2.IntegrityError) and error.diag.constraint_name == ONCE:
                return self._result(vals, "retry", _("The same fact is being booked by another call."))
            _logger.exception("PayLink: a fact could not be booked")
            message = _("Odoo could not book it (%s). The log of the server tells more.", type(error).__name__)
            return self._result(vals, "retry", message)

    def _known(self, vals):
        return self.env["paylink.booking"].search([("update_id", "=", str(vals.get("id") or ""))])

    def _take(self, vals):
        try:
            fact = read_fact(vals)
        except (ValueError, TypeError) as error:
            return self._result(vals, "refused", _("The addon does not understand: %s", error), _("Update the addon."))
        document = self._document(fact)
        connector = self.with_company(document.company_id).with_context(
            allowed_company_ids=document.company_id.ids, lang=self._note(fact).env.context.get("lang")
        )
        return connector._enter(document.with_env(connector.env), fact)

    def _document(self, fact):
        document = self.env[fact.model].browse(fact.res_id).exists()
        if not document or document.company_id not in self.env.user.company_ids:
            raise Refusal(
                _("Odoo has no such document (any more)."),
                _("Book the payment by hand, or pay it back to the buyer."),
            )
        return document

    def _enter(self, document, fact):
        """Booking first: its unique key stops a second call before any money is moved."""
        booking = self.env["paylink.booking"].create(self._booking_values(document, fact))
        ledger = self.env["paylink.ledger"]
        steps = {"captured": ledger._capture, "refunded": ledger._refund}
        entry = steps[fact.fact](document, fact) if fact.fact in steps else self._only_told(fact)
        payment = entry.payment.id if entry.payment else False
        booking.write({"outcome": entry.outcome, "payment_id": payment, "message": entry.hint})
        self._show(document, fact, entry)
        self._note(fact)._write(document, fact, entry.hint)
        values = {"id": fact.id}
        return self._result(values, entry.outcome, entry.hint, source_ref=booking._source_ref())

    def _only_told(self, fact):
        if fact.fact == "charged_back":
            return Entry("done", _("Decide what becomes of the delivery, and book the loss or the new claim by hand."))
        return Entry()

    def _booking_values(self, document, fact):
        return {
            "update_id": fact.id,
            "fact": fact.fact,
            "res_model": fact.model,
            "res_id": fact.res_id,
            "name": document.display_name,
            "company_id": document.company_id.id,
            "amount": float(fact.amount),
            "currency_id": self.env["res.currency"].search([("name", "=", fact.currency)]).id,
            "psp_ref": fact.psp_ref,
            "at": fact.at,
            "outcome": "done",
        }

    def _show(self, document, fact, entry):
        """Status, link, reference and date on the document, and on those that the payment has settled."""
        status = self._status(document, fact)
        values = {"paylink_status": status or document.paylink_status}
        if fact.url:
            values["paylink_url"] = fact.url
        if fact.fact == "captured":
            values |= {"paylink_psp_ref": fact.psp_ref, "paylink_paid_at": fact.at}
        document._paylink_set(values)
        if fact.fact == "captured":
            self._show_others(document, fact, entry)

    def _show_others(self, document, fact, entry):
        paid = {"paylink_status": "paid", "paylink_psp_ref": fact.psp_ref, "paylink_paid_at": fact.at}
        for invoice in entry.documents:
            if invoice != document and invoice.currency_id.is_zero(invoice.amount_residual):
                invoice._paylink_set(paid)
        if document._name == "account.move":
            ledger = self.env["paylink.ledger"]
            for order in document._paylink_orders():
                if order.currency_id.is_zero(ledger._rest(order, ledger._invoices(order))):
                    order._paylink_set(paid)

    def _status(self, document, fact):
        if fact.fact == "captured":
            return "paid" if fact.settles else "partial"
        if fact.fact == "refunded":
            return "refunded" if self._is_given_back(document) else None
        if fact.fact == "charged_back":
            return "disputed"
        waiting = document.paylink_status in (False, "requested", "open", "cancelled", "expired")
        return {"linked": "open", "expired": "expired"}[fact.fact] if waiting else None

    def _is_given_back(self, document):
        """Whether all that came in for this document went out again."""
        rows = self.env["paylink.booking"].search([("res_model", "=", document._name), ("res_id", "=", document.id)])
        sums = {fact: sum(rows.filtered(lambda r, f=fact: r.fact == f).mapped("amount")) for fact in FACTS}
        return document.currency_id.compare_amounts(sums["refunded"], sums["captured"]) >= 0

    def _note(self, fact):
        return self.env["paylink.note"]._in_language(fact.language)

    def _result(self, vals, outcome, message="", cure="", source_ref=""):
        return {
            "id": str(vals.get("id") or ""),
            "outcome": outcome,
            "message": message,
            "cure": cure,
            "source_ref": source_ref,
        }
