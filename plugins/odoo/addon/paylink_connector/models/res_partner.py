"""A buyer's telephone number was corrected while a PayLink is on its way."""

from odoo import models

from ..quiet import quietly
from .paylink_document import LIVE

_CONTACT = {"phone", "mobile", "email", "lang", "country_id", "name"}
_MANY = 200
"""A mass update of partners is left to the connector's poll."""


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        names = [name for name in _CONTACT & vals.keys() if name in self._fields]
        if not names or len(self) > _MANY or self.env.context.get("paylink_silent"):
            return super().write(vals)
        before = {partner.id: [partner[name] for name in names] for partner in self}
        result = super().write(vals)
        changed = self.filtered(lambda partner: before[partner.id] != [partner[name] for name in names])
        changed._paylink_tell_documents()
        return result

    def _paylink_tell_documents(self):
        if not self:
            return
        with quietly(self.env):
            self._paylink_tell_live()

    def _paylink_tell_live(self):
        live = [("paylink_status", "in", LIVE)]
        buyer = ["|", ("partner_id", "in", self.ids), ("partner_invoice_id", "in", self.ids)]
        self.env["sale.order"].sudo().search(live + buyer, limit=_MANY)._paylink_tell("changed")
        payer = [("partner_id", "in", self.ids)]
        self.env["account.move"].sudo().search(live + payer, limit=_MANY)._paylink_tell("changed")
