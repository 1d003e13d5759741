"""How a fact is entered into the books: at most one payment each, and none where a person was quicker."""

import logging
from dataclasses import dataclass, field
from typing import Any

from odoo import _, api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)


@dataclass
class Entry:
    """What came of it. `hint` is for the person who reads the note, `documents` have been touched by the payment."""

    outcome: str = "done"
    hint: str = ""
    payment: Any = None
    documents: list = field(default_factory=list)


class Refusal(UserError):
    """Nothing can be booked until a person has done what `cure` says."""

    def __init__(self, message, cure):
        super().__init__(message)
        self.cure = cure


class PaylinkLedger(models.AbstractModel):
    _name = "paylink.ledger"
    _description = "PayLink bookkeeping"

    # ------------------------------------------------------------- money in

    def _capture(self, document, fact):
        """Registered on what is owed, else an advance payment that the next invoice takes."""
        amount, currency = float(fact.amount), self._currency(fact)
        found = self._found(fact)
        if found:
            return Entry("already", _("The payment %s has this reference already.", found.display_name), found)
        if currency != document.currency_id:
            hint = _("It is in another currency than the document and waits as an advance payment.")
            return Entry("done", hint, self._advance(document, fact))
        invoices = self._invoices(document)
        if self.env["paylink.by.hand"]._is_booked(document, invoices, fact):
            return Entry("already", self._by_hand(document, fact))
        if invoices and currency.compare_amounts(sum(invoices.mapped("amount_residual")), amount) >= 0:
            return self._settle(invoices, fact)
        payment = self._advance(document, fact)
        touched = self._reconcile(payment, invoices)
        return Entry("done", self._surplus_hint(fact, invoices), payment, list(touched))

    def _invoices(self, document):
        """The posted invoices of a document, those that are due first in front."""
        moves = document if document._name == "account.move" else document.invoice_ids
        moves = moves.filtered(lambda move: move.state == "posted" and move.move_type == "out_invoice")
        return moves.sorted(lambda move: (move.invoice_date_due or move.date, move.id))

    def _rest(self, document, invoices):
        """What is still to be paid, an order's part that has no invoice yet included."""
        owed = sum(invoices.mapped("amount_residual"))
        if document._name == "account.move":
            return owed
        paid = sum(invoices.mapped("amount_total")) - owed
        return max(owed, document.amount_total - paid)

    def _by_hand(self, document, fact):
        return _(
            "A person was quicker: a payment of %s is on this document already, so nothing was booked. If the buyer "
            "has paid twice, book the second payment and give the money back.",
            self._shown(float(fact.amount), document.currency_id),
        )

    def _surplus_hint(self, fact, invoices):
        if fact.flag == "surplus":
            return _("The buyer has paid more than was asked for. Give the difference back.")
        if invoices:
            return _("It is more than the invoices leave open. The rest waits as the buyer's credit.")
        return ""

    def _settle(self, invoices, fact):
        """Odoo's own "Register Payment" on as many invoices as the amount needs."""
        needed, left = invoices.browse(), float(fact.amount)
        for invoice in invoices.filtered("amount_residual"):
            if left > 0:
                needed |= invoice
                left -= invoice.amount_residual
        return Entry("done", self._surplus_hint(fact, None), self._pay(needed, fact), list(needed))

    def _pay(self, moves, fact):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids, force_payment_move=True
        )
        values = {
            "amount": float(fact.amount),
            "payment_date": fact.at.date(),
            "journal_id": self._journal(moves.company_id, fact).id,
            "currency_id": self._currency(fact).id,
            "communication": fact.memo,
            "group_payment": True,
            "payment_difference_handling": "open",
        }
        payment = wizard.create(values)._create_payments()
        if len(payment) != 1 or self._currency(fact).compare_amounts(payment.amount, float(fact.amount)):
            raise Refusal(_("Odoo would book another amount."), _("Book the payment by hand, then try again."))
        return payment

    def _advance(self, document, fact, kind="inbound"):
        """A payment of the partner that no invoice has taken yet."""
        payments = self.env["account.payment"].with_context(force_payment_move=True)
        order = document._name == "sale.order"
        payment = payments.create(
            {
                "payment_type": kind,
                "partner_type": "customer",
                "partner_id": (document.partner_invoice_id if order else document.partner_id).id,
                "amount": float(fact.amount),
                "currency_id": self._currency(fact).id,
                "date": fact.at.date(),
                "journal_id": self._journal(document.company_id, fact).id,
                self._memo_field(): fact.memo,
            }
        )
        payment.action_post()
        return payment

    # ------------------------------------------------------------- matching

    @api.model
    def _reconcile_advances(self, orders, invoice):
        """Called when an invoice is posted. What cannot be matched stays an open credit of the partner."""
        domain = [("res_model", "=", "sale.order"), ("res_id", "in", orders.ids), ("fact", "=", "captured")]
        bookings = self.env["paylink.booking"].sudo().search(domain + [("payment_id", "!=", False)], order="id")
        for booking in bookings:
            try:
                with self.env.cr.savepoint():
                    if self._reconcile(booking.payment_id, invoice):
                        self._carry(booking, invoice)
            except Exception:
                _logger.warning("PayLink: an advance payment could not be matched with its invoice", exc_info=True)

    def _carry(self, booking, invoice):
        """The invoice shows that it was paid by the order's PayLink."""
        paid = invoice.currency_id.is_zero(invoice.amount_residual)
        status = {"paylink_status": "paid"} if paid else {}
        invoice._paylink_set({**status, "paylink_psp_ref": booking.psp_ref, "paylink_paid_at": booking.at})

    def _reconcile(self, payment, moves):
        """Matches a payment with what is open on these moves; returns those that took something."""
        credit = self._open_lines(payment.move_id)
        taken = moves.browse()
        for move in moves:
            debit = self._open_lines(move).filtered(lambda line: line.account_id in credit.account_id)
            credit = credit.filtered(lambda line: not line.reconciled)
            if debit and credit:
                (debit + credit).with_context(paylink_silent=True).reconcile()
                taken |= move
        return taken

    def _open_lines(self, moves):
        return moves.line_ids.filtered(
            lambda line: (
                line.account_id.account_type == "asset_receivable"
                and line.parent_state == "posted"
                and not line.reconciled
            )
        )

    # ------------------------------------------------------------- money out

    def _refund(self, document, fact):
        """On the credit note, else against the advance payment, else a person has to make the credit note."""
        amount, currency = float(fact.amount), self._currency(fact)
        notes = self._credit_notes(document)
        if notes and currency.compare_amounts(sum(notes.mapped("amount_residual")), amount) >= 0:
            return Entry("done", "", self._pay(notes, fact), list(notes))
        domain = [("res_model", "=", document._name), ("res_id", "=", document.id), ("payment_id", "!=", False)]
        advances = self.env["paylink.booking"].search(domain + [("fact", "=", "captured")]).payment_id
        credit = self._open_lines(advances.move_id)
        if credit and currency.compare_amounts(-sum(credit.mapped("amount_residual_currency")), amount) >= 0:
            payment = self._advance(document, fact, "outbound")
            (credit[:1] + self._open_lines(payment.move_id)).with_context(paylink_silent=True).reconcile()
            return Entry("done", "", payment)
        hint = _(
            "Make a credit note of %s and register its payment with the reference %s: the money is on its way back to "
            "the buyer.",
            self._shown(amount, currency),
            fact.psp_ref,
        )
        return Entry("done", hint)

    def _credit_notes(self, document):
        moves = document if document._name == "account.move" else document.invoice_ids
        domain = [
            ("reversed_entry_id", "in", moves.ids),
            ("move_type", "=", "out_refund"),
            ("state", "=", "posted"),
            ("amount_residual", ">", 0),
        ]
        return self.env["account.move"].search(domain, order="id")

    # ------------------------------------------------------------- what a booking needs

    def _found(self, fact):
        """A payment that carries this transaction of the PSP, whoever made it."""
        if len(fact.psp_ref) < 8:
            return self.env["account.payment"]
        domain = [(self._memo_field(), "ilike", fact.psp_ref), ("payment_type", "=", "inbound")]
        dead = [("state", "not in", ("draft", "cancel", "canceled", "rejected"))]
        return self.env["account.payment"].search(domain + dead, limit=1)

    def _memo_field(self):
        """`memo` since Odoo 18, `ref` before."""
        return "memo" if "memo" in self.env["account.payment"]._fields else "ref"

    def _currency(self, fact):
        currency = self.env["res.currency"].search([("name", "=", fact.currency)])
        if not currency:
            raise Refusal(
                _("The currency %s is not active in Odoo.", fact.currency),
                _("Activate it under Invoicing > Configuration > Currencies, then try again."),
            )
        return currency

    def _journal(self, company, fact):
        """The journal of the settings, else the one that the connection names, else the only bank journal."""
        journal = company.paylink_journal_id
        if not journal and fact.journal:
            kind = [("company_id", "=", company.id), ("type", "in", ("bank", "cash"))]
            name = ("id", "=", int(fact.journal)) if fact.journal.isdigit() else ("code", "=", fact.journal)
            journal = self.env["account.journal"].search(kind + [name], limit=1)
        journal = journal or company._paylink_journal()
        if not journal:
            raise Refusal(
                _("No journal is chosen for payments by PayLink."),
                _("Choose one in Odoo under Settings > PayLink, then try again."),
            )
        return journal

    def _shown(self, amount, currency):
        return f"{amount:.{currency.decimal_places}f} {currency.name}"
