"""The demo Salesforce, and plugins that are connected to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from connector_salesforce.fake import FakeSalesforce, FakeSalesforceConfig
from connector_salesforce.plugin import SalesforcePlugin
from connector_salesforce.settings import SalesforceSettings

from connector_core.sdk import ConnectionId, Money, OrderRef, PaymentUpdate, WriteBackFact

MakePlugin = Callable[..., SalesforcePlugin]


def settings_for(org: FakeSalesforce, **changes: Any) -> SalesforceSettings:
    return SalesforceSettings.model_validate({**org.settings(), **changes})


def capture(order_ref: str, amount: str = "119.00", currency: str = "EUR", **changes: Any) -> PaymentUpdate:
    """The whole amount of an order, captured, unless a test says otherwise."""
    money = Money.parse(amount, currency)
    values: dict[str, Any] = {
        "id": "0190c0de-0000-7000-8000-00000000abcd",
        "order_ref": OrderRef(order_ref),
        "fact": WriteBackFact.CAPTURED,
        "amount": money,
        "asked": money,
        "captured": money,
        "psp_ref": "lyra-tx-1",
        "at": datetime(2026, 11, 23, 9, 1, 43, tzinfo=UTC),
        "method": "VISA",
        "language": "de-DE",
    }
    return PaymentUpdate(**{**values, **changes})


@pytest.fixture
def org() -> Iterator[FakeSalesforce]:
    server = FakeSalesforce(FakeSalesforceConfig())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def connect(org: FakeSalesforce) -> Iterator[MakePlugin]:
    made: list[SalesforcePlugin] = []

    def make(**changes: Any) -> SalesforcePlugin:
        made.append(SalesforcePlugin(ConnectionId("crm"), settings_for(org, **changes)))
        return made[-1]

    yield make
    for plugin in made:
        plugin.close()


@pytest.fixture
def plugin(connect: MakePlugin) -> SalesforcePlugin:
    return connect()
