"""The outbox: what the connector is to be told, written in the transaction of the change itself."""

import json
import uuid
from datetime import timedelta

import requests

from odoo import _, api, fields, models

PATIENCE = timedelta(days=7)
"""After that a person must say "Send again"."""
KEPT = timedelta(days=30)
"""How long a delivered row stays to be looked at."""
BACKOFF = (10, 30, 60, 120)
"""Seconds until the next attempt; the last one for all that follow, so an outage ends within two minutes."""
BATCH = 200

EVENTS = [
    ("sale_order.confirmed", "Order confirmed"),
    ("sale_order.changed", "Order changed"),
    ("sale_order.cancelled", "Order cancelled"),
    ("invoice.posted", "Invoice posted"),
    ("invoice.changed", "Invoice changed"),
    ("invoice.cancelled", "Invoice cancelled"),
    ("paylink.send", "Send PayLink"),
    ("paylink.resend", "Send PayLink again"),
    ("paylink.cancel", "Cancel PayLink"),
]
_STAMP = "%Y-%m-%d %H:%M:%S"
_LONGEST_PAUSE = 3600


def _asked_pause(headers):
    """`Retry-After` in seconds, as far as it is one; the connector does not say dates."""
    text = headers.get("Retry-After", "")
    return min(int(text), _LONGEST_PAUSE) if text.isascii() and text.isdigit() else 0


