import json
from datetime import timedelta

import requests

from odoo import fields
from odoo.tests import tagged

from ..signature import sign
from .paylink_case import ADDRESS, SECRET, Answer, PaylinkCommon


@tagged("-at_install", "post_install")
class TestDelivery(PaylinkCommon):
    def deliver(self):
        self.deliveries._cron_deliver()

    def rows(self, document):
        return self.deliveries.search([("res_model", "=", document._name), ("res_id", "=", document.id)])

    def due(self, rows):
        rows.write({"next_attempt": fields.Datetime.now() - timedelta(seconds=1)})

    def test_signed_hint_without_buyer(self):
        order = self.confirmed()
        self.deliver()
        (url, request), row = self.sent[-1], self.rows(order)
        self.assertEqual((url, row.state, row.attempts), (ADDRESS, "delivered", 1))
        head, body = request["headers"], request["data"]
        wanted = sign(SECRET, head["webhook-id"], int(head["webhook-timestamp"]), body)
        self.assertEqual(head["webhook-signature"], wanted)
        event = json.loads(body)
        self.assertEqual(event["type"], "sale_order.confirmed")
        self.assertEqual(set(event["data"]), {"model", "id", "name", "company_id", "write_date"})
        self.assertEqual((event["data"]["id"], event["data"]["name"]), (order.id, order.name))
        self.assertNotIn(b"Erika", body)

    def test_outage(self):
        orders = [self.confirmed() for _number in range(5)]
        self.answer = requests.ConnectionError("no route")
        self.deliver()
        self.assertEqual(len(self.sent), 1, "the others wait, they do not try too")
        rows = self.deliveries.browse().concat(*[self.rows(order) for order in orders])
        self.assertEqual(set(rows.mapped("state")), {"pending"})
        self.assertIn("cannot be reached", rows.filtered("error").error)
        self.due(rows)
        self.sent.clear()
        self.answer = 204
        self.deliver()
        self.assertEqual(set(rows.mapped("state")), {"delivered"})
        self.assertEqual(len(self.sent), 5, "once each")

    def test_first_success_ends_the_waiting(self):
        first, second = self.rows(self.confirmed()), self.rows(self.confirmed())
        self.answer = requests.ConnectionError("no route")
        self.deliver()
        self.assertGreater(second.next_attempt, fields.Datetime.now())
        third = self.rows(self.confirmed())
        self.answer = 202
        self.deliver()
        self.assertEqual(set((first | second | third).mapped("state")), {"delivered"})

    def test_what_the_connector_refuses_is_not_tried_all_the_time(self):
        refused = self.rows(self.confirmed())
        self.answer = 422
        self.deliver()
        self.confirmed()
        self.answer = 202
        self.deliver()
        self.assertEqual((refused.state, refused.attempts), ("pending", 1))

    def test_every_attempt_has_the_same_id_and_bytes(self):
        order = self.confirmed()
        self.answer = 503
        self.deliver()
        self.due(self.rows(order))
        self.answer = 202
        self.deliver()
        (_, first), (_, second) = self.sent
        self.assertEqual(first["data"], second["data"])
        self.assertEqual(first["headers"]["webhook-id"], second["headers"]["webhook-id"])

    def test_one_bad_delivery_does_not_hold_up_the_others(self):
        first, second = self.confirmed(), self.confirmed()
        self.answer = 400
        self.deliver()
        self.assertEqual(len(self.sent), 2)
        self.assertEqual(self.rows(first).attempts + self.rows(second).attempts, 2)

    def test_a_busy_connector_says_how_long_to_wait(self):
        order = self.confirmed()
        self.answer = Answer(503, **{"Retry-After": "900"})
        self.deliver()
        self.assertGreater(self.rows(order).next_attempt, fields.Datetime.now() + timedelta(seconds=800))

    def test_pauses_grow(self):
        row, pauses = self.rows(self.confirmed()), []
        self.answer = requests.Timeout("slow")
        for _turn in range(5):
            self.deliver()
            pauses.append(round((row.next_attempt - fields.Datetime.now()).total_seconds(), -1))
            self.due(row)
        self.assertEqual(pauses, [10, 30, 60, 120, 120])

    def test_deleted_cron_loses_nothing(self):
        self.env.ref("paylink_connector.cron_deliver").unlink()
        self.assertEqual(self.rows(self.confirmed()).state, "pending")

    def test_redirect_is_a_failure(self):
        order = self.confirmed()
        self.answer = 302
        self.deliver()
        self.assertEqual(self.rows(order).state, "pending")

    def test_given_up_after_a_week_and_sent_again(self):
        row = self.rows(self.confirmed())
        self.env.cr.execute(
            "UPDATE paylink_delivery SET create_date = create_date - interval '8 days' WHERE id = %s", (row.id,)
        )
        row.invalidate_recordset()
        self.answer = 500
        self.deliver()
        self.assertEqual(row.state, "failed")
        row.action_send_again()
        self.answer = 200
        self.deliver()
        self.assertEqual(row.state, "delivered")

    def test_deleted_document(self):
        order = self.confirmed()
        row = self.rows(order)
        order._action_cancel()
        order.unlink()
        self.deliver()
        self.assertEqual(row.state, "delivered")

    def test_old_rows_are_cleaned_up(self):
        row = self.rows(self.confirmed())
        self.deliver()
        row.delivered_at = fields.Datetime.now() - timedelta(days=31)
        self.deliveries._gc_deliveries()
        self.assertFalse(row.exists())
