from odoo.exceptions import UserError
from odoo.tests import tagged

from .paylink_case import PaylinkCommon


@tagged("-at_install", "post_install")
class TestButtons(PaylinkCommon):
    def test_send_resend_cancel(self):
        self.company.paylink_mode = "button"
        order = self.confirmed()
        self.assertTrue(order.paylink_can_send)
        order.action_paylink_send()
        self.assertEqual(order.paylink_status, "requested")
        self.assertFalse(order.paylink_can_send)
        order.action_paylink_resend()
        order.action_paylink_cancel()
        self.assertEqual(order.paylink_status, "cancelled")
        self.assertEqual(self.events(order), ["paylink.send", "paylink.resend", "paylink.cancel"])

    def test_selection_leaves_out_what_cannot_be_asked(self):
        self.company.paylink_mode = "button"
        ready, draft = self.confirmed(), self.order()
        (ready | draft).action_paylink_send()
        self.assertEqual(self.events(ready), ["paylink.send"])
        self.assertFalse(self.events(draft))
        with self.assertRaises(UserError):
            draft.action_paylink_send()

    def test_server_action_for_a_selection(self):
        self.company.paylink_mode = "button"
        orders = self.confirmed() | self.confirmed()
        action = self.env.ref("paylink_connector.server_action_sale_order_send")
        action.with_context(active_model="sale.order", active_ids=orders.ids, active_id=orders[0].id).run()
        self.assertEqual(set(orders.mapped("paylink_status")), {"requested"})

    def test_paid_invoice_is_not_asked(self):
        invoice = self.invoice()
        self.pay_by_hand(invoice, 100)
        self.assertFalse(invoice.paylink_can_resend)

    def test_qr_only_while_open(self):
        invoice = self.invoice()
        self.assertFalse(invoice._paylink_qr())
        self.record(self.fact(invoice, "linked-1", fact="linked"))
        self.assertTrue(invoice._paylink_qr().startswith("data:image/png;base64,"))
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html("account.account_invoices", invoice.ids)[0].decode()
        self.assertIn("paylink_qr", html)
        self.record(self.fact(invoice, "capture-1"))
        self.assertFalse(invoice._paylink_qr())
        html = report._render_qweb_html("account.account_invoices", invoice.ids)[0].decode()
        self.assertNotIn("paylink_qr", html)

    def test_copy_links_of_a_selection(self):
        orders = self.confirmed() | self.confirmed() | self.order()
        with self.assertRaises(UserError):
            orders.action_paylink_copy()
        for number, order in enumerate(orders[:2]):
            url = f"https://pay.example/l/{number}"
            self.record(self.fact(order, f"linked-{number}", fact="linked", url=url))
        shown = self.env["paylink.copy"].browse(orders.action_paylink_copy()["res_id"])
        self.assertEqual(
            shown.text.splitlines(),
            [f"{order.name} https://pay.example/l/{number}" for number, order in enumerate(orders[:2])],
        )
        shown = self.env["paylink.copy"].browse(orders[1].action_paylink_copy()["res_id"])
        self.assertEqual(shown.text, "https://pay.example/l/1")

    def test_copy_asks_anew(self):
        order = self.confirmed()
        self.assertFalse(order.copy().paylink_status)

    def test_deliveries_of_one_document(self):
        order = self.confirmed()
        action = order.action_paylink_deliveries()
        self.assertEqual(self.deliveries.search_count(action["domain"]), 1)
