"""The API as one router under ``/api/v1``."""

from fastapi import APIRouter, Depends

from connector_core.adapters.web.api.requests_api import Api, RequestsApi


def routes(api: Api) -> APIRouter:
    router = APIRouter(prefix="/api/v1", dependencies=[Depends(api.bearer.let_in)])
    RequestsApi(api).add_to(router)
    return router
