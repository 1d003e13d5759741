"""What is set for one company."""

import json
import uuid

import requests

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import signature

CONNECT_SECONDS, READ_SECONDS = 3.05, 10


class ResCompany(models.Model):
    _inherit = "res.company"

    paylink_address = fields.Char(
        string="Connector address",
        help="The webhook address of the connection, such as https://connector.example/webhooks/odoo-main. "
        "Without an address this company sends nothing.",
    )
    paylink_secret = fields.Char(
        string="PayLink secret",
        groups="base.group_system",
        help="Odoo signs with it what it tells the connector, which knows the same secret. It starts with whsec_.",
    )
    paylink_orders = fields.Boolean(string="PayLinks for sale orders", default=True)
    paylink_invoices = fields.Boolean(string="PayLinks for invoices", default=True)
    paylink_mode = fields.Selection(
        [("automatic", "Automatically"), ("button", "By button")],
        string="Send PayLinks",
        default="automatic",
        required=True,
        help="Automatically: as soon as an order is confirmed or an invoice is posted. By button: when a user asks.",
    )
    paylink_team_ids = fields.Many2many(
        "crm.team",
        "paylink_company_team_rel",
        string="Only these sales teams",
        help="Without a team here, the documents of every team are sent.",
    )
    paylink_journal_id = fields.Many2one(
        "account.journal",
        string="PayLink journal",
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', id)]",
        help="Payments by PayLink are booked in this journal.",
    )

    @api.constrains("paylink_address")
    def _check_paylink_address(self):
        for company in self:
            address = company.paylink_address or ""
            if address and not address.startswith(("https://", "http://")):
                raise ValidationError(_("The connector address starts with https://."))

    @api.constrains("paylink_secret")
    def _check_paylink_secret(self):
        for company in self.sudo().filtered("paylink_secret"):
            try:
                signature.secret_bytes(company.paylink_secret)
            except ValueError:
                raise ValidationError(
                    _("This is no secret of a connection: it starts with whsec_ and is copied as a whole.")
                ) from None

    def _paylink_wants(self, model):
        """Whether documents of this model are sent at all."""
        self.ensure_one()
        wanted = {"sale.order": self.paylink_orders, "account.move": self.paylink_invoices}
        return bool(self.paylink_address and wanted[model])

    def _paylink_post(self, message_id, body, session=None):
        """One signed POST; raises what `requests` raises. Nobody's request waits for it: the cron calls it."""
        self.ensure_one()
        company = self.sudo()
        headers = signature.headers(
            company.paylink_secret, message_id, int(fields.Datetime.now().timestamp()), body.encode()
        )
        return (session or requests).post(
            company.paylink_address,
            data=body.encode(),
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )

    def _paylink_check(self):
        """Sends `check`; an empty text when the connector took it, else what to do."""
        self.ensure_one()
        if not self.paylink_address or not self.sudo().paylink_secret:
            return _("Enter the connector address and the secret first.")
        now = fields.Datetime.now().isoformat() + "+00:00"
        data = {"model": "res.company", "id": self.id, "name": "", "company_id": self.id, "write_date": ""}
        body = json.dumps({"type": "check", "timestamp": now, "data": data})
        try:
            answer = self._paylink_post("check_" + uuid.uuid4().hex, body)
        except (requests.RequestException, ValueError) as error:
            return self._paylink_cure(type(error).__name__)
        if 200 <= answer.status_code < 300:
            return "" if self._paylink_journal() else _("The connector answers. Choose a journal for the payments.")
        return self._paylink_cure(answer.status_code)

    @api.model
    def _paylink_cure(self, status):
        """What an administrator can do about an HTTP status, or about the name of an exception."""
        if status in (401, 403):
            return _(
                "The connector does not accept the secret (HTTP %s). Copy the secret of the connection once more, and "
                "check the clock of this server.",
                status,
            )
        if status in (404, 405, 410):
            return _("There is no connection at this address (HTTP %s). Copy its webhook address once more.", status)
        if isinstance(status, int) and 300 <= status < 400:
            return _("This address leads to another one (HTTP %s). Enter the address that it leads to.", status)
        if isinstance(status, int):
            return _("The connector has a problem of its own (HTTP %s). It is tried again by itself.", status)
        if status == "SSLError":
            return _("The certificate of the connector is not trusted by this server.")
        if status == "ValueError":
            return _("The secret cannot be read. Copy the secret of the connection once more.")
        return _("The connector cannot be reached (%s). Check the address, and that this server may call it.", status)

    def _paylink_journal(self):
        """The journal of the settings, else the only bank journal, else none."""
        self.ensure_one()
        if self.paylink_journal_id:
            return self.paylink_journal_id
        journals = self.env["account.journal"].search([("company_id", "=", self.id), ("type", "=", "bank")], limit=2)
        return journals if len(journals) == 1 else journals.browse()

    def _paylink_description(self):
        """For the connector's check; no secret."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "active": bool(self.paylink_address),
            "orders": self.paylink_orders,
            "invoices": self.paylink_invoices,
            "mode": self.paylink_mode,
            "journal": self._paylink_journal().code or "",
        }
