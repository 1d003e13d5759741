"""What does not work at the moment, in words, on every page: what is known goes on being shown."""

import asyncio
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.health import database_trouble
from connector_core.adapters.web.office.gate import Gate, Visitor
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.trouble import BROKER, DATABASE, Trouble
from connector_core.domain.ids import ShopId
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.broker import Broker
from connector_core.ports.clock import Clock
from connector_core.ports.store import Store

_LOOK_SECONDS = 2.0


class Condition:
    """Looks at most every two seconds, beside the pages: none of them waits for what does not answer."""

    def __init__(
        self, store: Store, broker: Broker, pauses: Pauses, clock: Clock, blocks: Mapping[str, Sequence[ShopId]]
    ) -> None:
        """`blocks` are those of the configuration, with the shops that each one serves."""
        self._store = store
        self._broker = broker
        self._pauses = pauses
        self._clock = clock
        self._blocks = blocks
        self._database = ""
        self._looked = -_LOOK_SECONDS
        self._look: asyncio.Task[None] | None = None

    def troubles(self, shops: Sequence[ShopId]) -> Sequence[Trouble]:
        """As it was at the last look, for whoever sees these shops; begins the next one when that was long ago."""
        if self._clock.monotonic() - self._looked >= _LOOK_SECONDS and (self._look is None or self._look.done()):
            self._looked = self._clock.monotonic()
            self._look = asyncio.ensure_future(self._look_at_database())
        found = [Trouble(DATABASE)] if self._database else []
        if not self._broker.health().ready:
            found.append(Trouble(BROKER))
        for block in self._pauses.alarms:
            if set(self._blocks.get(block, ())) & set(shops):
                found.append(Trouble(block.partition(".")[0], block))
        return found

    async def _look_at_database(self) -> None:
        self._database = await database_trouble(self._store)


class ConditionPages:
    """The part of each page that says it, asked for anew while the page is open."""

    def __init__(self, gate: Gate, pages: Pages) -> None:
        self._gate = gate
        self._pages = pages

    def add_to(self, router: APIRouter) -> None:
        router.get("/condition")(self.condition)

    async def condition(self, request: Request) -> Response:
        visitor: Visitor = await self._gate.visitor(request)
        return self._pages.page(request, "_condition.html", visitor)
