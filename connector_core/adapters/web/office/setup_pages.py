"""The shops as they are configured, everyone outside whom they use, and whether that works."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import Gate, NotHere, Visitor
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import ConnectorError
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Permission
from connector_core.flow.choices import ShopBook, read_choices
from connector_core.flow.heard import Heard
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.choices import Choices, Hold
from connector_core.ports.people import Act
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

    @property
    def can_rest(self) -> bool:
        """A merchant's system: payments and messages that are on their way cannot wait for a person."""
        return self.block.startswith("connections.")


def visible(peers: Sequence[Peer], visitor: Visitor) -> Mapping[str, Peer]:
    """By block, those that serve a shop whose settings the visitor may see."""
    may = [peer for peer in peers if any(visitor.may(Permission.SETTINGS, shop) for shop in peer.shops)]
    return {peer.block: peer for peer in may}


class SetupPages:
    """Addresses and secrets are changed in the configuration file alone, so that no browser ever can."""

    def __init__(
        self,
        gate: Gate,
        pages: Pages,
        book: ShopBook,
        peers: Sequence[Peer],
        pauses: Pauses,
        choices: Choices,
        heard: Heard,
    ) -> None:
        self._gate = gate
        self._pages = pages
        self._book = book
        self._peers = peers
        self._pauses = pauses
        self._choices = choices
        self._heard = heard

    def add_to(self, router: APIRouter) -> None:
        router.get("/setup")(self.setup)
        router.get("/setup/heard/{block}")(self.heard)
        router.post("/setup/check/{block}")(self.check)
        router.post("/setup/pause/{block}")(self.pause)
        router.post("/setup/resume/{block}")(self.resume)

    async def setup(self, request: Request) -> Response:
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.SETTINGS)
        shops = [self._book[shop] for shop in visitor.shops if visitor.may(Permission.SETTINGS, shop)]
        peers = visible(self._peers, visitor)
        heard = {name: await self._heard.last(name) for name in peers}
        held = {hold.block: hold for hold in await self._choices.holds()}
        return self._pages.page(
            request, "setup.html", visitor, shops=shops, peers=list(peers.values()), heard=heard,
            alarms=self._pauses.alarms, held=held,
        )  # fmt: skip

    async def check(self, request: Request, block: str) -> Response:
        visitor, peer = await self._asked(request, block)
        return self._pages.page(request, "_probes.html", visitor, probes=await _probes(peer.checked))

    async def heard(self, request: Request, block: str) -> Response:
        """Whether its first signed report has come: the page asks until it has."""
        visitor = await self._gate.visitor(request)
        visitor.needs_somewhere(Permission.SETTINGS)
        peer = visible(self._peers, visitor).get(block)
        if peer is None:
            raise NotHere
        heard = {block: await self._heard.last(block)}
        return self._pages.page(request, "_heard.html", visitor, peer=peer, heard=heard)

    async def pause(self, request: Request, block: str) -> Response:
        visitor, peer = await self._asked(request, block, rests=True)
        hold = Hold(peer.block, self._pauses.clock.now(), visitor.person.email)
        await self._choices.hold(hold, Act(hold.by, "connection.paused", peer.block, peer.shops[0]))
        return await self._followed()

    async def resume(self, request: Request, block: str) -> Response:
        visitor, peer = await self._asked(request, block, rests=True)
        act = Act(visitor.person.email, "connection.resumed", peer.block, peer.shops[0])
        await self._choices.let_go(peer.block, act)
        return await self._followed()

    async def _followed(self) -> Response:
        """This daemon follows at once, the others within seconds."""
        await read_choices(self._choices, self._book, self._pauses)
        return RedirectResponse("/office/setup", 303)

    async def _asked(self, request: Request, block: str, *, rests: bool = False) -> tuple[Visitor, Peer]:
        visitor = await self._gate.visitor(request)
        await self._gate.sent(request, visitor)
        visitor.needs_somewhere(Permission.SETTINGS)
        peer = visible(self._peers, visitor).get(block)
        if peer is None or (rests and not peer.can_rest):
            raise NotHere
        return visitor, peer


async def _probes(checked: Checked) -> Sequence[Probe]:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            return await checked.check()
    except TimeoutError:
        return [Probe("reach", False, "There was no answer within 30 seconds.", "Check the address and the network.")]
    except ConnectorError as error:
        return [Probe("reach", False, error.sentence, error.cure)]
