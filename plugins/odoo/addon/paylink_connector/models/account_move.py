"""When an invoice has something to tell: posted, taken back, credited, or paid by a person."""

from odoo import api, models

from ..quiet import quietly


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "paylink.document"]

    _paylink_events = {
        "confirmed": "invoice.posted",
        "changed": "invoice.changed",
        "cancelled": "invoice.cancelled",
    }

    def _paylink_is_askable(self):
        return self.move_type == "out_invoice" and self.state == "posted" and self._paylink_is_owed()

    def _paylink_is_owed(self):
        return not self.currency_id.is_zero(self.amount_residual)

    def _paylink_orders(self):
        """The sale orders that this invoice is of."""
        return self.sudo().invoice_line_ids.sale_line_ids.order_id

    def _paylink_starts_itself(self):
        """An order whose PayLink is open or paid stands for its invoices: nobody is asked twice."""
        asked = self._paylink_orders().filtered(lambda order: order.paylink_status in ("requested", "open", "partial"))
        return super()._paylink_starts_itself() and not asked

    def _post(self, soft=True):
        posted = super()._post(soft)
        invoices = posted.filtered(lambda move: move.move_type == "out_invoice")
        invoices._paylink_take_advance()
        invoices._paylink_start()
        invoices._paylink_orders()._paylink_changed()
        credited = posted.filtered(lambda move: move.move_type == "out_refund").reversed_entry_id
        credited._paylink_touched()
        return posted

    def _paylink_take_advance(self):
        """An advance that was paid by PayLink settles the invoice as soon as it is posted."""
        for invoice in self.sudo():
            orders = invoice._paylink_orders()
            if orders:
                with quietly(self.env):
                    self.env["paylink.ledger"]._reconcile_advances(orders, invoice)

    def _paylink_touched(self):
        """Something about what is owed has changed: for the invoices, and the orders that stand for them."""
        if self:
            self._paylink_changed()
            self._paylink_orders()._paylink_changed()

    def button_draft(self):
        live = self._paylink_live()
        result = super().button_draft()
        live._paylink_withdraw()
        return result

    def button_cancel(self):
        live = self._paylink_live()
        result = super().button_cancel()
        live._paylink_withdraw()
        return result

    def _paylink_withdraw(self):
        """Back in draft or cancelled: nobody shall pay it now. Posted once more, it asks anew."""
        self.filtered(lambda move: move.state != "posted" and move.move_type == "out_invoice")._paylink_end()


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._paylink_moves()._paylink_touched()
        return partials

    def unlink(self):
        moves = self._paylink_moves()
        result = super().unlink()
        moves.exists()._paylink_touched()
        return result

    def _paylink_moves(self):
        """The invoices that a payment or credit note was matched with, unless we did it ourselves."""
        if self.env.context.get("paylink_silent"):
            return self.env["account.move"]
        lines = self.sudo().debit_move_id | self.sudo().credit_move_id
        return lines.move_id.filtered(lambda move: move.move_type == "out_invoice")
