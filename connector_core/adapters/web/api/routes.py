"""The API as one router under ``/api/v1``."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.security import HTTPBearer

from connector_core.adapters.web.api.access import Api
from connector_core.adapters.web.api.actions_api import ActionsApi
from connector_core.adapters.web.api.requests_api import RequestsApi
from connector_core.adapters.web.api.webhooks_api import WebhooksApi

_ABOUT: dict[str, Any] = {"tags": ["payment requests"]}
_KEY = HTTPBearer(scheme_name="API key", description="paylink keys add", auto_error=False)
"""For the description alone: `Bearer` lets in."""


def routes(api: Api) -> APIRouter:
    router = APIRouter(prefix="/api/v1", dependencies=[Depends(_KEY), Depends(api.bearer.let_in)])
    RequestsApi(api).add_to(router, _ABOUT)
    ActionsApi(api).add_to(router, _ABOUT)
    WebhooksApi(api, api.webhooks).add_to(router, {"tags": ["webhooks"]})
    return router
