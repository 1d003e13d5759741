"""What a sale order and an invoice have in common: their PayLink, and what a user can do with it."""

import base64
import contextlib

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..quiet import quietly

STATUSES = [
    ("requested", "Requested"),
    ("open", "Open"),
    ("partial", "Partly paid"),
    ("paid", "Paid"),
    ("refunded", "Refunded"),
    ("disputed", "Charged back"),
    ("expired", "Expired"),
    ("cancelled", "Cancelled"),
    ("settled", "Paid otherwise"),
]
LIVE = ("requested", "open", "partial")
"""The buyer can still pay."""


class PaylinkDocument(models.AbstractModel):
    _name = "paylink.document"
    _description = "Document with a PayLink"

    _paylink_events = {}
    """`confirmed`, `changed` and `cancelled` by the names of this document's events."""

    paylink_status = fields.Selection(STATUSES, string="PayLink", readonly=True, copy=False, index=True)
    paylink_url = fields.Char(string="PayLink address", readonly=True, copy=False)
    paylink_psp_ref = fields.Char(string="PSP reference", readonly=True, copy=False)
    paylink_paid_at = fields.Datetime(string="Paid by PayLink on", readonly=True, copy=False)
    paylink_can_send = fields.Boolean(compute="_compute_paylink_can")
    paylink_can_resend = fields.Boolean(compute="_compute_paylink_can")
    paylink_is_open = fields.Boolean(compute="_compute_paylink_can")
    paylink_can_copy = fields.Boolean(compute="_compute_paylink_can")

    @api.depends("paylink_status", "paylink_url", "state", "company_id")
    def _compute_paylink_can(self):
        for document in self:
            live = document.paylink_status in LIVE
            active = bool(document.company_id.paylink_address) and document._paylink_is_askable()
            done = document.paylink_status in ("paid", "refunded", "disputed")
            document.paylink_can_send = active and not live and not done
            document.paylink_can_resend = active and live
            document.paylink_is_open = live
            document.paylink_can_copy = live and bool(document.paylink_url)

    def _paylink_is_askable(self):
        """Whether a buyer can be asked to pay this document now."""
        raise NotImplementedError

    def _paylink_is_owed(self):
        """Whether something of it is still to be paid, by whatever means."""
        raise NotImplementedError

    # ------------------------------------------------------------- events

    def _paylink_tell(self, change):
        """Notes an event of documents that may have a PayLink."""
        if self and not self.env.context.get("paylink_silent"):
            with quietly(self.env):
                self.env["paylink.delivery"]._enqueue(self._paylink_events[change], self)

    def _paylink_start(self):
        """A document was confirmed or posted: asks by itself where the settings say so."""
        if not self or self.env.context.get("paylink_silent"):
            return
        with quietly(self.env):
            wanted = self.sudo().filtered(lambda document: document._paylink_starts_itself())
            wanted._paylink_set({"paylink_status": "requested"})
            wanted._paylink_tell("confirmed")

    def _paylink_end(self):
        """Documents that nobody shall pay now: their PayLinks are taken back."""
        if not self or self.env.context.get("paylink_silent"):
            return
        with quietly(self.env):
            self._paylink_set({"paylink_status": "cancelled"})
            self._paylink_tell("cancelled")

    def _paylink_changed(self):
        """Something about what is owed has changed. What is paid by other means needs no PayLink any more."""
        live = self._paylink_live()
        if not live or self.env.context.get("paylink_silent"):
            return
        with quietly(self.env):
            live.filtered(lambda document: not document._paylink_is_owed())._paylink_set({"paylink_status": "settled"})
            live._paylink_tell("changed")

    def _paylink_starts_itself(self):
        self.ensure_one()
        company = self.company_id
        teams = company.paylink_team_ids
        return (
            company.paylink_mode == "automatic"
            and company._paylink_wants(self._name)
            and (not teams or self.team_id in teams)
            and self._paylink_is_askable()
            and self.paylink_status not in ("open", "partial", "paid")
        )

    def _paylink_set(self, values):
        """Our own fields only: no access of the user is needed, and it is no change of the document."""
        if self:
            self.sudo().with_context(paylink_silent=True, mail_notrack=True).write(values)

    def _paylink_live(self):
        return self.sudo().filtered(lambda document: document.paylink_status in LIVE)

    @contextlib.contextmanager
    def _paylink_watch(self):
        """Around a change: tells of those documents whose PayLink no longer fits."""
        if self.env.context.get("paylink_silent"):
            yield
            return
        live = self._paylink_live()
        before = {document.id: document._paylink_terms() for document in live}
        yield
        live = live.exists()
        live.filtered(lambda document: before[document.id] != document._paylink_terms())._paylink_changed()

    def _paylink_terms(self):
        """What a PayLink asks for, and whom."""
        return (self.amount_total, self.currency_id.id, self.partner_id.id)

    # ------------------------------------------------------------- people

    def action_paylink_send(self):
        """The button "Send PayLink", also for a selection: what cannot be asked is left out."""
        self._paylink_check_user()
        ready = self.filtered("paylink_can_send")
        if not ready:
            raise UserError(_("A PayLink can be sent for confirmed orders and posted invoices that are not paid."))
        ready._paylink_set({"paylink_status": "requested", "paylink_url": False})
        return ready._paylink_ask("paylink.send", _("PayLink requested for %s.", ready._paylink_names()))

    def action_paylink_resend(self):
        self._paylink_check_user()
        live = self.filtered("paylink_can_resend")
        if not live:
            raise UserError(_("There is no open PayLink to send again."))
        return live._paylink_ask("paylink.resend", _("PayLink is sent again for %s.", live._paylink_names()))

    def action_paylink_cancel(self):
        self._paylink_check_user()
        live = self.filtered("paylink_is_open")
        if not live:
            raise UserError(_("There is no open PayLink to cancel."))
        live._paylink_set({"paylink_status": "cancelled"})
        return live._paylink_ask("paylink.cancel", _("PayLink cancelled for %s.", live._paylink_names()))

    def action_paylink_copy(self):
        """ "Copy link" for a selection: the links in a text with a button that copies it."""
        linked = self.filtered("paylink_can_copy")
        if not linked:
            raise UserError(_("There is no open PayLink to copy."))
        return self.env["paylink.copy"]._open(linked, _("PayLinks"))

    def _paylink_names(self):
        return ", ".join(self[:5].mapped("display_name")) + (" …" if len(self) > 5 else "")

    def _paylink_ask(self, event, message):
        self.env["paylink.delivery"]._enqueue(event, self)
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        params = {"type": "success", "message": message, "next": reload}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    def _paylink_check_user(self):
        if not self.env.user.has_group("paylink_connector.group_user"):
            raise UserError(_("Ask your administrator for the right “PayLink: User”."))

    def action_paylink_deliveries(self):
        """The smart button: what the connector was told about this document."""
        action = self.env["ir.actions.actions"]._for_xml_id("paylink_connector.action_paylink_delivery")
        action["domain"] = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        action["context"] = {}
        return action

    # ------------------------------------------------------------- report

    def _paylink_qr(self):
        """The open PayLink as an image for a report, empty when there is none."""
        self.ensure_one()
        document = self.sudo()
        if document.paylink_status not in ("open", "partial") or not document.paylink_url:
            return ""
        image = self.env["ir.actions.report"].barcode("QR", document.paylink_url, width=160, height=160)
        return "data:image/png;base64," + base64.b64encode(image).decode()
