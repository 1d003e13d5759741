"""A company with an address of the connector, a buyer, and nobody on the other side of the wire."""

from unittest.mock import patch

import requests

from odoo import SUPERUSER_ID

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
ADDRESS = "https://connector.example/webhooks/odoo-main"


class Answer:
    def __init__(self, status_code, **headers):
        self.status_code = status_code
        self.headers = headers


class PaylinkCommon(AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls, **kwargs):
        super().setUpClass(**kwargs)
        cls.company = cls.company_data["company"]
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env = cls.env(user=SUPERUSER_ID, context={"allowed_company_ids": cls.company.ids, "lang": "en_US"})
        cls.env.user.write({"company_ids": [(4, cls.company.id)], "company_id": cls.company.id})
        cls.company = cls.env["res.company"].browse(cls.company.id)
        cls.journal = cls.env["account.journal"].browse(cls.company_data["default_journal_bank"].id)
        cls.company.write({"paylink_address": ADDRESS, "paylink_secret": SECRET, "paylink_journal_id": cls.journal.id})
        cls.buyer = cls.env["res.partner"].create({"name": "Erika Muster", "email": "erika@example.com"})
        product = {"name": "Rose bush", "type": "service", "list_price": 100.0, "taxes_id": [(5,)]}
        cls.rose = cls.env["product.product"].create({**product, "invoice_policy": "order"})
        cls.deliveries = cls.env["paylink.delivery"]
        cls.connector = cls.env["paylink.connector"]

    def setUp(self):
        super().setUp()
        self.sent = []
        self.answer = 202
        self.startPatcher(patch.object(requests.Session, "post", self._post))
        self.startPatcher(patch.object(requests, "post", lambda url, **kw: self._post(url, **kw)))
        self.startPatcher(patch.object(type(self.deliveries), "_checkpoint", lambda rows: None))

    def _post(self, url, **kwargs):
        self.sent.append((url, kwargs))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer if isinstance(self.answer, Answer) else Answer(self.answer)

    def order(self, price=100.0):
        line = {"product_id": self.rose.id, "product_uom_qty": 1, "price_unit": price}
        values = {"partner_id": self.buyer.id, "order_line": [(0, 0, line)], "company_id": self.company.id}
        order = self.env["sale.order"].create(values)
        order.order_line[0][self.tax_field()] = False
        return order

    def tax_field(self):
        return "tax_ids" if "tax_ids" in self.env["sale.order.line"]._fields else "tax_id"

    def confirmed(self, price=100.0):
        order = self.order(price)
        order.action_confirm()
        return order

    def invoice(self, price=100.0):
        line = {"product_id": self.rose.id, "quantity": 1, "price_unit": price, "tax_ids": [(5,)]}
        values = {"move_type": "out_invoice", "partner_id": self.buyer.id, "invoice_line_ids": [(0, 0, line)]}
        invoice = self.env["account.move"].create(values)
        invoice.action_post()
        return invoice

    def pay_by_hand(self, invoice, amount):
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        return wizard.create({"amount": amount, "journal_id": self.journal.id})._create_payments()

    def events(self, document):
        rows = self.deliveries.search([("res_model", "=", document._name), ("res_id", "=", document.id)], order="id")
        return rows.mapped("event")

    def fact(self, document, update_id="update-1", **values):
        amount = values.pop("amount", "100.00")
        return {
            "id": update_id,
            "model": document._name,
            "res_id": document.id,
            "fact": "captured",
            "amount": amount,
            "currency": document.currency_id.name,
            "asked": "100.00",
            "captured": amount,
            "psp_ref": f"psp-of-{update_id}",
            "at": "2026-11-25T12:00:00+00:00",
            "method": "VISA",
            "url": "https://pay.example/l/1",
            "flag": "",
            "language": "en",
            **values,
        }

    def record(self, *facts):
        return self.connector.record_payments(vals_list=list(facts))

    def payments(self):
        return self.env["account.payment"].search([("partner_id", "=", self.buyer.id)])
