"""The routes that only a sandbox has: subscribe a webhook, set faults, read the ledger."""

import secrets
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from connector_core.sandbox.whatsapp.faults import FaultError
from connector_core.sandbox.whatsapp.sending import is_web_address
from connector_core.sandbox.whatsapp.world import World

_HANDSHAKE_TIMEOUT = aiohttp.ClientTimeout(total=10)


class HandshakeError(Exception):
    """The address did not answer the handshake as it must; the text says what it did."""


class ControlApi:
    """Everything under `/_sandbox`; errors are 400 with `{"error": sentence}`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_sandbox/subscribe", self._subscribe),
            web.delete("/_sandbox/subscribe", self._unsubscribe),
            web.post("/_sandbox/faults", self._add_fault),
            web.get("/_sandbox/faults", self._show_faults),
            web.delete("/_sandbox/faults", self._clear_faults),
            web.get("/_sandbox/ledger", self._show_ledger),
        ]

    async def _subscribe(self, request: web.Request) -> web.Response:
        try:
            url = _url(await _body(request))
            await shake_hands(url, self._world.config.verify_token)
        except (HandshakeError, ValueError) as error:
            return _json({"error": str(error)}, 400)
        self._world.courier.url = url
        return _json({"success": True, "url": url})

    async def _unsubscribe(self, _: web.Request) -> web.Response:
        self._world.courier.url = ""
        return _json({"success": True})

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            self._world.faults.add(await _body(request))
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        return _json({"faults": self._world.faults.as_json()})

    async def _show_faults(self, _: web.Request) -> web.Response:
        return _json({"faults": self._world.faults.as_json()})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._world.faults.clear()
        return _json({"faults": []})

    async def _show_ledger(self, _: web.Request) -> web.Response:
        return _json(self._world.ledger.as_json())


async def shake_hands(url: str, verify_token: str) -> None:
    """The GET that comes before a subscription (reference/messaging.md A5). Raises `HandshakeError`."""
    challenge = str(secrets.randbelow(10**10))
    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    try:
        async with (
            aiohttp.ClientSession(timeout=_HANDSHAKE_TIMEOUT) as session,
            session.get(url, params=query, allow_redirects=False) as response,
        ):
            status, answer = response.status, await response.text(errors="replace")
    except (aiohttp.ClientError, TimeoutError):
        raise HandshakeError("url: nobody answers there; start the receiver first") from None
    if status != 200:
        raise HandshakeError(f"url: the handshake was answered with {status}, not with 200; compare the verify token")
    if answer != challenge:
        raise HandshakeError("url: the handshake was not answered with the plain text of hub.challenge")


async def _body(request: web.Request) -> Any:
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise FaultError("the body is not JSON") from None


def _url(body: object) -> str:
    url = body.get("url") if isinstance(body, dict) else None
    if not isinstance(url, str) or not is_web_address(url):
        raise HandshakeError("url: must be a web address that begins with http:// or https://")
    return url


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
