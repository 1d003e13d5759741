"""Whether a person was quicker: the same money was booked without us."""

import re

from odoo import models

from ..fact import MARK


class PaylinkByHand(models.AbstractModel):
    _name = "paylink.by.hand"
    _description = "PayLink payments that a person has booked"

    def _is_booked(self, document, invoices, fact):
        """A person's booking of exactly this amount, which stands for one fact and no more.

        On an invoice it is what was matched with it, be it a payment, a line of the bank statement or an entry; on an
        order without invoices a payment that names the order.
        """
        currency, amount = document.currency_id, float(fact.amount)
        if invoices:
            if currency.compare_amounts(sum(invoices.mapped("amount_residual")), amount) >= 0:
                return False
            found = self._matched(invoices, currency, amount)
        else:
            found = self._naming(document, currency, amount) if document._name == "sale.order" else 0
        return found > self._taken(document, currency, amount)

    def _matched(self, invoices, currency, amount):
        """How many foreign credits of this amount the invoices have taken. A credit note is no payment."""
        partials = invoices.line_ids.matched_credit_ids
        moves = partials.credit_move_id.move_id.filtered(lambda move: move.move_type != "out_refund")
        ours = self.env["paylink.booking"].search([("payment_id.move_id", "in", moves.ids)]).payment_id.move_id
        foreign = partials.filtered(lambda partial: partial.credit_move_id.move_id in moves - ours)
        same = [p for p in foreign if not currency.compare_amounts(p.debit_amount_currency, amount)]
        return len(same)

    def _naming(self, order, currency, amount):
        """Posted payments of this buyer over this amount whose memo holds the order's name and no mark of ours."""
        memo = self.env["paylink.ledger"]._memo_field()
        domain = [
            ("partner_id", "child_of", order.partner_id.commercial_partner_id.id),
            ("payment_type", "=", "inbound"),
            ("currency_id", "=", currency.id),
            ("state", "not in", ("draft", "cancel", "canceled", "rejected")),
            (memo, "ilike", order.name),
            ("company_id", "=", order.company_id.id),
        ]
        payments = self.env["account.payment"].search(domain)
        same = [payment for payment in payments if not currency.compare_amounts(payment.amount, amount)]
        whole_name = re.compile(rf"(?<!\w){re.escape(order.name)}(?!\w)")
        return sum(1 for payment in same if MARK not in payment[memo] and whole_name.search(payment[memo]))

    def _taken(self, document, currency, amount):
        """How many of them stand for an earlier fact."""
        domain = [("res_model", "=", document._name), ("res_id", "=", document.id), ("outcome", "=", "already")]
        rows = self.env["paylink.booking"].search([*domain, ("fact", "=", "captured"), ("payment_id", "=", False)])
        return len(rows.filtered(lambda row: not currency.compare_amounts(row.amount, amount)))
