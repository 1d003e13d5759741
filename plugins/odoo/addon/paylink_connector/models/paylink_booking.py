"""What the connector has told, once and for all: the row that makes a repeat harmless."""

from odoo import fields, models, release

FACTS = [
    ("linked", "PayLink sent"),
    ("captured", "Paid"),
    ("refunded", "Paid back"),
    ("charged_back", "Charged back"),
    ("expired", "Expired"),
]
_COLUMNS = "unique (update_id)"
_TEXT = "This fact of the connector was taken already."


class PaylinkBooking(models.Model):
    _name = "paylink.booking"
    _description = "PayLink payment fact"
    _order = "id desc"
    _rec_name = "psp_ref"

    update_id = fields.Char(string="Connector ID", required=True, readonly=True)
    fact = fields.Selection(FACTS, required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", required=True, readonly=True, index=True
    )
    name = fields.Char(string="Document", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    amount = fields.Monetary(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    psp_ref = fields.Char(string="PSP reference", readonly=True, index=True)
    at = fields.Datetime(string="Took place on", readonly=True)
    outcome = fields.Selection([("done", "Done"), ("already", "Nothing to book")], required=True, readonly=True)
    message = fields.Char(readonly=True)
    payment_id = fields.Many2one("account.payment", readonly=True, ondelete="set null", index=True)

    if release.version_info >= (19,):
        _update_id_once = models.Constraint(_COLUMNS, _TEXT)
    else:
        _sql_constraints = [("update_id_once", _COLUMNS, _TEXT)]

    def _source_ref(self):
        """Odoo's own id of the booking, empty where there is none."""
        self.ensure_one()
        return f"account.payment,{self.payment_id.id}" if self.payment_id else ""
