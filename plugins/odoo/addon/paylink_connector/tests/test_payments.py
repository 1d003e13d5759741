from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .paylink_case import PaylinkCommon

PAID = ("paid", "in_payment")


@tagged("-at_install", "post_install")
class TestPayments(PaylinkCommon):
    def notes(self, document):
        return document.message_ids.filtered(lambda message: "PayLink" in (message.body or ""))

    def test_invoice(self):
        invoice = self.invoice()
        (result,) = self.record(self.fact(invoice))
        self.assertEqual(result["outcome"], "done", result)
        self.assertIn(invoice.payment_state, PAID)
        self.assertEqual(invoice.paylink_status, "paid")
        self.assertEqual(invoice.paylink_psp_ref, "psp-of-update-1")
        self.assertEqual(str(invoice.paylink_paid_at), "2026-11-25 12:00:00")
        payment = self.payments()
        self.assertEqual((len(payment), payment.journal_id, payment.amount), (1, self.journal, 100))
        self.assertEqual(result["source_ref"], f"account.payment,{payment.id}")

    def test_one_note_and_nobody_is_mailed(self):
        invoice = self.invoice()
        invoice.message_subscribe(self.buyer.ids)
        self.record(self.fact(invoice), self.fact(invoice))
        note = self.notes(invoice)
        self.assertEqual(len(note), 1)
        self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(note.notified_partner_ids)

    def test_repeat(self):
        invoice = self.invoice()
        first, second, third = (self.record(self.fact(invoice))[0] for _turn in range(3))
        self.assertEqual([r["outcome"] for r in (first, second, third)], ["done", "already", "already"])
        self.assertEqual(first["source_ref"], third["source_ref"])
        self.assertEqual(len(self.payments()), 1)

    def test_same_transaction_under_a_new_id(self):
        invoice = self.invoice(200)
        self.record(self.fact(invoice, "update-1", psp_ref="one-transaction"))
        (result,) = self.record(self.fact(invoice, "update-2", psp_ref="one-transaction"))
        self.assertEqual(result["outcome"], "already")
        self.assertEqual(len(self.payments()), 1)

    def test_own_bookings_are_no_news(self):
        invoice = self.invoice()
        self.record(self.fact(invoice))
        self.assertEqual(self.events(invoice), ["invoice.posted"])

    def test_a_person_was_quicker(self):
        invoice = self.invoice()
        self.pay_by_hand(invoice, 100)
        (result,) = self.record(self.fact(invoice))
        self.assertEqual(result["outcome"], "already")
        self.assertIn("A person was quicker", result["message"])
        self.assertEqual(len(self.payments()), 1)

    def test_another_payment_of_a_person_is_not_ours(self):
        invoice = self.invoice()
        self.pay_by_hand(invoice, 40)
        (result,) = self.record(self.fact(invoice))
        self.assertEqual(result["outcome"], "done", result)
        self.assertEqual((invoice.amount_residual, len(self.payments())), (0, 2))
        self.assertIn("The rest waits as the buyer's credit", result["message"])

    def test_a_person_s_payment_stands_for_one_fact(self):
        invoice = self.invoice()
        self.pay_by_hand(invoice, 50)
        facts = [self.fact(invoice, f"half-{number}", amount="50.00") for number in range(3)]
        self.assertEqual([r["outcome"] for r in self.record(*facts)], ["done", "already", "done"])
        self.assertEqual(len(self.payments()), 3)

    def test_a_person_booked_the_order_in_advance(self):
        order = self.confirmed()
        memo = self.env["paylink.ledger"]._memo_field()
        values = {"partner_id": self.buyer.id, "amount": 100, "journal_id": self.journal.id, "payment_type": "inbound"}
        values["currency_id"] = order.currency_id.id
        other, same = self.env["account.payment"].create(
            [{**values, memo: f"{order.name}9"}, {**values, memo: f"Order {order.name}, card"}]
        )
        other.action_post()
        self.assertFalse(self.env["paylink.by.hand"]._naming(order, order.currency_id, 100))
        same.action_post()
        (result,) = self.record(self.fact(order))
        self.assertEqual((result["outcome"], len(self.payments())), ("already", 2), result)

    def test_partial_payments(self):
        invoice = self.invoice()
        self.record(self.fact(invoice, "a-update", amount="40.00"))
        self.assertEqual((invoice.amount_residual, invoice.paylink_status), (60, "partial"))
        self.record(self.fact(invoice, "b-update", amount="60.00", captured="100.00"))
        self.assertEqual((invoice.amount_residual, invoice.paylink_status), (0, "paid"))
        self.assertEqual(len(self.payments()), 2)

    def test_order_paid_in_advance(self):
        order = self.confirmed()
        (result,) = self.record(self.fact(order))
        self.assertEqual(result["outcome"], "done", result)
        payment = self.payments()
        self.assertEqual((len(payment), payment.partner_type, payment.amount), (1, "customer", 100))
        self.assertEqual(order.paylink_status, "paid")
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertIn(invoice.payment_state, PAID)
        self.assertEqual(invoice.paylink_status, "paid")
        self.assertEqual(len(self.payments()), 1)

    def test_memo_carries_the_mark(self):
        order = self.confirmed()
        self.record(self.fact(order))
        memo = self.payments()[self.env["paylink.ledger"]._memo_field()]
        self.assertEqual(memo, f"PayLink psp-of-update-1 sale.order:{order.id} [paylink update-1 settled]")

    def test_order_with_invoice(self):
        order = self.confirmed()
        invoice = order._create_invoices()
        invoice.action_post()
        self.record(self.fact(order))
        self.assertIn(invoice.payment_state, PAID)
        self.assertEqual((order.paylink_status, invoice.paylink_status), ("paid", "paid"))

    def test_invoice_shows_on_its_order(self):
        self.company.paylink_orders = False
        order = self.confirmed()
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(self.events(invoice), ["invoice.posted"])
        self.record(self.fact(invoice))
        self.assertEqual(order.paylink_status, "paid")

    def test_surplus_is_booked_and_shown(self):
        invoice = self.invoice()
        self.record(self.fact(invoice, "first-one"))
        (result,) = self.record(self.fact(invoice, "second-one", flag="surplus", captured="200.00"))
        self.assertEqual(result["outcome"], "done", result)
        self.assertIn("more than was asked for", result["message"])
        self.assertEqual(len(self.payments()), 2)

    def test_refund_with_credit_note(self):
        invoice = self.invoice()
        self.record(self.fact(invoice, "first-one"))
        note = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        note.action_post()
        (result,) = self.record(self.fact(invoice, "second-one", fact="refunded"))
        self.assertEqual(result["outcome"], "done", result)
        self.assertEqual(note.amount_residual, 0)
        self.assertEqual(invoice.paylink_status, "refunded")
        self.assertEqual(set(self.payments().mapped("payment_type")), {"inbound", "outbound"})

    def test_refund_of_an_advance(self):
        order = self.confirmed()
        self.record(self.fact(order, "first-one"))
        self.record(self.fact(order, "second-one", fact="refunded", amount="30.00"))
        self.assertEqual(len(self.payments()), 2)
        self.assertEqual(order.paylink_status, "paid")
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 30)

    def test_refund_without_credit_note_tells_a_person(self):
        invoice = self.invoice()
        self.record(self.fact(invoice, "first-one"))
        (result,) = self.record(self.fact(invoice, "second-one", fact="refunded"))
        self.assertIn("Make a credit note", result["message"])
        self.assertEqual(len(self.payments()), 1)

    def test_told_only(self):
        invoice = self.invoice()
        self.record(self.fact(invoice, "linked-1", fact="linked", url="https://pay.example/l/9"))
        self.assertEqual((invoice.paylink_status, invoice.paylink_url), ("open", "https://pay.example/l/9"))
        self.record(self.fact(invoice, "expired-1", fact="expired"))
        self.assertEqual(invoice.paylink_status, "expired")
        self.record(self.fact(invoice, "capture-1"))
        self.record(self.fact(invoice, "chargeback-1", fact="charged_back"))
        self.assertEqual(invoice.paylink_status, "disputed")
        self.assertEqual(len(self.payments()), 1)

    @mute_logger("odoo.sql_db")
    def test_one_refusal_does_not_stop_the_others(self):
        invoice = self.invoice()
        gone = {**self.fact(invoice, "gone-1"), "res_id": 999999}
        odd = self.fact(invoice, "odd-1", currency="XXX")
        unknown = self.fact(invoice, "unknown-1", fact="moon")
        results = self.record(gone, odd, unknown, self.fact(invoice, "good-1"))
        self.assertEqual([r["outcome"] for r in results], ["refused", "refused", "refused", "done"])
        self.assertTrue(all(r["cure"] for r in results[:3]))
        self.assertEqual([r["id"] for r in results], ["gone-1", "odd-1", "unknown-1", "good-1"])

    def test_no_journal(self):
        self.company.paylink_journal_id = False
        self.journal.copy({"name": "Another bank", "code": "BNKX"})
        invoice = self.invoice()
        (result,) = self.record(self.fact(invoice))
        self.assertEqual(result["outcome"], "refused")
        (result,) = self.record(self.fact(invoice, journal=self.journal.code))
        self.assertEqual(result["outcome"], "done", result)

    def test_connector_says_memo_and_note(self):
        invoice = self.invoice()
        self.record(self.fact(invoice, memo="PayLink ours [paylink x]", note="<p>Told <b>so</b><script/></p>"))
        self.assertEqual(self.payments()[self.env["paylink.ledger"]._memo_field()], "PayLink ours [paylink x]")
        self.assertIn("<b>so</b>", invoice.message_ids[0].body)
        self.assertNotIn("script", invoice.message_ids[0].body)

    def test_only_the_connector_may(self):
        user = self.env["res.users"].create({"name": "Clerk", "login": "paylink-clerk", "email": "c@example.com"})
        with self.assertRaises(AccessError):
            self.connector.with_user(user).record_payments(vals_list=[])
        with self.assertRaises(AccessError):
            self.connector.with_user(user).describe()

    def test_connector_user_needs_one_group(self):
        groups = "group_ids" if "group_ids" in self.env["res.users"]._fields else "groups_id"
        user = self.env["res.users"].create(
            {
                "name": "Connector",
                "login": "paylink-connector-test",
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
                groups: [(4, self.env.ref("paylink_connector.group_api").id)],
            }
        )
        order, invoice = self.confirmed(), self.invoice()
        connector = self.connector.with_user(user)
        results = connector.record_payments(vals_list=[self.fact(order, "by-user-1"), self.fact(invoice, "by-user-2")])
        self.assertEqual([r["outcome"] for r in results], ["done", "done"], results)
        told = connector.describe()
        self.assertEqual(told["documents"], ["sale.order", "account.move"])
        self.assertEqual([c["id"] for c in told["companies"]], self.company.ids)
        self.assertEqual(order.with_user(user).read(["name"])[0]["name"], order.name)
