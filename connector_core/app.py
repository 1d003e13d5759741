"""The composition root: a daemon of everything that `configured` makes."""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, NoReturn

import structlog

from connector_core.adapters.buyers import buyers_of
from connector_core.adapters.by_hand import ByHandSource
from connector_core.adapters.observability.backlog import watch_backlog
from connector_core.adapters.observability.figures import FlowFigures
from connector_core.adapters.observability.metrics import Metrics
from connector_core.adapters.observability.watchdog import Watchdog
from connector_core.adapters.service_manager import ALIVE, STOPPING, announce_ready, notify
from connector_core.adapters.store_sql import (
    SqlChoices,
    SqlDrafts,
    SqlListing,
    SqlPeople,
    SqlPrivacy,
    SqlWebhooks,
)
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.web import doors, health
from connector_core.adapters.web.api import routes as api
from connector_core.adapters.web.api.access import Api
from connector_core.adapters.web.api.bearer import Bearer
from connector_core.adapters.web.api.idempotent import Once
from connector_core.adapters.web.office import office
from connector_core.adapters.web.office.live import Live
from connector_core.adapters.web.office.outside import peers_of
from connector_core.adapters.web.server import WebServer, web_application
from connector_core.adapters.webhook_egress import WebhookEgress
from connector_core.adapters.webhook_guard import Guard
from connector_core.configured import Peers, broker, dead_letters, kinds, mapper, peers, store
from connector_core.domain.cloudevent import decode_order_event
from connector_core.domain.errors import ConfigurationError, InvalidInput
from connector_core.domain.ids import ConnectionId, OrderId
from connector_core.flow.actions import Actions
from connector_core.flow.by_hand import ByHand, connection_of
from connector_core.flow.choices import follow_choices, read_choices
from connector_core.flow.dead_letters import forget_letters
from connector_core.flow.due import guarded, keep_leases, run_due
from connector_core.flow.gap import Gap
from connector_core.flow.heard import Heard
from connector_core.flow.intake import Intake
from connector_core.flow.listen import listen
from connector_core.flow.middleware.pause import Pauses
from connector_core.flow.opt_out import OptOuts
from connector_core.flow.outbox import Outbox
from connector_core.flow.poll import poll
from connector_core.flow.retention import Retention
from connector_core.flow.stage import Ports, Timing
from connector_core.flow.steps import Runner
from connector_core.flow.webhook_delivery import WebhookDelivery
from connector_core.flow.webhook_endpoints import WebhookEndpoints
from connector_core.mapping import MappingEngine
from connector_core.ports.broker import DeadLetter, Delivery
from connector_core.sdk import Capability
from connector_core.settings import Settings

_STOP_SECONDS = 15.0

_log = structlog.get_logger(__name__)


