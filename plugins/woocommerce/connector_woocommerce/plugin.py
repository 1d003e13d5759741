"""WooCommerce as a source of orders."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from connector_core.sdk import (
    ConnectionId,
    Manifest,
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
from connector_woocommerce.api import WooApi
from connector_woocommerce.check import probe_shop
from connector_woocommerce.event import EventMaker
from connector_woocommerce.orders import read_orders
from connector_woocommerce.poll import poll_orders
from connector_woocommerce.settings import WooCommerceSettings
from connector_woocommerce.webhook import read_webhook
from connector_woocommerce.write_back import PaymentBook


class WooCommercePlugin(Plugin[WooCommerceSettings]):
    """Events are hints without record; the version of a fetched record is its ``date_modified_gmt`` (one second fine,
    so an equal version is not an older one). What we write back bumps it and comes back as ``order.updated``.
    """

    manifest: ClassVar[Manifest] = load_manifest("connector_woocommerce")
    Settings = WooCommerceSettings

    def __init__(self, connection: ConnectionId, settings: WooCommerceSettings) -> None:
        super().__init__(connection, settings)
        self._api = WooApi(settings)
        self._events = EventMaker(connection, settings)
        self._book = PaymentBook(self._api, settings)

    def check(self) -> Sequence[Probe]:
        return probe_shop(self._api, self.settings)

    def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        return read_webhook(request, self.settings, self._events)

    def poll(self, cursor: Any) -> Page:
        return poll_orders(self._api, self.settings, self._events, cursor)

    def fetch_orders(self, refs: Sequence[OrderRef], document: str) -> Mapping[OrderRef, Record]:
        return read_orders(self._api, refs)

    def write_back(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        return self._book.enter(updates)

    def close(self) -> None:
        self._api.close()
