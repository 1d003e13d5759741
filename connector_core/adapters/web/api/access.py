"""What the API leads to, and what of it a key may reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from connector_core.adapters.web.api.bearer import Bearer, Client
from connector_core.adapters.web.api.idempotent import Once
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId, is_id
from connector_core.domain.person import Permission
from connector_core.domain.shop import Shop
from connector_core.domain.state import OrderState
from connector_core.flow.actions import Actions
from connector_core.flow.webhook_endpoints import WebhookEndpoints
from connector_core.ports.clock import Clock
from connector_core.ports.listing import Listing
from connector_core.ports.store import Reports

BASE, ONE = "/payment-requests", "/payment-requests/{request_id}"


@dataclass(frozen=True, slots=True)
class Api:
    """Everything that the routes need."""

    bearer: Bearer
    once: Once
    webhooks: WebhookEndpoints
    actions: Actions
    reports: Reports
    listing: Listing
    clock: Clock
    shops: Mapping[ShopId, Shop]

    def client(self, request: Request, permission: Permission) -> Client:
        """Raises `InvalidInput`: 403 without the permission, or for a shop that is not configured any more."""
        client: Client = request.state.client
        client.needs(permission)
        if client.shop not in self.shops:
            raise InvalidInput(
                "The shop of this key is not there any more.", status=403, cure="Put it back into paylink.toml."
            )
        return client

    async def known(self, client: Client, request_id: str) -> OrderState:
        """Raises `InvalidInput` (404) also for a request of another shop."""
        state = await self.reports.order(request_id) if is_id(request_id) else None
        if state is None or state.order.id != request_id or state.order.shop != client.shop:
            raise InvalidInput("There is no such request in this shop.", status=404, cure="List them to find its id.")
        return state


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A model, or a list of models, as JSON that nobody keeps."""
    items = [item.model_dump(mode="json") for item in body] if isinstance(body, list) else body.model_dump(mode="json")
    return JSONResponse(items, status, {"Cache-Control": "no-store", **(headers or {})})
