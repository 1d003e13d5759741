"""A text that is copied with one click: the links of a selection, or the secret for the connector."""

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

DOCUMENTS = ("sale.order", "account.move")


class PaylinkCopy(models.TransientModel):
    """The text is read when it is shown and never stored."""

    _name = "paylink.copy"
    _description = "Text to copy"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Char(required=True, readonly=True)
    text = fields.Text(compute="_compute_text")
    is_secret = fields.Boolean(compute="_compute_text")

    @api.depends("res_model", "res_ids")
    def _compute_text(self):
        for row in self:
            records = self.env[row.res_model].browse([int(number) for number in row.res_ids.split(",")])
            row.is_secret = row.res_model == "res.company"
            row.text = self._secret(records) if row.is_secret else self._links(records)

    def _links(self, documents):
        if documents._name not in DOCUMENTS:
            raise AccessError(_("Only orders and invoices have a PayLink."))
        linked = documents.filtered("paylink_can_copy")
        return "\n".join(linked.mapped("paylink_url")) if len(linked) == 1 else self._lines(linked)

    def _lines(self, documents):
        return "\n".join(f"{document.display_name} {document.paylink_url}" for document in documents)

    def _secret(self, companies):
        """The field itself is for administrators only: Odoo refuses everybody else."""
        return companies.ensure_one().paylink_secret or ""

    @api.model
    def _open(self, records, title):
        row = self.create({"res_model": records._name, "res_ids": ",".join(str(number) for number in records.ids)})
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "res_id": row.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
