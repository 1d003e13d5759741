"""One configured plugin behind the `Source` port: a bounded thread pool, time limits and batching."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import structlog

from connector_core.adapters.plugin_host.gather import Gather
from connector_core.domain.errors import ConnectorError, InvalidInput, OutcomeUnknown, Rejected, RetryLater
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.order import OrderEvent, Record
from connector_core.sdk import (
    Capability,
    OpenLink,
    Page,
    PaymentUpdate,
    Plugin,
    Probe,
    WebhookAnswer,
    WebhookRequest,
    WriteBackOutcome,
    WriteBackResult,
)

ResultT = TypeVar("ResultT")

_THREADS = 4
_BATCH_WAIT = 0.005
_BATCH_MOST = 50
_WEBHOOK_SECONDS = 10.0
_CALL_SECONDS = 55.0
_LISTEN_SECONDS = 90.0

_log = structlog.get_logger(__name__)


class PluginSource:
    """Isolates what breaks: whatever a plugin raises or however long it hangs, others go on."""

    def __init__(self, plugin: Plugin[Any], shop: ShopId) -> None:
        self.connection: ConnectionId = plugin.connection
        self.shop = shop
        self._plugin = plugin
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"plugin-{plugin.connection}")
        self._doors = ThreadPoolExecutor(2, thread_name_prefix=f"webhook-{plugin.connection}")
        self._fetches: dict[str, Gather[OrderRef, Record | None]] = {}
        self._links = Gather(self._show_all, wait=_BATCH_WAIT, most=_BATCH_MOST)
        self._writes = Gather(self._write_all, wait=_BATCH_WAIT, most=_BATCH_MOST)

    @property
    def documents(self) -> tuple[str, ...]:
        """The kinds of record that the plugin knows, the default first."""
        return self._plugin.manifest.documents

    def mapping_files(self) -> Sequence[tuple[str, Traversable]]:
        """(name, file) of the mapping documents that the plugin's package brings along."""
        package = type(self._plugin).__module__.partition(".")[0]
        files = [(path, resources.files(package).joinpath(path)) for path in self._plugin.manifest.mappings.values()]
        return [(f"{package}/{path}", file) for path, file in files if file.is_file()]

    def can(self, capability: Capability) -> bool:
        return capability in self._plugin.manifest.capabilities

    async def fetch(self, order_ref: OrderRef, document: str) -> Record | None:
        if not self.can(Capability.FETCH):
            raise Rejected(
                f"The plugin of {self.connection} cannot read orders, and this event carries none.",
                cure="Publish order events with their record (data.record).",
            )
        document = document or self._plugin.manifest.documents[0]
        if document not in self._fetches:
            self._fetches[document] = Gather(self._fetcher(document), wait=_BATCH_WAIT, most=_BATCH_MOST)
        return await self._fetches[document].ask(order_ref)

    async def write_back(self, update: PaymentUpdate) -> WriteBackResult:
        """A system that takes no payment status is told nothing, and nothing stays due."""
        if not self.can(Capability.WRITE_BACK):
            return WriteBackResult(update.id, WriteBackOutcome.DONE)
        return await self._writes.ask(update)

    @property
    def shows_links(self) -> bool:
        return self._plugin.manifest.shows_links

    async def show_link(self, link: OpenLink) -> None:
        await self._links.ask(link)

    async def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        if not self.can(Capability.WEBHOOK):
            raise InvalidInput(f"The plugin of {self.connection} takes no webhooks.", status=404)
        return await self._call(self._doors, _WEBHOOK_SECONDS, False, self._plugin.parse_webhook, request)

    async def poll(self, cursor: object) -> tuple[Sequence[OrderEvent], object, bool]:
        page = await self._call(self._threads, _CALL_SECONDS, False, self._plugin.poll, cursor)
        return page.events, page.cursor, page.more

    async def listen(self, cursor: object) -> AsyncGenerator[tuple[Sequence[OrderEvent], object]]:
        """A thread of its own for as long as it goes, since it waits most of the time."""
        thread = ThreadPoolExecutor(1, thread_name_prefix=f"listen-{self.connection}")
        pages = self._plugin.listen(cursor)
        try:
            while (page := await self._call(thread, _LISTEN_SECONDS, False, _next_page, pages)) is not None:
                yield page.events, page.cursor
        finally:
            thread.submit(_end, pages)  # behind the page that it may be waiting for
            thread.shutdown(wait=False)

    async def check(self) -> Sequence[Probe]:
        return await self._call(self._threads, _CALL_SECONDS, False, self._plugin.check)

    async def close(self) -> None:
        """Gives back the plugin's resources; a thread that hangs is left to end with the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._doors.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self._plugin.close)

    def _fetcher(self, document: str) -> Callable[[Sequence[OrderRef]], Any]:
        async def fetch_all(refs: Sequence[OrderRef]) -> Sequence[Record | None]:
            unique = list(dict.fromkeys(refs))
            call = self._plugin.fetch_orders
            records = await self._call(self._threads, _CALL_SECONDS, False, call, unique, document)
            return [records.get(ref) for ref in refs]

        return fetch_all

    async def _write_all(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        results = await self._call(self._threads, _CALL_SECONDS, True, self._plugin.write_back, updates)
        by_id = {result.id: result for result in results}
        if missing := [update.id for update in updates if update.id not in by_id]:
            raise Rejected(
                f"The plugin of {self.connection} gave no result for {len(missing)} of {len(updates)} payment updates.",
                cure="Report it to the plugin's author.",
            )
        return [by_id[update.id] for update in updates]

    async def _show_all(self, links: Sequence[OpenLink]) -> Sequence[None]:
        await self._call(self._threads, _CALL_SECONDS, False, self._plugin.show_links, links)
        return [None] * len(links)

    async def _call(
        self, threads: ThreadPoolExecutor, seconds: float, effect: bool, call: Callable[..., ResultT], *args: object
    ) -> ResultT:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                return await loop.run_in_executor(threads, call, *args)
        except TimeoutError:
            sentence = f"The system behind {self.connection} did not answer within {seconds:g} seconds."
            raise (OutcomeUnknown if effect else RetryLater)(sentence, cure="See whether it is overloaded.") from None
        except ConnectorError:
            raise
        except Exception as error:
            _log.exception("plugin failed", connection=self.connection, member=call.__name__)
            raise Rejected(
                f"The plugin of {self.connection} failed: {type(error).__name__}.",
                cure="Report it to the plugin's author, with the log of this moment.",
            ) from error


def _end(pages: Iterator[Page]) -> None:
    if isinstance(pages, Generator):
        pages.close()


def _next_page(pages: Iterator[Page]) -> Page | None:
    return next(pages, None)