class Daemon:
    """One daemon: `start` brings it up, `stop` takes what is in hand to rest and goes. `guard` says which addresses a
    user may have it call; only a test gives one.
    """

    def __init__(self, settings: Settings, guard: Guard | None = None) -> None:
        self._settings = settings
        self._peers = peers(settings)
        self._store = store(settings, daemon=True)
        self._broker = broker(settings, self._store)
        self._metrics = Metrics()
        self._webhooks, self._egress = SqlWebhooks(self._store), WebhookEgress(guard)
        self._drafts = SqlDrafts(self._store)
        self._choices = SqlChoices(self._store)
        self._listing = SqlListing(self._store)
        self._live = Live(self._listing, list(self._peers.shops))
        clock = SystemClock()
        self._pauses = Pauses(clock)
        self._outbox = Outbox(self._store, self._broker, source=settings.public_url or "paylink-connector")
        self._opt_outs = OptOuts(self._store)
        self._gap = Gap()
        self._heard = Heard(self._store, clock)
        by_hand = [ByHandSource(shop, self._drafts) for shop in self._peers.shops]
        self._privacy = SqlPrivacy(self._store)
        forget = [self._privacy.forget, *forget_letters(dead_letters(settings, self._broker))]
        self._engine = mapper(settings, self._peers)
        known = _ports(settings, self._peers, self._engine, by_hand, clock, self._opt_outs, self._gap)
        ports = replace(known, forget=forget)
        self._by_hand = ByHand(self._drafts, ports.mapper, self._peers.shops, clock, self._outbox.wake)
        observer = FlowFigures(self._metrics)
        share = settings.prefetch if len(settings.connections) < 2 else max(1, settings.prefetch // 2)
        self._runner = Runner(self._store, ports, self._pauses, observer, self._outbox.wake, share=share)
        self._intake = Intake(self._store, clock, self._advance, self._outbox.wake)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._cleanup = AsyncExitStack()
        self.failed = asyncio.Event()
        """Set when the daemon cannot go on and must be started anew."""

    async def start(self) -> str:
        """Opens the database, listens, and begins to connect to the broker; the base URL of its doors."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._peers.close)
            stack.push_async_callback(self._egress.close)
            await self._store.open()
            stack.push_async_callback(self._store.close)
            await self._gap.load(self._store)
            await read_choices(self._choices, self._peers.shops, self._pauses)
            web = WebServer(self._web(), self._settings.host, self._settings.port)
            url = await web.start()
            stack.push_async_callback(web.stop)
            stack.callback(self._live.close)
            await self._broker.start()
            stack.push_async_callback(self._broker.stop)
            await self._broker.consume(self._receive, self._settings.prefetch)
            self._begin_loops()
            stack.push_async_callback(self._end_loops)
            self._cleanup = stack.pop_all()
        _log.info("daemon started", url=url, broker="rabbitmq" if self._settings.broker else "embedded")
        return url

    async def stop(self) -> None:
        """What is in hand comes to rest or is handed back, in 20 seconds at most (faults.md 16)."""
        notify(STOPPING)
        await self._cleanup.aclose()
        _log.info("daemon stopped")

    def _begin_loops(self) -> None:
        loops: list[Any] = [run_due(self._store, self._runner), self._outbox.run()]
        loops.append(keep_leases(self._store, self._settings.timing.lease.total_seconds() / 3))
        skews = [gateway.clock_skew for gateway in self._peers.gateways.values()]
        loops.append(watch_backlog(self._store, self._broker, self._metrics, skews))
        for name, block in self._settings.connections.items():
            source = self._peers.sources[ConnectionId(name)]
            if source.can(Capability.POLL):
                loops.append(poll(source, self._store, self._intake, block.poll_every, self._pauses))
            if source.can(Capability.STREAM):
                loops.append(listen(source, self._store, self._intake, self._pauses))
        loops.append(follow_choices(self._choices, self._peers.shops, self._pauses))
        loops.append(self._live.run())
        loops.append(WebhookDelivery(self._store, self._webhooks, self._egress, self._pauses.clock).run())
        days = {name: shop.retention_days for name, shop in self._peers.shops.items()}
        loops.append(Retention(self._store, self._privacy, days, self._pauses.clock).run())
        loops.append(Watchdog().beat(lambda: notify(ALIVE)))
        loops.append(announce_ready(self._store, self._broker))
        self._loops = [asyncio.create_task(loop) for loop in loops]
        for task in self._loops:
            task.add_done_callback(self._must_not_end)

    async def _end_loops(self) -> None:
        for task in self._loops:
            task.cancel()
        waiting = [*self._loops, *self._tasks]
        await asyncio.wait(waiting, timeout=_STOP_SECONDS)

    def _must_not_end(self, task: asyncio.Task[None]) -> None:
        """A background loop that ends by an error takes the daemon with it: the service manager starts it anew."""
        if not task.cancelled() and (error := task.exception()):
            _log.critical("a background loop failed; the daemon ends", exc_info=error)
            self.failed.set()

    async def _receive(self, delivery: Delivery) -> None:
        """One message of the order queue; one that can never be taken goes to the dead letters, with a trace."""
        try:
            event = decode_order_event(delivery.body)
        except InvalidInput as refusal:
            await self._refuse(delivery, refusal)
        try:
            await self._runner.receive(event)
        except ConfigurationError as refusal:
            await self._refuse(delivery, refusal)

    async def _refuse(self, delivery: Delivery, refusal: InvalidInput | ConfigurationError) -> NoReturn:
        _log.error("order event refused", message=delivery.message_id, cause=refusal.sentence, cure=refusal.cure)
        await self._intake.refused(delivery.message_id, refusal)
        raise DeadLetter(refusal.sentence)

    async def _advance(self, order_id: OrderId) -> None:
        self._spawn(guarded(self._runner.advance, order_id))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _web(self) -> Any:
        to = self._peers
        leads_to = doors.Doors(
            self._intake, self._opt_outs, to.sources, to.gateways, to.channels, self._metrics, self._heard
        )
        return web_application(
            doors.routes(leads_to),
            health.routes(self._store, self._broker, self._pauses, self._metrics),
            office.routes(self._office()),
            api.routes(self._api()),
        )

    def _api(self) -> Api:
        people = SqlPeople(self._store)
        clock = self._pauses.clock
        return Api(
            bearer=Bearer(people, clock),
            once=Once(self._drafts, clock),
            webhooks=self._endpoints(people),
            actions=self._actions(people),
            reports=self._store,
            listing=self._listing,
            clock=clock,
            shops=self._peers.shops,
        )

    def _actions(self, people: SqlPeople) -> Actions:
        clock, shops = self._pauses.clock, self._peers.shops
        return Actions(
            self._store, self._store, people, self._by_hand, shops, clock, self._opt_outs.opted_out, self._advance
        )

    def _endpoints(self, people: SqlPeople) -> WebhookEndpoints:
        return WebhookEndpoints(self._webhooks, self._egress, people, self._pauses.clock)

    def _office(self) -> office.Office:
        to, people = self._peers, SqlPeople(self._store)
        public_url = self._settings.public_url
        return office.Office(
            people=people,
            audit=people,
            store=self._store,
            listing=self._listing,
            live=self._live,
            clock=self._pauses.clock,
            shops=to.shops,
            connections={name: source.shop for name, source in to.sources.items()}
            | {connection_of(shop): shop for shop in to.shops},
            peers=peers_of(to.shops, to.sources, to.gateways, to.channels, public_url, kinds(self._settings)),
            pauses=self._pauses,
            choices=self._choices,
            broker=self._broker,
            heard=self._heard,
            actions=self._actions(people),
            by_hand=self._by_hand,
            webhooks=self._endpoints(people),
            sources=to.sources,
            engine=self._engine,
            buyers=buyers_of(self._store, to.shops, self._advance),
            public_url=public_url,
        )


def _ports(
    settings: Settings,
    outside: Peers,
    engine: MappingEngine,
    by_hand: Sequence[ByHandSource],
    clock: SystemClock,
    opt_outs: OptOuts,
    gap: Gap,
) -> Ports:
    timing = settings.timing
    return Ports(
        clock=clock,
        mapper=engine,
        shops=outside.shops,
        sources={**outside.sources, **{source.connection: source for source in by_hand}},
        gateways=outside.gateways,
        channels=outside.channels,
        opted_out=opt_outs.opted_out,
        timing=Timing(timing.unknown_wait, timing.reconcile_every, timing.expiry_grace, timing.link_trial),
        gap=gap,
    )
