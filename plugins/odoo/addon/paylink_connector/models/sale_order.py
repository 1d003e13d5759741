"""When a sale order has something to tell."""

from odoo import api, models

_TERMS = {"order_line", "partner_id", "partner_invoice_id", "currency_id", "pricelist_id", "company_id", "amount_total"}
_LINE_TERMS = {"product_uom_qty", "price_unit", "discount", "tax_id", "tax_ids", "product_id", "price_total"}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "paylink.document"]

    _paylink_events = {
        "confirmed": "sale_order.confirmed",
        "changed": "sale_order.changed",
        "cancelled": "sale_order.cancelled",
    }

    def _paylink_is_askable(self):
        return self.state in ("sale", "done") and self._paylink_is_owed()

    def _paylink_is_owed(self):
        """Neither a payment on its invoices nor one of Odoo's own payment providers has settled it."""
        ledger, order = self.env["paylink.ledger"].sudo(), self.sudo()
        online = order.transaction_ids.filtered(lambda transaction: transaction.state in ("authorized", "done"))
        rest = order.amount_total - sum(online.mapped("amount"))
        owed = min(rest, ledger._rest(order, ledger._invoices(order)))
        return self.currency_id.compare_amounts(owed, 0) > 0

    def _paylink_terms(self):
        return (*super()._paylink_terms(), self.partner_invoice_id.id)

    def _action_confirm(self):
        result = super()._action_confirm()
        self._paylink_start()
        return result

    def _action_cancel(self):
        live = self._paylink_live()
        result = super()._action_cancel()
        live._paylink_end()
        return result

    def write(self, vals):
        if not _TERMS & vals.keys():
            return super().write(vals)
        with self._paylink_watch():
            return super().write(vals)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        numbers = {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        with self.env["sale.order"].browse(numbers)._paylink_watch():
            return super().create(vals_list)

    def write(self, vals):
        if not _LINE_TERMS & vals.keys():
            return super().write(vals)
        with self.order_id._paylink_watch():
            return super().write(vals)

    def unlink(self):
        with self.order_id._paylink_watch():
            return super().unlink()
