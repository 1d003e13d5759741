"""The permission sets give what is needed, in a form that Salesforce takes, and nothing beyond."""

import pytest
from connector_salesforce.schema import ORDER, SEND_AGAIN

from tests.plugins.salesforce_package.source import APP, PAYMENT, Source, fields, permission_set, sources

CONNECTOR, SENDER, VIEWER = "PayLink_Connector", "PayLink_Sender", "PayLink_Viewer"

WISH = f"{ORDER}.{SEND_AGAIN}"
"""The field by which people have a PayLink sent again."""
PARENTS = {"Order": "Account", "Contact": "Account"}
"""Salesforce refuses a right to read children, or all of them, without the same right to their parents."""


def rights(permissions: Source) -> dict[str, set[str]]:
    """Object to what is allowed."""
    return {
        row["object"]: {name for name, value in row.items() if value == "true"}
        for row in permissions.rows("objectPermissions")
    }


@pytest.mark.parametrize(("name", "editable"), [(CONNECTOR, "true"), (VIEWER, "false")])
def test_every_field_is_listed_that_may_be(name: str, editable: str) -> None:
    """Salesforce refuses a set that lists a required field: everybody sees those."""
    rows = list(permission_set(name).rows("fieldPermissions"))
    may_be = sorted(field for field, source in fields().items() if source.text("required") != "true")
    assert [row["field"] for row in rows] == may_be
    assert {(row["readable"], row["editable"]) for row in rows if row["field"] != WISH} == {("true", editable)}


@pytest.mark.parametrize(("name", "editable"), [(CONNECTOR, "false"), (SENDER, "true"), (VIEWER, "false")])
def test_only_who_may_send_may_wish(name: str, editable: str) -> None:
    rows = {row["field"]: row for row in permission_set(name).rows("fieldPermissions")}
    assert (rows[WISH]["readable"], rows[WISH]["editable"]) == ("true", editable)


def test_sender_may_wish_and_nothing_else() -> None:
    sender = permission_set(SENDER)
    assert rights(sender) == {}
    assert sender.texts("userPermissions") == []
    assert [row["field"] for row in sender.rows("fieldPermissions")] == [WISH]


def test_connector_may_do_what_it_does() -> None:
    assert rights(permission_set(CONNECTOR)) == {
        "Account": {"allowRead", "viewAllRecords"},
        "Contact": {"allowRead", "viewAllRecords"},
        "Order": {"allowRead", "allowEdit", "viewAllRecords"},
        PAYMENT: {"allowRead", "allowCreate", "allowEdit", "viewAllRecords"},
    }


def test_connector_may_change_activated_orders() -> None:
    """EditActivatedOrders is refused without ActivateOrder."""
    rows = list(permission_set(CONNECTOR).rows("userPermissions"))
    assert [row["name"] for row in rows] == ["ActivateOrder", "ApiEnabled", "EditActivatedOrders"]
    assert {row["enabled"] for row in rows} == {"true"}


def test_viewer_reads_and_does_nothing_else() -> None:
    viewer = permission_set(VIEWER)
    assert rights(viewer) == {PAYMENT: {"allowRead"}}
    assert viewer.texts("userPermissions") == []
    assert list(viewer.rows("tabSettings")) == [{"tab": PAYMENT, "visibility": "Visible"}]


@pytest.mark.parametrize("name", [CONNECTOR, VIEWER])
def test_no_right_lacks_one_that_it_rests_on(name: str) -> None:
    given = rights(permission_set(name))
    for thing, allowed in given.items():
        assert "allowRead" in allowed
        if parent := PARENTS.get(thing):
            assert allowed & {"allowRead", "viewAllRecords"} <= given[parent]


@pytest.mark.parametrize("name", [CONNECTOR, SENDER, VIEWER])
def test_set_suits_users_of_every_licence(name: str) -> None:
    """A set that names a licence cannot be given to a user of another."""
    assert permission_set(name).texts("license") == []


def test_these_are_all() -> None:
    assert [source.name for source in sources(APP, "permissionset")] == [CONNECTOR, SENDER, VIEWER]