class PaylinkDelivery(models.Model):
    _name = "paylink.delivery"
    _description = "PayLink delivery"
    _order = "id desc"
    _rec_name = "name"

    event = fields.Selection(EVENTS, required=True, readonly=True)
    name = fields.Char(string="Document", readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document ID", model_field="res_model", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    state = fields.Selection(
        [("pending", "Waiting"), ("delivered", "Delivered"), ("failed", "Given up")],
        string="Status",
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    message_id = fields.Char(string="Message ID", required=True, readonly=True, default=lambda self: uuid.uuid4().hex)
    body = fields.Text(readonly=True)
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(string="Next attempt", readonly=True, default=fields.Datetime.now)
    is_held = fields.Boolean(string="Waits for the connector", readonly=True)
    delivered_at = fields.Datetime(string="Delivered on", readonly=True)
    error = fields.Char(string="Last error", readonly=True)

    # ------------------------------------------------------------- written with the change

    @api.model
    def _enqueue(self, event, documents):
        """One row a document, once in a transaction."""
        documents = documents.sudo().filtered(lambda document: document.company_id.paylink_address)
        fresh = documents.filtered(lambda document: not self._is_told(event, document))
        if self.sudo().create([self._values(event, document) for document in fresh]):
            self._poke()

    def _values(self, event, document):
        return {
            "event": event,
            "name": document.display_name,
            "res_model": document._name,
            "res_id": document.id,
            "company_id": document.company_id.id,
        }

    def _is_told(self, event, document):
        """Whether this very transaction has noted it; what another one noted may be read too early."""
        self.env.cr.execute(
            "SELECT 1 FROM paylink_delivery WHERE res_model = %s AND res_id = %s AND event = %s"
            " AND create_date = (now() AT TIME ZONE 'UTC') LIMIT 1",
            (document._name, document.id, event),
        )
        return bool(self.env.cr.fetchone())

    @api.model
    def _poke(self):
        """Wakes the cron as soon as this transaction is committed (`ir.cron` itself hooks into postcommit)."""
        self._wake()

    @api.model
    def _wake(self, at=None):
        """A cron that somebody has deleted wakes nobody, but what waits is not lost with it."""
        cron = self.env.ref("paylink_connector.cron_deliver", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(at=at)

    # ------------------------------------------------------------- sent by the cron

    @api.model
    def _cron_deliver(self):
        """Company by company, oldest first. One that cannot be reached does not hold up the others."""
        for company in self.env["res.company"].sudo().search([("paylink_address", "!=", False)]):
            with requests.Session() as session:
                self._deliver_company(company, session)
        self._wake_later()

    @api.model
    def _deliver_company(self, company, session):
        for turn in range(BATCH):
            row = self._next_due(company)
            if not row:
                return
            reached = row._attempt(session)
            if not reached:
                row._rest_of_company()
            elif not turn:
                row._company_is_back()
            self._checkpoint()
            if not reached:
                return
        self._poke()

    def _next_due(self, company):
        """The oldest due row, locked: a second cron or server takes another one."""
        self.flush_model()
        self.env.cr.execute(
            "SELECT id FROM paylink_delivery WHERE company_id = %s AND state = 'pending' AND next_attempt <= %s"
            " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
            (company.id, fields.Datetime.now()),
        )
        return self.browse([number for (number,) in self.env.cr.fetchall()])

    def _attempt(self, session):
        """Sends this row and notes the outcome. False when nobody could be reached, so that others need not try."""
        self.ensure_one()
        body, pause = self.body or self._body(), 0
        try:
            answer = self.company_id._paylink_post(self.message_id, body, session)
            status, pause = answer.status_code, _asked_pause(answer.headers)
        except (requests.RequestException, ValueError) as error:
            status = type(error).__name__
        if isinstance(status, int) and 200 <= status < 300:
            self._note_delivered(body)
            return True
        self._note_failure(body, self.company_id._paylink_cure(status), pause)
        return status in (400, 413, 422)

    def _note_delivered(self, body):
        self.write(
            {
                "body": body,
                "state": "delivered",
                "attempts": self.attempts + 1,
                "delivered_at": fields.Datetime.now(),
                "error": False,
            }
        )

    def _note_failure(self, body, error, pause):
        now = fields.Datetime.now()
        wait = max(pause, BACKOFF[min(self.attempts, len(BACKOFF) - 1)])
        self.write(
            {
                "body": body,
                "state": "failed" if now - self.create_date > PATIENCE else "pending",
                "attempts": self.attempts + 1,
                "next_attempt": now + timedelta(seconds=wait),
                "error": error,
            }
        )

    def _rest_of_company(self):
        """The others of this company wait as long as the one that failed."""
        domain = [("company_id", "=", self.company_id.id), ("state", "=", "pending")]
        others = self.search(domain + [("next_attempt", "<", self.next_attempt)])
        (others | self).write({"next_attempt": self.next_attempt, "is_held": True})

    def _company_is_back(self):
        """What waited for this company only need not wait for its own time."""
        held = [("company_id", "=", self.company_id.id), ("state", "=", "pending"), ("is_held", "=", True)]
        self.search(held).write({"next_attempt": fields.Datetime.now(), "is_held": False})

    def _body(self):
        """Read when it is first sent, then kept: every attempt has the same bytes."""
        document = self.env[self.res_model].sudo().browse(self.res_id).exists()
        written = document.write_date if document else self.create_date
        data = {
            "model": self.res_model,
            "id": self.res_id,
            "name": (document.name if document else self.name) or "",
            "company_id": self.company_id.id,
            "write_date": written.strftime(_STAMP),
        }
        stamp = self.create_date.replace(microsecond=0).isoformat() + "+00:00"
        return json.dumps({"type": self.event, "timestamp": stamp, "data": data})

    @api.model
    def _wake_later(self):
        """The cron runs every minute anyway; a shorter back-off wakes it by itself."""
        due = self.sudo().search([("state", "=", "pending")], order="next_attempt", limit=1).next_attempt
        if due and due < fields.Datetime.now() + timedelta(seconds=60):
            self._wake(at=due)

    def _checkpoint(self):
        """What was sent is noted for good before the next one goes out."""
        self.env.cr.commit()

    # ------------------------------------------------------------- people

    def action_send_again(self):
        """The button "Send again", also for a selection."""
        check = self.check_access if hasattr(self, "check_access") else self.check_access_rights
        check("write")
        waiting = self.sudo().filtered(lambda row: row.state != "delivered")
        waiting.write({"state": "pending", "next_attempt": fields.Datetime.now()})
        self._poke()
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        params = {"type": "info", "message": _("It is being sent now."), "next": reload}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.autovacuum
    def _gc_deliveries(self):
        limit = fields.Datetime.now() - KEPT
        self.sudo().search([("state", "=", "delivered"), ("delivered_at", "<", limit)], limit=10_000).unlink()
