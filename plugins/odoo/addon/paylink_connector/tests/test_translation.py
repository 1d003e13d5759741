"""Odoo itself says which terms there are."""

import re

import polib

from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools.translate import TranslationModuleReader

from .paylink_case import PaylinkCommon

MODULE = "paylink_connector"


@tagged("-at_install", "post_install")
class TestTranslation(PaylinkCommon):
    def terms(self):
        reader = TranslationModuleReader(self.env.cr, modules=[MODULE])
        return {row[4] for row in reader if row[0] == MODULE}

    def test_german_is_complete(self):
        german = polib.pofile(f"{get_module_path(MODULE)}/i18n/de.po")
        done = {entry.msgid: entry.msgstr for entry in german if entry.msgstr}
        self.assertGreater(len(done), 150)
        self.assertFalse(self.terms() - done.keys())

    def test_placeholders_are_kept(self):
        for entry in polib.pofile(f"{get_module_path(MODULE)}/i18n/de.po"):
            self.assertEqual(re.findall("%[sd]", entry.msgid), re.findall("%[sd]", entry.msgstr), entry.msgid)

    def test_a_german_user_reads_german(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"].search([("name", "=", MODULE)])._update_translations("de_DE")
        order = self.confirmed().with_context(lang="de_DE")
        labels = dict(order._fields["paylink_status"]._description_selection(order.env))
        self.assertEqual(labels["requested"], "Angefordert")
        self.company.paylink_secret = False
        self.assertIn("Adresse des Connectors", self.company.with_context(lang="de_DE")._paylink_check())
        self.record(self.fact(order, "linked-de", fact="linked", language="de-AT"))
        self.assertIn("auf dem Weg zum Käufer", order.message_ids[0].body)
