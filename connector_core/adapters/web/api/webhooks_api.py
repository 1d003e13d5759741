"""Webhooks out for programs: who is told what happens, and what became of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from connector_core.adapters.web.api.access import Api, answer
from connector_core.adapters.web.api.bearer import Client
from connector_core.adapters.web.api.models import Done
from connector_core.adapters.web.api.webhook_models import (
    Deliveries,
    DeliverySeen,
    EndpointMade,
    EndpointSeen,
    NewEndpoint,
    Rotated,
    Since,
    delivery_of,
    endpoint_of,
)
from connector_core.adapters.web.declared import API_PROBLEMS
from connector_core.domain.person import Permission
from connector_core.domain.webhook import DeliveryState, Endpoint
from connector_core.flow.webhook_endpoints import WebhookEndpoints

BASE, ONE = "/webhook-endpoints", "/webhook-endpoints/{endpoint_id}"
_MOST = 100
_DONE = Done(new=True)


class WebhooksApi:
    """``/api/v1/webhook-endpoints``, for keys that may change settings. Those of other shops are answered by 404."""

    def __init__(self, api: Api, endpoints: WebhookEndpoints) -> None:
        self._api = api
        self._endpoints = endpoints

    def add_to(self, router: APIRouter, about: dict[str, Any]) -> None:
        known: dict[str, Any] = {"responses": API_PROBLEMS, **about}
        soon: dict[str, Any] = {"status_code": 202, "response_model": Done, **known}
        log, again = f"{ONE}/deliveries", f"{ONE}/deliveries/{{delivery_id}}/replay"
        made: dict[str, Any] = {"status_code": 201, "response_model": EndpointMade, **known}
        router.get(BASE, summary="The shop's webhooks", response_model=list[EndpointSeen], **known)(self.list)
        router.post(BASE, summary="Be told what happens", **made)(self.create)
        router.get(ONE, summary="One webhook as it stands", response_model=EndpointSeen, **known)(self.get)
        router.post(f"{ONE}/rotate", summary="A new secret", response_model=Rotated, **known)(self.rotate)
        router.post(f"{ONE}/test", summary="Send a test event", **soon)(self.test)
        router.post(f"{ONE}/resume", summary="Activate it again", response_model=EndpointSeen, **known)(self.resume)
        router.post(f"{ONE}/replay", summary="Everything since a moment again", **soon)(self.replay_since)
        router.get(log, summary="What it was told, newest first", response_model=Deliveries, **known)(self.deliveries)
        router.post(again, summary="One delivery again", **{**soon, "response_model": DeliverySeen})(self.replay)
        router.delete(ONE, summary="Tell it nothing any more", response_model=Done, **known)(self.remove)

    async def list(self, request: Request) -> Response:
        client = self._client(request)
        return answer([await self._seen(one) for one in await self._endpoints.webhooks.endpoints([client.shop])])

    async def create(self, request: Request, wanted: NewEndpoint) -> Response:
        client = self._client(request)
        made = await self._endpoints.add(client.shop, wanted.url, wanted.types, client.actor)
        body = EndpointMade(**(await self._seen(made)).model_dump(), secret=made.secret)
        return answer(body, 201, {"Location": f"/api/v1{BASE}/{made.id}"})

    async def get(self, request: Request, endpoint_id: str) -> Response:
        return answer(await self._seen(await self._known(self._client(request), endpoint_id)))

    async def remove(self, request: Request, endpoint_id: str) -> Response:
        client = self._client(request)
        await self._endpoints.remove(await self._known(client, endpoint_id), client.actor)
        return answer(_DONE)

    async def rotate(self, request: Request, endpoint_id: str) -> Response:
        client = self._client(request)
        fresh = await self._endpoints.rotate(await self._known(client, endpoint_id), client.actor)
        return answer(Rotated(secret=fresh.secret, old_until=fresh.old_until))

    async def test(self, request: Request, endpoint_id: str) -> Response:
        client = self._client(request)
        await self._endpoints.test(await self._known(client, endpoint_id), client.actor)
        return answer(_DONE, 202)

    async def resume(self, request: Request, endpoint_id: str) -> Response:
        client = self._client(request)
        fresh = await self._endpoints.resume(await self._known(client, endpoint_id), client.actor)
        return answer(await self._seen(fresh))

    async def replay_since(self, request: Request, endpoint_id: str, from_: Since) -> Response:
        client = self._client(request)
        await self._endpoints.replay_since(await self._known(client, endpoint_id), from_.since, client.actor)
        return answer(_DONE, 202)

    async def deliveries(
        self,
        request: Request,
        endpoint_id: str,
        state: Annotated[str, Query(pattern=f"^({'|'.join(DeliveryState)})?$")] = "",
        after: Annotated[str, Query(pattern="^[0-9a-f-]{0,36}$")] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    ) -> Response:
        endpoint = await self._known(self._client(request), endpoint_id)
        found = await self._endpoints.webhooks.deliveries(endpoint.id, state=state, before=after, limit=limit + 1)
        further = found[limit - 1].id if len(found) > limit else ""
        return answer(Deliveries(items=[delivery_of(one) for one in found[:limit]], next=further))

    async def replay(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        client = self._client(request)
        endpoint = await self._known(client, endpoint_id)
        return answer(delivery_of(await self._endpoints.replay(endpoint, delivery_id, client.actor)), 202)

    def _client(self, request: Request) -> Client:
        return self._api.client(request, Permission.SETTINGS)

    async def _known(self, client: Client, endpoint_id: str) -> Endpoint:
        return await self._endpoints.known(client.shop, endpoint_id)

    async def _seen(self, endpoint: Endpoint) -> EndpointSeen:
        return EndpointSeen(**endpoint_of(endpoint, await self._endpoints.webhooks.health(endpoint.id)))
