"""Odoo as a source of orders and invoices."""

from collections.abc import Mapping, Sequence
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
    WebhookAnswer,
    WebhookRequest,
    WriteBackResult,
    load_manifest,
)
from connector_odoo.check import probe_odoo
from connector_odoo.documents import Documents
from connector_odoo.event import EventMaker
from connector_odoo.key_age import KeyWatch
from connector_odoo.poll import poll_documents
from connector_odoo.server import OdooServer
from connector_odoo.settings import OdooSettings
from connector_odoo.show_links import show_links
from connector_odoo.webhook import read_webhook
from connector_odoo.write_back import PaymentBook


class OdooPlugin(Plugin[OdooSettings]):
    """References are ``sale.order:17`` and ``account.move:42``. The version of a record is its `write_date` (one second
    fine, so an equal version is not an older one); what we write back bumps it and comes back with the next poll.
    """

    manifest: ClassVar[Manifest] = load_manifest("connector_odoo")
    Settings = OdooSettings

    def __init__(self, connection: ConnectionId, settings: OdooSettings) -> None:
        super().__init__(connection, settings)
        self._server = OdooServer(settings)
        self._documents = Documents(self._server, settings)
        self._events = EventMaker(connection, settings)
        self._book = PaymentBook(self._server, settings)
        self._keys = KeyWatch(self._server, connection)

    def check(self) -> Sequence[Probe]:
        return probe_odoo(self._server, self.settings)

    def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        return read_webhook(request, self.settings, self._events)

    def poll(self, cursor: Any) -> Page:
        page = poll_documents(self._server, self.settings, self._events, cursor)
        self._keys.look()
        return page

    def fetch_orders(self, refs: Sequence[OrderRef], document: str) -> Mapping[OrderRef, Record]:
        return self._documents.read(refs)

    def show_links(self, links: Sequence[OpenLink]) -> None:
        show_links(self._server, links)

    def write_back(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        return self._book.enter(updates)

    def close(self) -> None:
        self._server.close()
