"""A simulated messenger: what it was given to send, whom it reached, and the `Channel` port over it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connector_core.domain.errors import Unreachable
from connector_core.domain.message import Delivery, InboundMessage, MessageStatus
from connector_core.ports.channel import Accepted, MessageAsk
from connector_core.sdk.check import Probe
from tests.simulation.chance import Dice
from tests.simulation.host import Host, HostClock
from tests.simulation.network import Network, Spawn


@dataclass(slots=True)
class Sent:
    """One message that the messenger has taken; `failed` when it could not be delivered in the end."""

    provider_id: str
    channel: str
    ask: MessageAsk
    at: datetime
    failed: bool = False


@dataclass(slots=True)
class SimMessenger:
    """`takes` is told of each message as it is taken, `arrives` when it is on the phone, `hears` of each status."""

    clock: HostClock
    dice: Dice
    spawn: Spawn
    takes: Callable[[Sent], None]
    arrives: Callable[[Sent], None]
    hears: Callable[[MessageStatus], None]
    sent: list[Sent] = field(default_factory=list)

    def send(self, channel: str, ask: MessageAsk) -> Accepted:
        if self.dice.happens(f"{channel}.no_such_number"):
            raise Unreachable("The number is not with this messenger.", code="131026", cure="Correct it.")
        sent = Sent(f"{channel}-{len(self.sent) + 1}", channel, ask, self.clock.now())
        sent.failed = self.dice.happens(f"{channel}.undelivered")
        self.sent.append(sent)
        self.takes(sent)
        self.spawn(self._go(sent))
        return Accepted(sent.provider_id)

    async def _go(self, sent: Sent) -> None:
        await asyncio.sleep(self.dice.between(0.1, 5))
        self._report(sent, Delivery.SENT)
        await asyncio.sleep(self.dice.between(0.1, 30))
        if sent.failed:
            self._report(sent, Delivery.FAILED)
            return
        self.arrives(sent)
        self._report(sent, Delivery.DELIVERED)
        await asyncio.sleep(self.dice.between(1, 3600))
        self._report(sent, Delivery.READ)

    def _report(self, sent: Sent, delivery: Delivery) -> None:
        error = "131026" if delivery is Delivery.FAILED else ""
        self.hears(
            MessageStatus(sent.provider_id, delivery, self.clock.now(), sent.ask.attempt_id, error_code=error)
        )  # fmt: skip


class SimChannel:
    """One sender of one daemon."""

    reports = True

    def __init__(self, name: str, messenger: SimMessenger, network: Network, host: Host) -> None:
        self.name = name
        self._messenger = messenger
        self._network = network
        self._host = host

    async def send(self, ask: MessageAsk) -> Accepted:
        return await self._network.call(
            self._host, self.name, "send", lambda: self._messenger.send(self.name, ask), effect=True
        )

    def read_webhook(
        self, headers: Mapping[str, str], body: bytes
    ) -> tuple[Sequence[MessageStatus], Sequence[InboundMessage]]:
        raise NotImplementedError

    def handshake(self, query: Mapping[str, str]) -> str:
        raise NotImplementedError

    async def check(self) -> Sequence[Probe]:
        return ()

    async def close(self) -> None: ...
