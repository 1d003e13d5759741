"""What comes in from plugins' systems, the PSP and the messengers. Answers of 2xx follow the commit (invariant I10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from connector_core.adapters.observability.metrics import Metrics
from connector_core.adapters.web.declared import HANDSHAKE, NOTIFICATION, STATUSES, WEBHOOK
from connector_core.crash_points import crash_point
from connector_core.domain.errors import InvalidInput, SignatureInvalid
from connector_core.domain.ids import ConnectionId
from connector_core.flow.heard import Heard
from connector_core.flow.intake import Intake
from connector_core.flow.opt_out import OptOuts
from connector_core.ports.channel import Channel
from connector_core.ports.gateway import Gateway
from connector_core.ports.source import Source
from connector_core.sdk import WebhookRequest

NameT = TypeVar("NameT", bound=str)
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
    heard: Heard


def routes(doors: Doors) -> APIRouter:
    router = APIRouter(default_response_class=PlainTextResponse)

    @router.post("/webhooks/{connection}", summary="Order events from a connection's system", **WEBHOOK)
    async def webhook(connection: str, request: Request) -> Response:
        source = _known(doors.sources, ConnectionId(connection), "connections")
        query = dict(request.query_params)
        answer = await source.parse_webhook(WebhookRequest(_headers(request), await request.body(), query))
        await doors.intake.orders(answer.events)
        await doors.heard.note(f"connections.{connection}")
        return PlainTextResponse(answer.body, answer.status)

    @router.post("/psp/{account}/notifications", summary="Payment notifications (IPN) of the PSP", **NOTIFICATION)
    async def notification(account: str, request: Request) -> Response:
        gateway = _known(doors.gateways, account, "psp")
        try:
            facts = gateway.read_notification(await request.body())
        except SignatureInvalid:
            doors.metrics.ipn(account, "bad_signature")
            raise
        result = await doors.intake.payments(facts)
        crash_point("door.payments")
        doors.metrics.ipn(account, result)
        await doors.heard.note(f"psp.{account}")
        return PlainTextResponse(f"OK {result}")

    @router.get("/channels/{channel}/webhook", summary="The messenger verifies our address", **HANDSHAKE)
    async def handshake(channel: str, request: Request) -> Response:
        messenger = _known(doors.channels, channel, "channels")
        return PlainTextResponse(messenger.handshake(dict(request.query_params)))

    @router.post("/channels/{channel}/webhook", summary="Message statuses of a messenger", **STATUSES)
    async def statuses(channel: str, request: Request) -> Response:
        messenger = _known(doors.channels, channel, "channels")
        reports, inbound = messenger.read_webhook(_headers(request), await request.body())
        await doors.opt_outs.heard(inbound)
        await doors.intake.statuses(reports)
        crash_point("door.statuses")
        await doors.heard.note(f"channels.{channel}")
        return PlainTextResponse("OK")

    return router


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _known(things: Mapping[NameT, ThingT], name: NameT, block: str) -> ThingT:
    """Raises `InvalidInput` without the name: nothing of what a stranger sends comes back."""
    if name in things:
        return things[name]
    raise InvalidInput(
        f"There is no [{block}] block of this name here.", status=404, cure="Correct the address at the sender."
    )
