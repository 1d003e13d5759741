"""What changed is found once, whatever its date, and nothing that is no concern of ours."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from connector_salesforce.fake import FakeSalesforce
from connector_salesforce.plugin import SalesforcePlugin
from connector_salesforce.poll import PAGE_SIZE

from connector_core.sdk import ConfigurationError, OpenLink, OrderChange, OrderEvent, OrderRef
from tests.plugins.salesforce.conftest import MakePlugin, capture


class Poller:
    """Polls as the core does: page by page, the cursor kept as JSON."""

    def __init__(self, plugin: SalesforcePlugin) -> None:
        self.plugin = plugin
        self.cursor: Any = None

    def poll(self) -> list[OrderEvent]:
        found: list[OrderEvent] = []
        for _ in range(100):
            page = self.plugin.poll(self.cursor)
            self.cursor = json.loads(json.dumps(page.cursor))
            found += page.events
            if not page.more:
                return found
        raise AssertionError("the pages do not end")


@pytest.fixture
def poller(plugin: SalesforcePlugin) -> Poller:
    return Poller(plugin)


def show(plugin: SalesforcePlugin, ref: str) -> None:
    money = capture(ref).asked
    plugin.show_links([OpenLink("l-1", OrderRef(ref), "https://pay.example/1", money, datetime.now(UTC))])


def test_a_new_order_is_received_once(org: FakeSalesforce, poller: Poller) -> None:
    ref = org.place_order()
    (event,) = poller.poll()
    assert (event.order_ref, event.change, event.document) == (ref, OrderChange.RECEIVED, "salesforce.order")
    assert event.record is None
    assert poller.poll() == []


def test_drafts_and_their_end_are_no_concern_of_ours(org: FakeSalesforce, poller: Poller) -> None:
    draft, deleted = org.place_order(), org.place_order()
    org.deactivate(draft)
    org.delete(deleted)
    assert poller.poll() == []


def test_an_edited_order_is_found_again(org: FakeSalesforce, poller: Poller) -> None:
    ref = org.place_order()
    poller.poll()
    org.set_total(ref, "35.50")
    assert [event.order_ref for event in poller.poll()] == [ref]


def test_a_number_that_a_contact_gets_soon_after_is_news(org: FakeSalesforce, poller: Poller) -> None:
    ref = org.place_order(contact={"LastName": "Mustermann", "MobilePhone": None})
    poller.poll()
    org.edit(str(org.row(ref)["BillToContactId"]), MobilePhone="0151 23456789")
    assert [event.order_ref for event in poller.poll()] == [ref]
    assert poller.poll() == []


def test_who_asks_there_has_the_paylink_sent_again_once(org: FakeSalesforce, poller: Poller) -> None:
    ref = org.place_order()
    poller.poll()
    org.edit(ref, PayLink_Requested_At__c=datetime.now(UTC).isoformat())
    wish = [event for event in poller.poll() if event.send_again]
    assert [(event.order_ref, event.change) for event in wish] == [(ref, OrderChange.CHANGED)]
    org.set_total(ref, "12.00")
    found = poller.poll()
    assert found
    assert not [event for event in found if event.send_again]
    org.edit(ref, PayLink_Requested_At__c=(datetime.now(UTC) + timedelta(seconds=1)).isoformat())
    org.set_clock(timedelta(seconds=2))
    org.edit(ref, Description="later")
    assert [event.id for event in poller.poll() if event.send_again] != [wish[0].id]


def test_an_old_wish_is_history(org: FakeSalesforce, poller: Poller) -> None:
    org.place_order(PayLink_Requested_At__c=(datetime.now(UTC) - timedelta(hours=2)).isoformat())
    assert [event.send_again for event in poller.poll()] == [False]


@pytest.mark.parametrize("end", ["deactivate", "delete"])
def test_an_order_with_a_paylink_that_ends_is_withdrawn(org: FakeSalesforce, poller: Poller, end: str) -> None:
    ref = org.place_order()
    poller.poll()
    show(poller.plugin, ref)
    getattr(org, end)(ref)
    assert OrderChange.WITHDRAWN in [event.change for event in poller.poll() if event.order_ref == ref]


def test_many_orders_of_one_second_come_page_by_page(org: FakeSalesforce, poller: Poller) -> None:
    refs = {org.place_order() for _ in range(2 * PAGE_SIZE + 50)}
    assert {event.order_ref for event in poller.poll()} == refs
    assert poller.poll() == []


def test_an_order_that_is_committed_late_is_found_within_the_overlap(org: FakeSalesforce, poller: Poller) -> None:
    org.place_order()
    poller.poll()
    org.set_clock(timedelta(minutes=-8))
    late = org.place_order()
    org.set_clock(timedelta())
    assert [event.order_ref for event in poller.poll()] == [late]
    assert poller.poll() == []


def test_the_first_poll_looks_back_so_far(org: FakeSalesforce, connect: MakePlugin) -> None:
    org.set_clock(timedelta(hours=-3))
    org.place_order()
    assert Poller(connect(poll_lookback_hours=1)).poll() == []
    assert len(Poller(connect(poll_lookback_hours=4)).poll()) == 1


def test_an_old_order_that_is_edited_is_not_picked_up(org: FakeSalesforce, connect: MakePlugin) -> None:
    org.set_clock(timedelta(days=-10))
    old = org.place_order()
    org.set_clock(timedelta())
    org.edit(old, Description="edited")
    today = datetime.now(UTC).date().isoformat()
    assert Poller(connect(activated_since=today)).poll() == []
    assert len(Poller(connect()).poll()) == 1


def test_a_damaged_cursor_names_the_way_out(plugin: SalesforcePlugin) -> None:
    with pytest.raises(ConfigurationError, match="damaged") as refused:
        plugin.poll({"since": "yesterday"})
    assert "Reset the cursor" in refused.value.cure


def test_without_the_package_the_cure_names_it(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    org.hide("Order", "PayLink_Status__c")
    with pytest.raises(ConfigurationError) as refused:
        plugin.poll(None)
    assert "PayLink package" in refused.value.cure
