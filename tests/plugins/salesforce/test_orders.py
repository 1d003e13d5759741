"""What a mapping gets to read of an order."""

from datetime import UTC, datetime, timedelta

import pytest
from connector_salesforce.fake import FakeSalesforce, FakeSalesforceConfig
from connector_salesforce.orders import parse_ref
from connector_salesforce.plugin import SalesforcePlugin

from connector_core.sdk import ConfigurationError, ConnectionId, OrderRef
from tests.plugins.salesforce.conftest import MakePlugin, settings_for

DOCUMENT = "salesforce.order"


def test_order_with_its_people_and_amounts_as_text(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    contact = {"FirstName": "Erika", "LastName": "Mustermann", "MobilePhone": "0151 23456789", "Email": "e@example.com"}
    ref = org.place_order(total="119.90", contact=contact, account={"Name": "Muster GmbH", "Phone": "+49 30 901820"})
    record = plugin.fetch_orders([OrderRef(ref)], DOCUMENT)[OrderRef(ref)]
    assert (record["TotalAmount"], record["currency"], record["is_asked"]) == ("119.9", "EUR", True)
    assert record["BillToContact"]["Name"] == "Erika Mustermann"
    assert record["BillToContact"]["MobilePhone"] == "0151 23456789"
    assert record["Account"]["Name"] == "Muster GmbH"
    assert "attributes" not in str(record)


def test_an_order_without_contact_keeps_its_account(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = OrderRef(org.place_order(contact=None, account={"Name": "Muster GmbH", "Phone": "+49 30 901820"}))
    record = plugin.fetch_orders([ref], DOCUMENT)[ref]
    assert record["BillToContact"] is None
    assert record["Account"]["Phone"] == "+49 30 901820"


def test_two_hundred_and_fifty_orders_take_two_queries(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    refs = [OrderRef(org.place_order()) for _ in range(250)]
    plugin.fetch_orders(refs[:1], DOCUMENT)
    before = len(org.calls)
    assert set(plugin.fetch_orders(refs, DOCUMENT)) == set(refs)
    assert len(org.calls) - before == 2


def test_fifteen_characters_are_no_reference_of_ours(org: FakeSalesforce) -> None:
    """They are case-sensitive, and one order would have two references."""
    ref = org.place_order()
    assert parse_ref(OrderRef(ref)) == ref
    assert parse_ref(OrderRef(ref[:15])) is None
    assert parse_ref(OrderRef(ref[:15] + "AAA")) is None or ref.endswith("AAA")


def test_drafts_and_orders_before_the_day_are_not_asked_for(org: FakeSalesforce, connect: MakePlugin) -> None:
    org.set_clock(timedelta(days=-10))
    old = OrderRef(org.place_order())
    org.set_clock(timedelta())
    new, draft = OrderRef(org.place_order()), OrderRef(org.place_order())
    org.deactivate(draft)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    records = connect(activated_since=yesterday).fetch_orders([old, new, draft], DOCUMENT)
    assert [records[ref]["is_asked"] for ref in (old, new, draft)] == [False, True, False]


def test_a_deleted_order_is_left_out(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = OrderRef(org.place_order())
    org.delete(ref)
    assert not plugin.fetch_orders([ref], DOCUMENT)


def test_fields_of_a_mapping_of_ones_own_are_read(org: FakeSalesforce, connect: MakePlugin) -> None:
    ref = OrderRef(org.place_order(PoNumber="PO-7"))
    record = connect(extra_fields=["Account.BillingCountry"]).fetch_orders([ref], DOCUMENT)[ref]
    assert "BillingCountry" in record["Account"]
    with pytest.raises(ConfigurationError, match="Nowhere__c"):
        connect(extra_fields=["Nowhere__c"]).fetch_orders([ref], DOCUMENT)


def test_a_hidden_field_that_only_helps_is_done_without(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = OrderRef(org.place_order())
    org.hide("Contact", "Email")
    org.hide("Order", "PoNumber")
    assert set(plugin.fetch_orders([ref], DOCUMENT)) == {ref}


def test_a_field_that_is_hidden_meanwhile_is_noticed(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = OrderRef(org.place_order())
    assert "Email" in plugin.fetch_orders([ref], DOCUMENT)[ref]["BillToContact"]
    org.hide("Contact", "Email")
    with pytest.raises(ConfigurationError, match="Email"):
        plugin.fetch_orders([ref], DOCUMENT)
    assert "Email" not in plugin.fetch_orders([ref], DOCUMENT)[ref]["BillToContact"]


def test_a_hidden_field_that_is_needed_is_named(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = OrderRef(org.place_order())
    org.hide("Order", "TotalAmount")
    with pytest.raises(ConfigurationError, match=r"Order\.TotalAmount") as refused:
        plugin.fetch_orders([ref], DOCUMENT)
    assert "permission set" in refused.value.cure


def test_an_order_of_another_currency_says_so() -> None:
    org = FakeSalesforce(FakeSalesforceConfig(multicurrency=True))
    org.start()
    plugin = SalesforcePlugin(ConnectionId("crm"), settings_for(org))
    try:
        ref = OrderRef(org.place_order(CurrencyIsoCode="CHF"))
        assert plugin.fetch_orders([ref], DOCUMENT)[ref]["currency"] == "CHF"
    finally:
        plugin.close()
        org.stop()
