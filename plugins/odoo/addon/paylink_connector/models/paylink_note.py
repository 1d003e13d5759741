"""The internal note about one fact. Nobody is mailed."""

from markupsafe import Markup, escape

from odoo import _, models
from odoo.tools import html_sanitize


class PaylinkNote(models.AbstractModel):
    _name = "paylink.note"
    _description = "PayLink note"

    def _write(self, document, fact, hint):
        """As the connector words it, else in the language that it names; an empty `note` asks for none."""
        if fact.note == "" and not hint:
            return
        text = html_sanitize(fact.note) if fact.note else escape(self._text(fact))
        if fact.note == "":
            text = Markup("")
        body = text + Markup("<p>%s</p>") % hint if hint else text
        document.with_context(mail_create_nosubscribe=True, mail_post_autofollow=False).message_post(
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            author_id=self.env.ref("base.partner_root").id,
        )

    def _text(self, fact):
        amount, asked = f"{fact.amount} {fact.currency}", f"{fact.asked} {fact.currency}"
        if fact.fact == "linked":
            return _("PayLink about %s is on its way to the buyer.", asked)
        if fact.fact == "refunded":
            return _("Paid back by PayLink: %s. Transaction %s.", amount, fact.psp_ref)
        if fact.fact == "charged_back":
            return _("The buyer's bank took %s back (chargeback). Transaction %s.", amount, fact.psp_ref)
        if fact.fact == "expired":
            return _("The PayLink about %s has expired unpaid.", asked)
        text = _("Paid by PayLink: %s. Transaction %s.", amount, fact.psp_ref)
        if fact.captured < fact.asked:
            received = f"{fact.captured} {fact.currency}"
            text += " " + _("Received so far: %s of %s.", received, asked)
        return text

    def _in_language(self, language):
        """This model in an installed language: `de-AT`, else any German one, else as it is."""
        code = (language or "").replace("-", "_")
        installed = [installed for installed, _name in self.env["res.lang"].get_installed()]
        short = code.split("_")[0]
        found = next((lang for lang in installed if lang == code), None) or next(
            (lang for lang in installed if short and lang.split("_")[0] == short), None
        )
        return self.with_context(lang=found) if found else self
