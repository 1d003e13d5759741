"""The settings page."""

from odoo import _, fields, models

from .. import signature


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    paylink_address = fields.Char(related="company_id.paylink_address", readonly=False)
    paylink_secret = fields.Char(related="company_id.paylink_secret", readonly=False)
    paylink_orders = fields.Boolean(related="company_id.paylink_orders", readonly=False)
    paylink_invoices = fields.Boolean(related="company_id.paylink_invoices", readonly=False)
    paylink_mode = fields.Selection(related="company_id.paylink_mode", readonly=False, required=True)
    paylink_team_ids = fields.Many2many(related="company_id.paylink_team_ids", readonly=False)
    paylink_journal_id = fields.Many2one(
        related="company_id.paylink_journal_id",
        readonly=False,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )

    def action_paylink_check(self):
        """The button "Check": green, or what to do."""
        self.ensure_one()
        problem = self.company_id._paylink_check()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if problem else "success",
                "title": _("PayLink check"),
                "message": problem or _("The connector answers and accepts the secret. All is set."),
                "sticky": bool(problem),
            },
        }

    def action_paylink_new_secret(self):
        """The button "New secret": the old one no longer counts."""
        self.ensure_one()
        self.company_id.paylink_secret = signature.new_secret()
        return self.action_paylink_show_secret()

    def action_paylink_show_secret(self):
        self.ensure_one()
        return self.env["paylink.copy"]._open(self.company_id, _("Secret"))

    def action_paylink_deliveries(self):
        return self.env["ir.actions.actions"]._for_xml_id("paylink_connector.action_paylink_delivery")
