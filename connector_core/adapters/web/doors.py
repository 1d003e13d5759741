"""What comes in from plugins' systems, the PSP and the messengers. Answers of 2xx follow the commit (invariant I10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from connector_core.adapters.observability.metrics import Metrics
from connector_core.adapters.web.problems import problem
from connector_core.crash_points import crash_point
from connector_core.domain.errors import SignatureInvalid
from connector_core.domain.ids import ConnectionId
from connector_core.flow.intake import Intake
from connector_core.flow.opt_out import OptOuts
from connector_core.ports.channel import Channel
from connector_core.ports.gateway import Gateway
from connector_core.ports.source import Source
from connector_core.sdk import WebhookRequest

ThingT = TypeVar("ThingT")


@dataclass(frozen=True, slots=True)
class Doors:
    """Everything that the doors lead to."""

    intake: Intake
    opt_outs: OptOuts
    sources: Mapping[ConnectionId, Source]
    gateways: Mapping[str, Gateway]
    channels: Mapping[str, Channel]
    metrics: Metrics


def routes(doors: Doors) -> APIRouter:
    router = APIRouter()

    @router.post("/webhooks/{connection}", summary="Order events from a connection's system")
    async def webhook(connection: str, request: Request) -> Response:
        source = doors.sources.get(ConnectionId(connection))
        if source is None:
            return _unknown("connections", connection)
        query = dict(request.query_params)
        answer = await source.parse_webhook(WebhookRequest(_headers(request), await request.body(), query))
        await doors.intake.orders(answer.events)
        return PlainTextResponse(answer.body, answer.status)

    @router.post("/psp/{account}/notifications", summary="Payment notifications (IPN) of the PSP")
    async def notification(account: str, request: Request) -> Response:
        gateway = doors.gateways.get(account)
        if gateway is None:
            return _unknown("psp", account)
        try:
            facts = gateway.read_notification(await request.body())
        except SignatureInvalid:
            doors.metrics.ipn(account, "bad_signature")
            raise
        result = await doors.intake.payments(facts)
        crash_point("door.payments")
        doors.metrics.ipn(account, result)
        return PlainTextResponse(f"OK {result}")

    @router.get("/channels/{channel}/webhook", summary="The messenger verifies our address")
    async def handshake(channel: str, request: Request) -> Response:
        messenger = doors.channels.get(channel)
        if messenger is None:
            return _unknown("channels", channel)
        return PlainTextResponse(messenger.handshake(dict(request.query_params)))

    @router.post("/channels/{channel}/webhook", summary="Message statuses of a messenger")
    async def statuses(channel: str, request: Request) -> Response:
        messenger = doors.channels.get(channel)
        if messenger is None:
            return _unknown("channels", channel)
        reports, inbound = messenger.read_webhook(_headers(request), await request.body())
        await doors.opt_outs.heard(inbound)
        await doors.intake.statuses(reports)
        crash_point("door.statuses")
        return PlainTextResponse("OK")

    return router


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _unknown(block: str, name: str) -> Response:
    return problem(404, f"There is no [{block}.{name}] here.", cure="Correct the address at the sender.", field=name)
