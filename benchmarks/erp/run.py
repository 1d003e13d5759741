"""A hundred documents read and a hundred payments booked, at 100 ms a call: `python -m benchmarks.erp.run`.

The demo Odoo and the demo Salesforce answer at once but for that pause, so what is seen is the number of calls and how
many go side by side. One call of the plugin has them all; the daemon makes two of it, of fifty each, side by side.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from connector_odoo.fake import FakeOdoo, FakeOdooConfig
from connector_odoo.fake.books import Books
from connector_odoo.plugin import OdooPlugin
from connector_odoo.settings import OdooSettings
from connector_salesforce.fake import FakeSalesforce, FakeSalesforceConfig
from connector_salesforce.plugin import SalesforcePlugin
from connector_salesforce.settings import SalesforceSettings

from connector_core.sdk import ConnectionId, Money, OrderRef, PaymentUpdate, WriteBackFact
from connector_core.sdk.testing.fake_server import FakeServer

DOCUMENTS = 100
SECONDS_A_CALL = 0.1


@dataclass(frozen=True, slots=True)
class Figure:
    """Seconds and calls, and how many payments are in the books afterwards: one for each document."""

    what: str
    read_seconds: float
    read_calls: int
    book_seconds: float
    book_calls: int
    payments: int

    def line(self) -> str:
        return (
            f"{self.what:38} read {self.read_seconds:5.2f} s, {self.read_calls:2} calls   "
            f"booked {self.book_seconds:5.2f} s, {self.book_calls:3} calls   {self.payments} payments"
        )


def measure_odoo(version: int, *, addon: bool, invoiced: bool) -> Figure:
    odoo = FakeOdoo(FakeOdooConfig(version=version, addon=addon, seed=1, latency_seconds=SECONDS_A_CALL))
    odoo.start()
    plugin = OdooPlugin(ConnectionId("odoo"), OdooSettings.model_validate(odoo.settings()))
    try:
        refs = [OrderRef(ref) for ref in odoo.on_loop(lambda: [odoo.place({}) for _ in range(DOCUMENTS)])]
        if invoiced:
            odoo.do(_invoice_all)
        updates = [_paid(odoo, ref) for ref in refs]
        plugin.check()
        kind = f"Odoo {version}, {'addon' if addon else 'plain'}, {'invoices' if invoiced else 'orders'}"
        read = _timed(odoo, lambda: plugin.fetch_orders(refs, "odoo.sale_order"))
        booked = _timed(odoo, lambda: plugin.write_back(updates))
        return Figure(kind, *read, *booked, len(odoo.payments()))
    finally:
        plugin.close()
        odoo.stop()


def measure_salesforce() -> Figure:
    org = FakeSalesforce(FakeSalesforceConfig(seed=1, latency_seconds=SECONDS_A_CALL))
    org.start()
    plugin = SalesforcePlugin(ConnectionId("salesforce"), SalesforceSettings.model_validate(org.settings()))
    try:
        refs = [OrderRef(org.place_order(total="119.00")) for _ in range(DOCUMENTS)]
        updates = [_update(ref, Money(11_900, "EUR")) for ref in refs]
        plugin.check()
        read = _timed(org, lambda: plugin.fetch_orders(refs, "salesforce.order"))
        booked = _timed(org, lambda: plugin.write_back(updates))
        return Figure("Salesforce, orders", *read, *booked, len(org.rows("PayLink_Payment__c")))
    finally:
        plugin.close()
        org.stop()


def _timed(server: FakeServer, work: Callable[[], object]) -> tuple[float, int]:
    calls, start = len(server.calls), time.perf_counter()
    work()
    return time.perf_counter() - start, len(server.calls) - calls


def _invoice_all(books: Books) -> None:
    for order in list(books.db.tables["sale.order"].values()):
        books.post(books.invoice(order))


def _paid(odoo: FakeOdoo, ref: OrderRef) -> PaymentUpdate:
    return _update(ref, Money.parse(str(odoo.row(ref)["amount_total"]), "EUR"))


def _update(ref: OrderRef, total: Money) -> PaymentUpdate:
    now = datetime.now(UTC)
    return PaymentUpdate(f"update-{ref}", ref, WriteBackFact.CAPTURED, total, total, total, f"transaction-{ref}", now)


def main() -> None:
    for addon in (True, False):
        for version in (16, 19):
            for invoiced in (False, True):
                print(measure_odoo(version, addon=addon, invoiced=invoiced).line())
    print(measure_salesforce().line())


if __name__ == "__main__":
    main()
