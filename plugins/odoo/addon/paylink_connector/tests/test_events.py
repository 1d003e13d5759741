from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .paylink_case import PaylinkCommon


@tagged("-at_install", "post_install")
class TestEvents(PaylinkCommon):
    def test_order_confirmed(self):
        order = self.confirmed()
        self.assertEqual(self.events(order), ["sale_order.confirmed"])
        self.assertEqual(order.paylink_status, "requested")
        self.assertFalse(self.sent, "nothing goes out in the user's request")

    def test_one_event_in_a_transaction(self):
        order = self.confirmed()
        order.order_line.price_unit = 120
        order.order_line.price_unit = 130
        self.assertEqual(self.events(order), ["sale_order.confirmed", "sale_order.changed"])

    def test_order_line_added_and_removed(self):
        order = self.confirmed()
        order.write({"order_line": [(0, 0, {"product_id": self.rose.id, "product_uom_qty": 2})]})
        self.assertIn("sale_order.changed", self.events(order))

    def test_what_a_buyer_does_not_pay_for_is_no_change(self):
        order = self.confirmed()
        order.write({"client_order_ref": "PO 7"})
        order.order_line.name = "Another text"
        self.assertEqual(self.events(order), ["sale_order.confirmed"])

    def test_order_cancelled(self):
        order = self.confirmed()
        order._action_cancel()
        self.assertEqual(self.events(order)[-1], "sale_order.cancelled")
        self.assertEqual(order.paylink_status, "cancelled")

    def test_phone_corrected(self):
        order = self.confirmed()
        self.buyer.phone = "+49 30 901820"
        self.assertEqual(self.events(order)[-1], "sale_order.changed")

    def test_by_button_only(self):
        self.company.paylink_mode = "button"
        order = self.confirmed()
        self.assertFalse(self.events(order))
        self.assertFalse(order.paylink_status)

    def test_only_some_teams(self):
        team = self.env["crm.team"].create({"name": "Shop", "company_id": self.company.id})
        self.company.paylink_team_ids = team
        other, ours = self.order(), self.order()
        other.team_id, ours.team_id = False, team
        (other | ours).action_confirm()
        self.assertFalse(self.events(other))
        self.assertEqual(self.events(ours), ["sale_order.confirmed"])

    def test_company_without_address(self):
        self.company.paylink_address = False
        self.assertFalse(self.events(self.confirmed()))
        self.assertFalse(self.events(self.invoice()))

    def test_documents_switched_off(self):
        self.company.write({"paylink_orders": False, "paylink_invoices": False})
        self.assertFalse(self.events(self.confirmed()))
        self.assertFalse(self.events(self.invoice()))

    def test_invoice_posted_and_taken_back(self):
        invoice = self.invoice()
        self.assertEqual(self.events(invoice), ["invoice.posted"])
        invoice.button_draft()
        self.assertEqual(self.events(invoice)[-1], "invoice.cancelled")
        self.assertEqual(invoice.paylink_status, "cancelled")

    def test_invoice_paid_by_a_person(self):
        invoice = self.invoice()
        self.pay_by_hand(invoice, 40)
        self.assertEqual(self.events(invoice), ["invoice.posted", "invoice.changed"])

    def test_invoice_paid_otherwise(self):
        invoice = self.invoice()
        self.pay_by_hand(invoice, 100)
        self.assertEqual(invoice.paylink_status, "settled")
        self.assertEqual(self.events(invoice), ["invoice.posted", "invoice.changed"])

    def test_order_paid_otherwise(self):
        order = self.confirmed()
        invoice = order._create_invoices()
        invoice.action_post()
        self.pay_by_hand(invoice, 100)
        self.assertEqual(order.paylink_status, "settled")

    def test_credit_note(self):
        invoice = self.invoice()
        reversal = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        reversal.action_post()
        self.assertIn("invoice.changed", self.events(invoice))

    def test_invoice_of_an_asked_order_is_not_asked_again(self):
        order = self.confirmed()
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertFalse(self.events(invoice))
        self.assertEqual(self.events(order), ["sale_order.confirmed", "sale_order.changed"])

    def test_vendor_bill_is_no_affair_of_ours(self):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.buyer.id,
                "invoice_date": "2026-11-25",
                "invoice_line_ids": [(0, 0, {"product_id": self.rose.id, "price_unit": 10})],
            }
        )
        bill.action_post()
        self.assertFalse(self.events(bill))

    @mute_logger("odoo.addons.paylink_connector.quiet", "odoo.sql_db")
    def test_no_error_reaches_the_user(self):
        with patch.object(type(self.deliveries), "_values", side_effect=KeyError("broken")):
            order = self.confirmed()
        self.assertEqual((order.state, order.paylink_status), ("sale", "requested"), "a poll finds it")
        with patch.object(type(order), "_paylink_is_owed", side_effect=KeyError("broken")):
            order = self.confirmed()
            invoice = order._create_invoices()
            invoice.action_post()
        self.assertEqual((order.state, invoice.state), ("sale", "posted"))
        with patch.object(type(order), "search", side_effect=KeyError("broken")):
            self.buyer.phone = "+49 30 901821"
        self.assertEqual(self.buyer.phone, "+49 30 901821")
