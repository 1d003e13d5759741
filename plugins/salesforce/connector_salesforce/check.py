"""One question to Salesforce for each capability, none of which changes anything."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from simple_salesforce.format import format_soql

from connector_core.sdk import Capability, ConfigurationError, Probe, ask_each
from connector_salesforce.event import EventMaker
from connector_salesforce.org import Org
from connector_salesforce.poll import poll_orders
from connector_salesforce.pubsub import TOPIC_CURE, Bell
from connector_salesforce.refusal import RIGHTS_CURE, UnknownToOrg
from connector_salesforce.schema import Schema
from connector_salesforce.settings import SalesforceSettings


def probe_org(
    org: Org, schema: Schema, settings: SalesforceSettings, events: EventMaker, bell: Bell
) -> Sequence[Probe]:
    """Always asks anew what this org has."""
    schema.forget()
    questions: dict[Capability, Callable[[], str]] = {
        Capability.FETCH: lambda: _can_read(org, schema),
        Capability.POLL: lambda: _can_poll(org, schema, settings, events),
        Capability.STREAM: lambda: _can_listen(settings, bell),
        Capability.WRITE_BACK: lambda: _can_write(org, schema),
    }
    return ask_each(questions, cure="Look into Setup > Login History, then run the check again.")


def _can_read(org: Org, schema: Schema) -> str:
    columns = schema.columns
    org.query(format_soql("SELECT {:literal} FROM Order LIMIT 1", ", ".join(columns.order)))
    currencies = "several currencies" if columns.multicurrency else "one currency"
    phones = ", ".join(name for name in columns.order if name.endswith("Phone"))
    return f"The user may read orders; the org has {currencies}. Telephone numbers that it may read: {phones}."


def _can_poll(org: Org, schema: Schema, settings: SalesforceSettings, events: EventMaker) -> str:
    now = datetime.now(UTC).isoformat()
    poll_orders(org, schema, settings, events, {"since": now})
    return "Changed orders can be listed."


def _can_listen(settings: SalesforceSettings, bell: Bell) -> str:
    if not settings.stream:
        return "Not wanted (stream = false): orders are found by polling."
    if not bell.can_ring():
        raise ConfigurationError("The user may not listen to changes of orders.", cure=TOPIC_CURE)
    return "Salesforce says at once that an order has changed."


def _can_write(org: Org, schema: Schema) -> str:
    """The right to edit activated orders is a permission of its own, from a profile or a permission set."""
    schema.must_write()
    soql = (
        "SELECT Id FROM PermissionSetAssignment WHERE AssigneeId = {} "
        "AND PermissionSet.PermissionsEditActivatedOrders = true LIMIT 1"
    )
    try:
        may_edit = bool(org.query(format_soql(soql, org.login.user_id())))
    except UnknownToOrg:
        return "The user may enter payments. Whether it may edit activated orders could not be asked."
    if not may_edit:
        raise ConfigurationError(
            "The user may not edit activated orders, so no order could show its payment.", cure=RIGHTS_CURE
        )
    return "The user may enter payments and change activated orders."
