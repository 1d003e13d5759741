"""The PayLink on the order in Odoo."""

from datetime import UTC, datetime

import pytest
from connector_odoo.fake import FakeOdoo
from connector_odoo.plugin import OdooPlugin

from connector_core.sdk import Money, OpenLink, OrderRef, OutcomeUnknown
from connector_core.sdk.testing.faults import FaultKind
from tests.plugins.odoo.conftest import only

AT = datetime(2026, 11, 23, 9, 9, 44, tzinfo=UTC)
URL = "https://pay.example/t/1"


def open_link(ref: str, name: str = "link-1") -> OpenLink:
    return OpenLink(name, OrderRef(ref), URL, Money(2_000, "EUR"), AT, "de")


def test_the_addon_shows_it_and_plain_odoo_has_no_place(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = odoo.place_order(total="20.00")
    for _twice in range(2):
        plugin.show_links([open_link(ref)])
    shown = odoo.row(ref)
    expected = ("open", URL) if odoo.config.addon else (shown.get("paylink_status"), None)
    assert (shown.get("paylink_status"), shown.get("paylink_url")) == expected


@only((19, True))
def test_a_document_that_is_gone_does_not_hold_up_the_others(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = odoo.place_order(total="20.00")
    plugin.show_links([open_link("sale.order:999999", "gone"), open_link(ref)])
    assert odoo.row(ref)["paylink_url"] == URL


@only((16, True), (19, True))
def test_an_odoo_that_is_away_is_asked_again(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = odoo.place_order(total="20.00")
    plugin.check()
    odoo.arm(FaultKind.ERROR)
    with pytest.raises(OutcomeUnknown):
        plugin.show_links([open_link(ref)])


@only((19, True))
def test_an_addon_that_went_is_no_failure(odoo: FakeOdoo, plugin: OdooPlugin) -> None:
    ref = odoo.place_order(total="20.00")
    plugin.check()
    odoo.methods.forbidden.add("paylink.connector")
    plugin.show_links([open_link(ref)])
    assert odoo.row(ref)["paylink_url"] is False
