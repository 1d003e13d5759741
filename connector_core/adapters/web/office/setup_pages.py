"""The shops as they are configured, everyone outside whom they use, and whether that works."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.office.gate import Gate, NotHere, Visitor
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import ConnectorError
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Permission
from connector_core.domain.shop import Shop
from connector_core.flow.middleware.pause import Pauses
from connector_core.sdk.check import Probe

_CHECK_SECONDS = 30.0


class Checked(Protocol):
    """Whoever can say by itself whether it works."""

    async def check(self) -> Sequence[Probe]: ...


@dataclass(frozen=True, slots=True)
class Peer:
    """One block of the configuration: `block` is its name there, such as ``connections.woo-main``. `kind` says what it
    is, `webhook` where it reports to us.
    """

    block: str
    kind: str
    shops: Sequence[ShopId]
    checked: Checked
    webhook: str = ""


class SetupPages:
    """Only the configuration file changes what stands here, so that no browser ever can."""

    def __init__(
        self, gate: Gate, pages: Pages, shops: Mapping[ShopId, Shop], peers: Sequence[Peer], pauses: Pauses
    ) -> None:
        self._gate = gate
        self._pages = pages
        self._shops = shops
        self._peers = peers
        self._pauses = pauses

    def add_to(self, router: APIRouter) -> None:
        router.get("/setup")(self.setup)
        router.post("/setup/check/{block}")(self.check)

    async def setup(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.SETTINGS)
        shops = [self._shops[shop] for shop in visitor.shops if visitor.may(Permission.SETTINGS, shop)]
        return self._pages.page(
            request, "setup.html", visitor, shops=shops, peers=self._visible(visitor), alarms=self._pauses.alarms
        )

    async def check(self, request: Request, block: str) -> Response:
        visitor = await self._gate.visitor(request)
        await self._gate.sent(request, visitor)
        visitor.needs_somewhere(Permission.SETTINGS)
        peer = next((peer for peer in self._visible(visitor) if peer.block == block), None)
        if peer is None:
            raise NotHere
        return self._pages.page(request, "_probes.html", visitor, probes=await _probes(peer.checked))

    def _visible(self, visitor: Visitor) -> Sequence[Peer]:
        return [peer for peer in self._peers if any(visitor.may(Permission.SETTINGS, shop) for shop in peer.shops)]


async def _probes(checked: Checked) -> Sequence[Probe]:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await checked.check()
    except TimeoutError:
        return [Probe("reach", False, "There was no answer within 30 seconds.", "Check the address and the network.")]
    except ConnectorError as error:
        return [Probe("reach", False, error.sentence, error.cure)]
