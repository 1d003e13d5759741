"""The routes that the real service has (reference/messaging.md A2, A10); any version `vNN.N` is accepted."""

import asyncio
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web

from connector_core.sandbox.whatsapp.config import PLACEHOLDER, Template
from connector_core.sandbox.whatsapp.faults import Fault
from connector_core.sandbox.whatsapp.graph_errors import GraphError
from connector_core.sandbox.whatsapp.ledger import Sent
from connector_core.sandbox.whatsapp.sending import digits_of
from connector_core.sandbox.whatsapp.world import World

_VERSION = r"/{version:v\d{1,2}\.\d}"
_PAGE = 25
_PROXY_PAGE = "<!doctype html><title>Sign in</title><h1>Sign in to this network</h1>"


class GraphApi:
    """Sends, and the two look-ups that a connector's check makes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bearer = f"Bearer {world.config.access_token}".encode()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(_VERSION + "/{node}/messages", self._messages),
            web.get(_VERSION + "/{node}/message_templates", self._templates),
            web.get(_VERSION + "/{node}", self._phone_number),
        ]

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        half = self._world.config.latency_seconds / 2
        await request.read()  # whoever has asked may be gone before it is done
        await asyncio.sleep(half)
        answer = await self._take(request)
        await asyncio.sleep(half)
        return answer

    async def _take(self, request: web.Request) -> web.StreamResponse:
        world = self._world
        world.ledger.calls["messages"] += 1
        try:
            self._authorise(request, world.config.phone_number_id)
            body = _json(await request.read())
            fault = world.faults.take("send", _recipient(body))
            if fault is not None:
                return await self._spoilt(request, body, fault)
            return _answer(request, _accepted(body, self._send(body)))
        except GraphError as error:
            world.ledger.calls["messages_refused"] += 1
            return _answer(request, error.body(), error.http_status)

    def _send(self, body: object) -> Sent:
        message = self._world.reader.read(body, self._world.now())
        self._world.accept(message)
        return message

    async def _spoilt(self, request: web.Request, body: Any, fault: Fault) -> web.StreamResponse:
        match fault.mode:
            case "http_500":
                return web.Response(status=500, text="Internal Server Error")
            case "http_429":
                error = GraphError(130429, "Cloud API message throughput has been reached.")
                return _answer(request, error.body(), 429, {"Retry-After": f"{fault.seconds:g}"})
            case "html":
                return web.Response(text=_PROXY_PAGE, content_type="text/html")
            case "error_code":
                raise GraphError(fault.code, "Set by a fault of the sandbox.")
            case "cut_before":
                return _cut(request)
        if fault.mode == "slow":
            await asyncio.sleep(fault.seconds)
        answer = orjson.dumps(_accepted(body, self._send(body)))
        if fault.mode == "do_then_cut":
            return _cut(request)
        half = len(answer) // 2 if fault.mode == "truncated" else len(answer)
        return web.Response(body=answer[:half], content_type="application/json", headers=_headers(request))

    async def _phone_number(self, request: web.Request) -> web.StreamResponse:
        config = self._world.config
        self._world.ledger.calls["phone_number"] += 1
        try:
            self._authorise(request, config.phone_number_id)
        except GraphError as error:
            return _answer(request, error.body(), error.http_status)
        number: dict[str, Any] = {
            "verified_name": config.business_name,
            "display_phone_number": config.display_phone_number,
            "code_verification_status": "VERIFIED",
            "quality_rating": "GREEN",
            "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"},
            "status": "CONNECTED",
            "name_status": "APPROVED",
            "whatsapp_business_manager_messaging_limit": "TIER_250",
            "id": config.phone_number_id,
        }
        return _answer(request, _chosen(number, request.query))

    async def _templates(self, request: web.Request) -> web.StreamResponse:
        self._world.ledger.calls["message_templates"] += 1
        try:
            self._authorise(request, self._world.config.waba_id)
            return _answer(request, self._template_page(request))
        except GraphError as error:
            return _answer(request, error.body(), error.http_status)

    def _template_page(self, request: web.Request) -> dict[str, Any]:
        query = request.query
        found = [
            (number, template)
            for number, template in enumerate(self._world.config.templates, 1)
            if all(query.get(key, value) == value for key, value in _filters(template).items())
        ]
        start, size = _whole(query, "after", 0), _whole(query, "limit", _PAGE)
        page = found[start : start + size]
        answer: dict[str, Any] = {"data": [_chosen(_definition(n, t), query) for n, t in page]}
        if page:
            end = start + len(page)
            answer["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
            if end < len(found):
                answer["paging"]["next"] = str(request.url.update_query(after=str(end)))
        return answer

    def _authorise(self, request: web.Request, node: str) -> None:
        given = request.headers.get("Authorization", "")
        if not given:
            raise GraphError(0, "An access token is required to request this resource.")
        if not hmac.compare_digest(given.encode(errors="replace"), self._bearer):
            raise GraphError(190, "Invalid OAuth access token: it cannot be parsed or has expired.")
        if request.match_info["node"] != node:
            raise GraphError(33, "The object of this id does not exist or cannot be loaded with this access token.")


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise GraphError(100, "The body is not JSON.") from None


def _recipient(body: object) -> str:
    return digits_of(str(body.get("to", ""))) if isinstance(body, dict) else ""


def _accepted(body: Mapping[str, Any], message: Sent) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": str(body["to"]), "wa_id": message.to}],
        "messages": [{"id": message.id, "message_status": "accepted"}],
    }


def _headers(request: web.Request) -> dict[str, str]:
    trace = uuid4().hex
    return {
        "facebook-api-version": request.match_info["version"],
        "x-fb-trace-id": trace[:11],
        "x-fb-request-id": trace,
    }


def _answer(
    request: web.Request, body: object, status: int = 200, more_headers: Mapping[str, str] | None = None
) -> web.Response:
    headers = {**_headers(request), **(more_headers or {})}
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", headers=headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _chosen(value: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """The `fields` that were asked for, and always the id."""
    if not query.get("fields"):
        return value
    names = {name.strip() for name in query["fields"].split(",")} | {"id"}
    return {name: part for name, part in value.items() if name in names}


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise GraphError(100, f"The parameter {name} must be a whole number.")
    return int(text)


def _filters(template: Template) -> dict[str, str]:
    return {"name": template.name, "language": template.language, "status": template.status}


def _definition(number: int, template: Template) -> dict[str, Any]:
    components: list[dict[str, Any]] = [{"type": "BODY", "text": template.body}]
    if template.button_url:
        button: dict[str, Any] = {"type": "URL", "text": template.button_text, "url": template.button_url}
        if template.has_dynamic_button:
            button["example"] = [PLACEHOLDER.sub("example", template.button_url)]
        components.append({"type": "BUTTONS", "buttons": [button]})
    return {
        "name": template.name,
        "parameter_format": "NAMED" if template.is_named else "POSITIONAL",
        "components": components,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "quality_score": {"score": "GREEN"},
        "id": str(900_000_000_000_000 + number),
    }
