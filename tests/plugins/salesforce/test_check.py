"""The check asks for each right that is needed, names the cure of what misses, and changes nothing."""

import pytest
from connector_salesforce.fake import FakeSalesforce
from connector_salesforce.plugin import SalesforcePlugin

from connector_core.sdk import Probe


def probes(plugin: SalesforcePlugin) -> dict[str, Probe]:
    return {probe.name: probe for probe in plugin.check()}


def test_all_is_well(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    org.place_order()
    assert all(probe.ok for probe in probes(plugin).values())
    assert not [call for call in org.calls if call["method"] not in ("GET", "POST")]
    assert [call["path"] for call in org.calls if call["method"] == "POST"] == ["/services/oauth2/token"]


@pytest.mark.parametrize(
    ("hidden", "failing", "word"),
    [
        (("Order", "TotalAmount"), {"fetch", "poll", "write_back"}, "TotalAmount"),
        (("PayLink_Payment__c", ""), {"write_back"}, "PayLink_Payment__c"),
        (("PayLink_Payment__c", "Transaction_Ref__c"), {"write_back"}, "Transaction_Ref__c"),
        (("Order", "PayLink_URL__c"), {"write_back"}, "PayLink_URL__c"),
    ],
)
def test_what_is_missing_is_named_with_its_cure(
    org: FakeSalesforce, plugin: SalesforcePlugin, hidden: tuple[str, str], failing: set[str], word: str
) -> None:
    org.hide(*hidden)
    found = probes(plugin)
    assert {name for name, probe in found.items() if not probe.ok} <= failing
    assert not found["write_back"].ok or "fetch" in failing
    failed = [probe for probe in found.values() if not probe.ok]
    assert any(word in probe.detail for probe in failed)
    assert all("permission set" in probe.cure for probe in failed)


def test_the_right_to_edit_activated_orders_is_asked_for(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    org.forbid_activated()
    probe = probes(plugin)["write_back"]
    assert not probe.ok
    assert "activated orders" in probe.detail


def test_a_user_who_sees_no_telephone_number_is_told_so(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    for name, field in (("Contact", "MobilePhone"), ("Contact", "Phone"), ("Account", "Phone")):
        assert probes(plugin)["fetch"].ok
        org.hide(name, field)
    probe = probes(plugin)["fetch"]
    assert "no telephone number" in probe.detail
    assert "Mobile and Phone" in probe.cure


def test_a_cure_that_was_applied_is_seen(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    assert probes(plugin)["fetch"].ok
    org.hide("Order", "TotalAmount")
    assert not probes(plugin)["fetch"].ok
