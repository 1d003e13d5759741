"""Liveness, readiness and figures."""

import asyncio

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from connector_core.adapters.observability.metrics import Metrics
from connector_core.adapters.web.declared import FIGURES, LIVENESS, READINESS
from connector_core.flow.middleware.pause import Pauses
from connector_core.ports.broker import Broker
from connector_core.ports.store import Store, StoreUnavailable


def routes(store: Store, broker: Broker, pauses: Pauses, metrics: Metrics) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz", summary="The process lives", **LIVENESS)
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", summary="Broker, database and topology are there; 503 when one is not", **READINESS)
    async def readyz() -> Response:
        database, health = await database_trouble(store), broker.health()
        ready = not database and health.ready
        body = {
            "status": "ok" if ready else "not ready",
            "database": database or "ok",
            "broker": health.detail,
            "in_flight": health.in_flight,
            "paused": pauses.alarms,
        }
        return JSONResponse(body, 200 if ready else 503)

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response, **FIGURES)
    async def figures() -> Response:
        body, content_type = metrics.render()
        return Response(body, media_type=content_type)

    return router


async def database_trouble(store: Store) -> str:
    """What is wrong with the database; empty when nothing is."""
    try:
        async with asyncio.timeout(3):
            await store.check()
    except StoreUnavailable as error:
        return str(error)
    except TimeoutError:
        return "the database did not take a write within 3 seconds"
    return ""
