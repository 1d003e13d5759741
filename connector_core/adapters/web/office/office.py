"""The back office as one router under ``/office``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter

from connector_core.adapters.web.office import static_files
from connector_core.adapters.web.office.action_pages import ActionPages
from connector_core.adapters.web.office.alike_pages import AlikePages
from connector_core.adapters.web.office.app_files import AppFiles
from connector_core.adapters.web.office.attention_pages import AttentionPages
from connector_core.adapters.web.office.batch_pages import BatchPages
from connector_core.adapters.web.office.condition import Condition, ConditionPages
from connector_core.adapters.web.office.door_pages import DoorPages
from connector_core.adapters.web.office.errors import route_class
from connector_core.adapters.web.office.figures_pages import FiguresPages
from connector_core.adapters.web.office.gate import Gate
from connector_core.adapters.web.office.list_pages import ListPages
from connector_core.adapters.web.office.live import Live
from connector_core.adapters.web.office.mapping_pages import MappingPages
from connector_core.adapters.web.office.me_pages import MePages
from connector_core.adapters.web.office.pages import Pages
from connector_core.adapters.web.office.people_pages import PeoplePages
from connector_core.adapters.web.office.privacy_pages import PrivacyPages
from connector_core.adapters.web.office.request_pages import RequestPages
from connector_core.adapters.web.office.send_pages import SendPages
from connector_core.adapters.web.office.setup_pages import Peer, SetupPages
from connector_core.adapters.web.office.shop_pages import ShopPages
from connector_core.adapters.web.office.sign_in import SignIn
from connector_core.adapters.web.office.webhook_pages import WebhookPages
from connector_core.domain.ids import ConnectionId, ShopId
from connector_core.flow.actions import Actions
from connector_core.flow.buyers import Buyers
from connector_core.flow.by_hand import ByHand
from connector_core.flow.choices import ShopBook
from connector_core.flow.heard import Heard
from connector_core.flow.middleware.pause import Pauses
from connector_core.flow.webhook_endpoints import WebhookEndpoints
from connector_core.mapping import MappingEngine
from connector_core.ports.broker import Broker
from connector_core.ports.choices import Choices
from connector_core.ports.clock import Clock
from connector_core.ports.listing import Listing
from connector_core.ports.people import AuditTrail, People
from connector_core.ports.source import Source
from connector_core.ports.store import Reports, Store


class OfficeStore(Store, Reports, Protocol):
    """One database, for looking and for acting."""


@dataclass(frozen=True, slots=True)
class Office:
    """Everything that the pages lead to. `connections` says which shop each one feeds; `public_url` is how people reach
    it, empty when nobody has said.
    """

    people: People
    audit: AuditTrail
    store: OfficeStore
    listing: Listing
    live: Live
    clock: Clock
    shops: ShopBook
    connections: Mapping[ConnectionId, ShopId]
    peers: Sequence[Peer]
    pauses: Pauses
    choices: Choices
    broker: Broker
    heard: Heard
    actions: Actions
    by_hand: ByHand
    webhooks: WebhookEndpoints
    buyers: Buyers
    sources: Mapping[ConnectionId, Source]
    engine: MappingEngine
    public_url: str = ""


def routes(office: Office) -> APIRouter:
    blocks = {peer.block: peer.shops for peer in office.peers}
    condition = Condition(office.store, office.broker, office.pauses, office.clock, blocks)
    secure = office.public_url.startswith("https://")
    pages = Pages(office.clock, office.shops, condition.troubles, secure=secure)
    sign_in = SignIn(office.people, office.clock)
    gate = Gate(sign_in, list(office.shops), secure=secure)
    router = APIRouter(prefix="/office", route_class=route_class(pages), include_in_schema=False)
    static_files.add_routes(router)
    doors: Sequence[_Room] = (
        AppFiles(pages),
        ConditionPages(gate, pages),
        DoorPages(gate, pages, sign_in, office.people),
    )
    for room in (*doors, *_of_requests(office, gate, pages), *_of_settings(office, gate, pages)):
        room.add_to(router)
    return router


class _Room(Protocol):
    def add_to(self, router: APIRouter) -> None: ...


def _of_requests(office: Office, gate: Gate, pages: Pages) -> Sequence[_Room]:
    """What people work with all day."""
    look, shops = (office.listing, office.store, office.shops), office.shops
    requests = RequestPages(gate, pages, office.store, office.listing, shops)
    alike = AlikePages(gate, pages, office.store, office.actions)
    attention = AttentionPages(
        gate, pages, *look, office.peers, office.pauses, office.choices, office.actions, office.webhooks.webhooks, alike
    )
    return (
        ListPages(gate, pages, office.listing, office.live, office.audit, office.choices, shops, office.connections),
        requests,
        ActionPages(gate, requests, office.actions),
        SendPages(gate, pages, office.by_hand, office.actions, office.store, shops),
        BatchPages(gate, pages, office.by_hand, office.actions, shops),
        attention,
        alike,
        FiguresPages(gate, pages, office.listing, shops),
    )


def _of_settings(office: Office, gate: Gate, pages: Pages) -> Sequence[_Room]:
    """What owners and administrators see to."""
    return (
        MePages(gate, pages, office.people, office.clock),
        SetupPages(gate, pages, office.shops, office.peers, office.pauses, office.choices, office.heard),
        MappingPages(gate, pages, office.listing, office.store, office.sources, office.engine),
        ShopPages(gate, pages, office.shops, office.choices, office.pauses),
        PrivacyPages(gate, pages, office.buyers, office.shops),
        WebhookPages(gate, pages, office.webhooks, office.shops),
        PeoplePages(gate, pages, office.people, office.audit, office.clock, office.shops, office.public_url),
    )
