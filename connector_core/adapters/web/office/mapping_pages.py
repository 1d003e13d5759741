"""What the mapping of a connection makes of its own newest orders, field by field."""

import asyncio
from collections.abc import Mapping
from pathlib import PurePath

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.office.gate import Gate, NotHere, Visitor
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import ConnectorError
from connector_core.domain.ids import ConnectionId, OrderId
from connector_core.domain.order import Record
from connector_core.domain.person import Permission
from connector_core.domain.state import OrderState
from connector_core.mapping import MappingEngine, Preview
from connector_core.mapping import preview as previewed
from connector_core.ports.listing import Filters, Listing
from connector_core.ports.source import Source
from connector_core.ports.store import Reports

_NEWEST = 8
_READ_SECONDS = 20.0


class MappingPages:
    def __init__(
        self, gate: Gate, pages: Pages, listing: Listing, reports: Reports, sources: Mapping[ConnectionId, Source],
        engine: MappingEngine,
    ) -> None:  # fmt: skip
        self._gate = gate
        self._pages = pages
        self._listing = listing
        self._reports = reports
        self._sources = sources
        self._engine = engine

    def add_to(self, router: APIRouter) -> None:
        router.get("/mappings/{connection}")(self.mapping)

    async def mapping(self, request: Request, connection: str) -> Response:
        """With `order`, one of the connection's, its record is read anew in its system; nothing is kept or asked."""
        visitor = await self._gate.visitor(request)
        source = self._sources.get(ConnectionId(connection))
        if source is None:
            raise NotHere
        visitor.needs(Permission.SETTINGS, source.shop)
        rows = await self._listing.rows(Filters([source.shop], connection=connection), limit=_NEWEST)
        wanted = request.query_params.get("order", "") or (rows[0].order_id if rows else "")
        shown, wrong = await self._preview(visitor, source, wanted) if wanted else (None, None)
        return self._pages.page(
            request, "mapping.html", visitor, connection=connection, rows=rows, wanted=wanted, shown=shown, wrong=wrong,
            compiled=(compiled := self._engine.mapping_of(ConnectionId(connection))),
            file=PurePath((shown or compiled).file).name,
        )  # fmt: skip

    async def _preview(
        self, visitor: Visitor, source: Source, order_id: str
    ) -> tuple[Preview | None, ConnectorError | None]:
        state = await self._reports.order(order_id[:64])
        if state is None or state.order.id != OrderId(order_id) or state.order.connection != source.connection:
            raise NotHere
        document = _document(state)
        try:
            record = await _read(source, state, document)
            compiled = self._engine.mapping_of(source.connection, document)
        except ConnectorError as error:
            return None, error
        return previewed(compiled, record, *self._engine.customs_of(source.connection)), None


async def _read(source: Source, state: OrderState, document: str) -> Record:
    async with asyncio.timeout(_READ_SECONDS):
        record = await source.fetch(state.order.order_ref, document)
    if record is None:
        raise ConnectorError("Its system has no such order any more.", cure="Choose another order.")
    return record


def _document(state: OrderState) -> str:
    """The kind of record that the request was made of; empty for the connection's default."""
    return state.request.mapping.partition("@")[0] if state.request else ""
