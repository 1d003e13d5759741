"""The page of the demo Salesforce: its orders, and buttons for what people do with them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from connector_core.sdk.testing.vendor_page import OrderCard, VendorPage, write_amount
from connector_salesforce.fake.org import Row

if TYPE_CHECKING:
    from connector_salesforce.fake.salesforce import FakeSalesforce

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "place": "Activate a new order", "change": "Change the amount", "cancel": "Back to draft",
        "intro": "A Salesforce to try things out. An activated order waits until the connector enters its payment.",
        "orders": "Orders", "none": "No orders yet.", "payments": "Payments", "link": "PayLink",
        "Draft": "Draft", "Activated": "Activated", "Sent": "Link sent", "PartiallyPaid": "Partly paid", "Paid": "Paid",
        "PartiallyRefunded": "Partly refunded", "Refunded": "Refunded", "ChargedBack": "Charged back",
        "Expired": "Expired", "Capture": "Payment", "Refund": "Refund", "Chargeback": "Chargeback",
    },
    "de": {
        "place": "Neuen Auftrag aktivieren", "change": "Betrag ändern", "cancel": "Zurück zum Entwurf",
        "intro": "Ein Salesforce zum Ausprobieren. Ein aktivierter Auftrag wartet, bis der Connector die Zahlung "
        "einträgt.",
        "orders": "Aufträge", "none": "Noch keine Aufträge.", "payments": "Zahlungen",
        "link": "PayLink", "Draft": "Entwurf", "Activated": "Aktiviert", "Sent": "Link gesendet",
        "PartiallyPaid": "Teilweise bezahlt", "Paid": "Bezahlt", "PartiallyRefunded": "Teilweise erstattet",
        "Refunded": "Erstattet", "ChargedBack": "Rückbelastet", "Expired": "Abgelaufen", "Capture": "Zahlung",
        "Refund": "Erstattung", "Chargeback": "Rückbelastung",
    },
}  # fmt: skip


class Pages(VendorPage):
    package = "connector_salesforce"
    texts = _TEXTS
    actions = ("change", "cancel")
    order_id = r"801\w{15}"

    def __init__(self, salesforce: "FakeSalesforce") -> None:
        super().__init__(salesforce.config.name)
        self._salesforce = salesforce

    def orders(self, language: str) -> Iterator[OrderCard]:
        payments: dict[str, list[Row]] = {}
        for row in self._salesforce.org.tables.get("PayLink_Payment__c", {}).values():
            payments.setdefault(row["Order__c"], []).append(row)
        for order in reversed(self._salesforce.org.tables["Order"].values()):
            if not order["IsDeleted"]:
                yield self._card(order, payments.get(order["Id"], []), language)

    def place(self) -> None:
        self._salesforce.place({})

    def act(self, order_id: str, action: str) -> None:
        order = self._salesforce.org.live(order_id)
        if order is not None and order["StatusCode"] == "Activated":
            total = (order["TotalAmount"] or 0) + Decimal("11.90")
            change = {"TotalAmount": total} if action == "change" else {"Status": "Draft"}
            self._salesforce.change(order["Id"], change)

    def _card(self, order: Row, payments: list[Row], language: str) -> OrderCard:
        org, t = self._salesforce.org, _TEXTS[language]
        buyer = org.live(order["BillToContactId"]) or org.live(order["AccountId"]) or {}
        state, link = str(order["Status"]), str(order.get("PayLink_Status__c") or "")
        return OrderCard(
            id=order["Id"],
            title=order["OrderNumber"],
            state=t.get(state, state),
            buyer=buyer.get("Name", ""),
            amount=write_amount(order["TotalAmount"], order.get("CurrencyIsoCode", org.currency), language),
            actions=self.actions if order["StatusCode"] == "Activated" else (),
            own={
                "link": t.get(link, link),
                "payments": [
                    {
                        "type": t.get(row["Type__c"], row["Type__c"]),
                        "amount": write_amount(row["Amount__c"], row["Currency__c"] or org.currency, language),
                        "ref": row["Transaction_Ref__c"] or "–",
                    }
                    for row in payments
                ],
            },
        )
