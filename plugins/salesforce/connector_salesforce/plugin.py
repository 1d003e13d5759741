"""Salesforce as a source of orders."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connector_core.sdk import (
    ConnectionId,
    Manifest,
    OpenLink,
    OrderRef,
    Page,
    PaymentUpdate,
    Plugin,
    Probe,
    Record,
    WriteBackResult,
    load_manifest,
)
from connector_salesforce.check import probe_org
from connector_salesforce.event import EventMaker
from connector_salesforce.listen import listen_for_orders
from connector_salesforce.orders import Orders
from connector_salesforce.org import Org
from connector_salesforce.poll import poll_orders
from connector_salesforce.pubsub import Bell
from connector_salesforce.schema import Schema
from connector_salesforce.settings import SalesforceSettings
from connector_salesforce.show_links import show_links
from connector_salesforce.write_back import PaymentBook


class SalesforcePlugin(Plugin[SalesforceSettings]):
    """References are the 18-character ids of orders. The version of a record is its `SystemModstamp` (one second fine,
    so an equal version is not an older one); what we write back bumps it and comes back with the next poll.
    """

    manifest: ClassVar[Manifest] = load_manifest("connector_salesforce")
    Settings = SalesforceSettings

    def __init__(self, connection: ConnectionId, settings: SalesforceSettings) -> None:
        super().__init__(connection, settings)
        self._org = Org(settings)
        self._schema = Schema(self._org, settings.extra_fields)
        self._orders = Orders(self._org, self._schema, settings)
        self._events = EventMaker(connection, settings)
        self._book = PaymentBook(self._org, self._schema)
        self._bell = Bell(self._org.login, settings)

    def check(self) -> Sequence[Probe]:
        return probe_org(self._org, self._schema, self.settings, self._events, self._bell)

    def poll(self, cursor: Any) -> Page:
        with self._schema.trusted():
            return poll_orders(self._org, self._schema, self.settings, self._events, cursor)

    def listen(self, cursor: Any) -> Iterator[Page]:
        if not self.settings.stream:
            return
        with self._schema.trusted():
            yield from listen_for_orders(self._org, self._schema, self.settings, self._events, self._bell, cursor)

    def fetch_orders(self, refs: Sequence[OrderRef], document: str) -> Mapping[OrderRef, Record]:
        with self._schema.trusted():
            return self._orders.read(refs)

    def show_links(self, links: Sequence[OpenLink]) -> None:
        with self._schema.trusted():
            show_links(self._org, links)

    def write_back(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        with self._schema.trusted():
            return self._book.enter(updates)

    def close(self) -> None:
        self._bell.close()
        self._org.close()
