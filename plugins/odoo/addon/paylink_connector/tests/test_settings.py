import requests

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .paylink_case import SECRET, PaylinkCommon


@tagged("-at_install", "post_install")
class TestSettings(PaylinkCommon):
    def check(self, answer):
        self.answer = answer
        settings = self.env["res.config.settings"].create({})
        return settings.action_paylink_check()["params"]

    def test_check(self):
        self.assertEqual(self.check(200)["type"], "success")
        self.assertIn(b'"type": "check"', self.sent[-1][1]["data"])
        for answer, word in (
            (401, "secret"),
            (404, "address"),
            (301, "another"),
            (500, "problem"),
            (requests.ConnectionError("x"), "reached"),
        ):
            told = self.check(answer)
            self.assertEqual(told["type"], "danger")
            self.assertIn(word, told["message"])

    def test_check_without_values(self):
        self.company.paylink_secret = False
        self.assertEqual(self.check(200)["type"], "danger")
        self.assertFalse(self.sent)

    def test_wrong_values_are_not_taken(self):
        with self.assertRaises(ValidationError):
            self.company.paylink_secret = "whsec_no"
        with self.assertRaises(ValidationError):
            self.company.paylink_address = "connector.example"

    def test_new_secret_is_shown_to_administrators_only(self):
        settings = self.env["res.config.settings"].create({})
        action = settings.action_paylink_new_secret()
        self.assertNotEqual(self.company.paylink_secret, SECRET)
        shown = self.env["paylink.copy"].browse(action["res_id"])
        self.assertEqual((shown.text, shown.is_secret), (self.company.paylink_secret, True))
        user = self.env["res.users"].create({"name": "Clerk", "login": "paylink-clerk-3", "email": "c@example.com"})
        groups = self.env.ref("paylink_connector.group_user")
        user.write({"group_ids" if "group_ids" in user._fields else "groups_id": [(4, groups.id)]})
        values = {"res_model": "res.company", "res_ids": str(self.company.id)}
        with self.assertRaises(AccessError):
            self.env["paylink.copy"].with_user(user).create(values).read(["text"])

    def test_settings_are_the_company_s(self):
        settings = self.env["res.config.settings"].create({"paylink_mode": "button"})
        self.assertEqual(self.company.paylink_mode, "button")
        self.assertEqual(settings.paylink_journal_id, self.journal)

    def test_secret_is_for_administrators(self):
        user = self.env["res.users"].create({"name": "Clerk", "login": "paylink-clerk-2", "email": "c@example.com"})
        shown = self.company.with_user(user).fields_get()
        self.assertNotIn("paylink_secret", shown)
