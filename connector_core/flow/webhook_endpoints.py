"""What a person or a program does with webhooks. The pages of the back office and the API call exactly these."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import EventId, ShopId, is_id, uuid7
from connector_core.domain.webhook import (
    TEST,
    TYPES,
    Delivery,
    DeliveryId,
    DeliveryState,
    Endpoint,
    EndpointId,
    EndpointState,
    without_secrets,
)
from connector_core.domain.webhook_signature import new_secret
from connector_core.flow.webhook_payload import trial_payload
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, AuditTrail
from connector_core.ports.webhooks import Egress, Webhooks

MOST = 20
"""Endpoints of one shop."""
BOTH_VALID = timedelta(hours=24)
"""How long the secret from before a rotation signs beside the new one."""
REPLAYED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class WebhookEndpoints:
    """`actor` is an e-mail address or ``api:`` and the name of a key. All raise `InvalidInput` that names the field and
    the way out, and `StoreUnavailable`; every act stands in the audit trail.
    """

    webhooks: Webhooks
    egress: Egress
    audit: AuditTrail
    clock: Clock

    async def add(self, shop: ShopId, url: str, types: Sequence[str], actor: str) -> Endpoint:
        """`types` of events, none for all. An address that is refused stands in the trail, too."""
        wanted = _types(types)
        try:
            self.egress.check(url)
        except InvalidInput as refusal:
            data = {"url": without_secrets(url), "cause": refusal.sentence}
            await self.audit.note(Act(actor, "webhook.refused", "", shop, data))
            raise
        now = self.clock.now()
        endpoint = Endpoint(EndpointId(uuid7()), shop, url, wanted, new_secret(), now, actor, now)
        await self.webhooks.add(
            endpoint, MOST, _act(endpoint, actor, "added", url=without_secrets(url), types=list(wanted))
        )
        return endpoint

    async def find(self, endpoint_id: str) -> Endpoint | None:
        """By any text from outside, in any shop."""
        return await self.webhooks.endpoint(EndpointId(endpoint_id)) if is_id(endpoint_id) else None

    async def known(self, shop: ShopId, endpoint_id: str) -> Endpoint:
        """Raises `InvalidInput` (404) also for one of another shop."""
        endpoint = await self.find(endpoint_id)
        if endpoint is None or endpoint.shop != shop:
            raise _gone()
        return endpoint

    async def remove(self, endpoint: Endpoint, actor: str) -> None:
        if not await self.webhooks.remove(
            endpoint.id, _act(endpoint, actor, "removed", url=without_secrets(endpoint.url))
        ):
            raise _gone()

    async def rotate(self, endpoint: Endpoint, actor: str) -> Endpoint:
        """A new secret; the one from before is valid for another day."""
        until = self.clock.now() + BOTH_VALID
        fresh = replace(endpoint, secret=new_secret(), old_secret=endpoint.secret, old_until=until)
        await self._put(fresh, _act(endpoint, actor, "rotated"))
        return fresh

    async def resume(self, endpoint: Endpoint, actor: str) -> Endpoint:
        """What waited goes on at once; what happened while it was not active is told by a replay only."""
        if endpoint.state is EndpointState.ACTIVE and endpoint.rests_until is None:
            return endpoint
        since = endpoint.active_since if endpoint.state is EndpointState.ACTIVE else self.clock.now()
        fresh = replace(
            endpoint, state=EndpointState.ACTIVE, active_since=since, failing_since=None, rests_until=None, cause=""
        )
        await self._put(fresh, _act(endpoint, actor, "resumed"))
        return fresh

    async def test(self, endpoint: Endpoint, actor: str) -> Delivery:
        """Something to receive, of the type ``webhook.test``."""
        _needs_active(endpoint)
        now = self.clock.now()
        body = trial_payload(endpoint.shop, now)
        delivery = Delivery(DeliveryId(uuid7()), endpoint.id, EventId(uuid7()), TEST, body, now, now)
        await self.webhooks.enqueue(delivery, _act(endpoint, actor, "tested"))
        return delivery

    async def replay(self, endpoint: Endpoint, delivery_id: str, actor: str) -> Delivery:
        """One delivery again, under the id that it had. Raises `InvalidInput` (404)."""
        delivery = await self.webhooks.delivery(DeliveryId(delivery_id)) if is_id(delivery_id) else None
        if delivery is None or delivery.endpoint != endpoint.id:
            raise InvalidInput("There is no such delivery.", status=404, cure="Look for it in the log.")
        _needs_active(endpoint)
        again = replace(delivery, state=DeliveryState.DUE, attempts=0, next_at=self.clock.now())
        await self.webhooks.enqueue(again, _act(endpoint, actor, "replayed", event=delivery.event))
        return again

    async def replay_since(self, endpoint: Endpoint, since: datetime, actor: str) -> None:
        """Everything that has happened since then and that the endpoint wants, delivered before or not."""
        _needs_active(endpoint)
        now = self.clock.now()
        if not now - REPLAYED <= since < now:
            raise InvalidInput(
                "The moment must lie in the past, 90 days back at most.",
                field="since",
                status=422,
                cure="Choose another moment.",
            )
        act = _act(endpoint, actor, "replayed", since=since.isoformat())
        if not await self.webhooks.replay_since(endpoint.id, since, now, act):
            raise _gone()

    async def _put(self, endpoint: Endpoint, act: Act) -> None:
        if not await self.webhooks.put(endpoint, act):
            raise _gone()


def _types(wanted: Sequence[str]) -> tuple[str, ...]:
    unknown = [kind for kind in wanted if kind not in TYPES]
    if unknown:
        raise InvalidInput(
            "There is no such type of event.", field="types", status=422, cure="Choose from the list, or none for all."
        )
    return tuple(kind.value for kind in TYPES if kind in wanted)


def _needs_active(endpoint: Endpoint) -> None:
    if endpoint.state is not EndpointState.ACTIVE:
        raise InvalidInput("This webhook is not active.", status=409, cure="Activate it first.")


def _gone() -> InvalidInput:
    return InvalidInput("There is no such webhook in this shop.", status=404, cure="List them to find its id.")


def _act(endpoint: Endpoint, actor: str, action: str, **data: Any) -> Act:
    return Act(actor, f"webhook.{action}", endpoint.id, endpoint.shop, data)
