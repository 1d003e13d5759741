"""Tells merchants' own systems what has happened: at least once, oldest first, one daemon at a time."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connector_core.domain.webhook import Delivery, Endpoint, EndpointId, EndpointState
from connector_core.domain.webhook_signature import signatures
from connector_core.flow.alarm import Alarm
from connector_core.flow.webhook_outcome import Outcome, outcome
from connector_core.flow.webhook_payload import payload
from connector_core.ports.clock import Clock
from connector_core.ports.store import Store, StoreUnavailable
from connector_core.ports.webhooks import Egress, Webhooks

AT_ONCE = 8
"""Attempts at one endpoint at a time; one at a time while it fails."""
KEPT = timedelta(days=30)

_HOLD = timedelta(seconds=30)
_EVERY = 0.5
_PAUSE = 5.0
_LAST_SECONDS = 5.0
_PRUNE_EVERY = 3600.0
_ENDPOINTS_AT_ONCE = 50

_chance = random.Random()  # noqa: S311 - it only spreads retries


class WebhookDelivery:
    """The attempt is stored before the call: when the daemon dies in between, it comes again after `patience`, under
    the same id. `chance` is a number from 0 to 1, by which retries are spread.
    """

    def __init__(
        self,
        store: Store,
        webhooks: Webhooks,
        egress: Egress,
        clock: Clock,
        *,
        patience: timedelta = timedelta(minutes=1),
        chance: Callable[[], float] = _chance.random,
    ) -> None:
        self._store = store
        self._webhooks = webhooks
        self._egress = egress
        self._clock = clock
        self._patience = patience
        self._chance = chance
        self._at_work: dict[EndpointId, asyncio.Task[None]] = {}
        self._alarm = Alarm("webhooks wait")
        self._more = asyncio.Event()
        self._prune_at = 0.0

    async def run(self) -> None:
        """Until cancelled; a database that is away is waited for."""
        try:
            while True:
                try:
                    await self.step()
                    self._alarm.clear()
                except StoreUnavailable as error:
                    self._alarm.rise(str(error))
                    await self._clock.sleep(_PAUSE)
                await self._woken()
        finally:
            await self._come_to_rest()

    async def _woken(self) -> None:
        """Soon, or at once when an endpoint has taken as much as it was given and may want more."""
        try:
            async with asyncio.timeout(_EVERY):  # wait_for would lose a stop that comes with the news
                await self._more.wait()
        except TimeoutError:
            pass
        self._more.clear()

    async def _come_to_rest(self) -> None:
        """What is being told may be answered: else it comes again after the next start."""
        if self._at_work:
            _, late = await asyncio.wait(self._at_work.values(), timeout=_LAST_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def step(self) -> None:
        """Reads on in the log, and begins with every endpoint for which something is due. Raises `StoreUnavailable`."""
        if not await self._store.hold("webhooks", _HOLD):
            return
        await self._webhooks.follow(payload, self._clock.now())
        for endpoint, due in await self._webhooks.due(self._clock.now(), AT_ONCE):
            if endpoint.id not in self._at_work and len(self._at_work) < _ENDPOINTS_AT_ONCE:
                self._begin(endpoint, due)
        await self._prune()

    async def settled(self) -> None:
        """When every attempt that has begun has its outcome."""
        while self._at_work:
            await asyncio.gather(*self._at_work.values())

    def _begin(self, endpoint: Endpoint, due: Sequence[Delivery]) -> None:
        task = asyncio.create_task(self._serve(endpoint, due))
        self._at_work[endpoint.id] = task
        task.add_done_callback(lambda _: self._at_work.pop(endpoint.id))

    async def _serve(self, endpoint: Endpoint, due: Sequence[Delivery]) -> None:
        """What cannot be stored is told again after `patience`."""
        try:
            await self._attempt(endpoint, due[:1] if endpoint.failing_since else due)
        except StoreUnavailable as error:
            self._alarm.rise(str(error))

    async def _attempt(self, endpoint: Endpoint, due: Sequence[Delivery]) -> None:
        now = self._clock.now()
        begun = [
            replace(one, attempts=one.attempts + 1, next_at=now + self._patience, sent_at=now, status=0, cause="")
            for one in due
        ]
        await self._webhooks.begin(begun)
        outcomes = await asyncio.gather(*(self._call(endpoint, one, now) for one in begun))
        worst = max(outcomes, key=_gravity)
        await self._webhooks.end(worst.endpoint, [one.delivery for one in outcomes], worst.act)
        if len(due) == AT_ONCE and not worst.endpoint.failing_since:
            self._more.set()

    async def _call(self, endpoint: Endpoint, delivery: Delivery, now: datetime) -> Outcome:
        body, timestamp = delivery.body.encode(), int(now.timestamp())
        headers = {
            "webhook-id": delivery.event,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(endpoint.secrets(now), delivery.event, timestamp, body),
        }
        answer = await self._egress.post(endpoint.url, headers, body)
        return outcome(endpoint, delivery, answer, self._clock.now(), self._chance)

    async def _prune(self) -> None:
        if self._clock.monotonic() >= self._prune_at:
            self._prune_at = self._clock.monotonic() + _PRUNE_EVERY
            await self._webhooks.prune(self._clock.now() - KEPT)


def _gravity(one: Outcome) -> tuple[bool, bool]:
    """Of several attempts at once the one that says most about the endpoint."""
    return one.endpoint.state is not EndpointState.ACTIVE, one.endpoint.failing_since is not None
