"""One daemon, composed as `connector_core.app` composes it, between simulated peers."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connector_core.domain.cloudevent import decode_order_event
from connector_core.domain.errors import ConfigurationError, InvalidInput
from connector_core.domain.ids import OrderId
from connector_core.domain.shop import Shop
from connector_core.domain.step import StepKind
from connector_core.flow.due import guarded, keep_leases, run_due
from connector_core.flow.intake import Intake
from connector_core.flow.middleware.pause import Pauses
from connector_core.flow.opt_out import OptOuts
from connector_core.flow.outbox import Outbox
from connector_core.flow.poll import poll
from connector_core.flow.stage import Ports, Timing
from connector_core.flow.steps import Runner
from connector_core.ports.broker import DeadLetter, Delivery
from tests.simulation.exchange import SimBroker, SimExchange
from tests.simulation.host import Host
from tests.simulation.memory_store import MemoryStore
from tests.simulation.messenger import SimChannel, SimMessenger
from tests.simulation.network import Network
from tests.simulation.psp import ACCOUNT, SimGateway, SimLyra
from tests.simulation.shop import CONNECTION, SHOP, SimMapper, SimShop, SimSource


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator would write into paylink.toml."""

    timing: Timing
    channels: tuple[str, ...]
    validity: timedelta
    poll_every: timedelta


@dataclass(frozen=True, slots=True)
class Outside:
    """Everyone whom a daemon talks to."""

    network: Network
    lyra: SimLyra
    messenger: SimMessenger
    shop: SimShop
    exchange: SimExchange


class _Unobserved:
    def step_finished(self, kind: StepKind, peer: str, result: str, seconds: float) -> None: ...

    def happened(self, events: Any) -> None: ...


class SimDaemon:
    """Begins to work as soon as it is made; ends with its host."""

    def __init__(self, host: Host, store: MemoryStore, outside: Outside, settings: Settings) -> None:
        self.host = host
        self.store = store
        network, clock = outside.network, host.clock
        source = SimSource(outside.shop, network, host)
        broker = SimBroker(outside.exchange, network, host)
        outbox = Outbox(store, broker, source="paylink-connector")
        self.opt_outs = OptOuts(store)
        ports = Ports(
            clock=clock,
            mapper=SimMapper(),
            shops={SHOP: Shop(SHOP, "Shop", ACCOUNT, settings.channels, link_validity=settings.validity)},
            sources={CONNECTION: source},
            gateways={ACCOUNT: SimGateway(outside.lyra, network, host)},
            channels={name: SimChannel(name, outside.messenger, network, host) for name in settings.channels},
            opted_out=self.opt_outs.opted_out,
            timing=settings.timing,
        )
        pauses = Pauses(clock)
        self.runner = Runner(store, ports, pauses, _Unobserved(), outbox.wake)
        self.intake = Intake(store, clock, self._advance, outbox.wake)
        outside.exchange.subscribe(host, self._receive)
        for loop in (
            run_due(store, self.runner),
            outbox.run(),
            keep_leases(store, 10.0),
            poll(source, store, self.intake, settings.poll_every, pauses),
        ):
            host.spawn(loop)

    async def _receive(self, delivery: Delivery) -> None:
        try:
            event = decode_order_event(delivery.body)
            await self.runner.receive(event)
        except (InvalidInput, ConfigurationError) as refusal:
            await self.intake.refused(delivery.message_id, refusal)
            raise DeadLetter(refusal.sentence) from None

    async def _advance(self, order_id: OrderId) -> None:
        self.host.spawn(guarded(self.runner.advance, order_id))
