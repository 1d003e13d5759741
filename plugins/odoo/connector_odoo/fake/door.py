"""Both dialects over HTTP: ``/jsonrpc`` always, ``/json/2`` since 19 (reference/odoo.md 2 and 3)."""

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from connector_odoo.fake.books import USER
from connector_odoo.fake.config import FakeOdooConfig
from connector_odoo.fake.fault import OdooFault
from connector_odoo.fake.methods import Methods

_NO_DATABASE = "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>No database is selected.</p>\n"


class Door:
    def __init__(self, config: FakeOdooConfig, methods: Methods) -> None:
        self._config = config
        self._methods = methods
        self.key = config.api_key

    def add_routes(self, app: web.Application) -> None:
        base = self._config.base_path
        app.router.add_post(f"{base}/jsonrpc", self._jsonrpc)
        if self._config.version >= 19:
            app.router.add_get(f"{base}/web/version", self._version)
            app.router.add_post(base + "/json/2/{model}/{method}", self._json2)

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({"version_info": self._info, "version": f"{self._config.version}.0"})

    @property
    def _info(self) -> list[Any]:
        return [self._config.version, 0, 0, "final", 0, ""]

    async def _jsonrpc(self, request: web.Request) -> web.Response:
        body = await _object(request)
        params = body.get("params", {})
        head = {"jsonrpc": "2.0", "id": body.get("id")}
        try:
            result = self._service(params["service"], params["method"], params["args"])
        except OdooFault as fault:
            code = 200 if self._config.version == 16 else 0
            error = {"code": code, "message": "Odoo Server Error", "data": fault.shown()}
            return web.json_response({**head, "error": error})
        return web.json_response(head if result is None else {**head, "result": result})

    def _service(self, service: str, method: str, args: Sequence[Any]) -> Any:
        if service == "common" and method == "version":
            serie = f"{self._config.version}.0"
            return {
                "server_version": serie,
                "server_version_info": self._info,
                "server_serie": serie,
                "protocol_version": 1,
            }
        database, user, password = args[0], args[1], str(args[2])
        if database != self._config.database:
            text = f'connection to server failed: FATAL:  database "{database}" does not exist\n'
            raise OdooFault("psycopg2.OperationalError", text, 500)
        if service == "common":
            return USER if user == self._config.login and self._opens(password) else False
        if user != USER or not self._opens(password):
            raise OdooFault("odoo.exceptions.AccessDenied", "Access Denied", 403)
        model, name, *rest = args[3:]
        named = rest[1] if len(rest) > 1 else {}
        return self._methods.call_by_place(model, name, rest[0] if rest else [], named)

    async def _json2(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Odoo-Database") != self._config.database:
            return web.Response(status=404, text=_NO_DATABASE, content_type="text/html")
        try:
            if not self._is_key(request.headers.get("Authorization", "").partition(" ")[2]):
                raise OdooFault("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401)
            model, method = request.match_info["model"], request.match_info["method"]
            result = self._methods.call_by_name(model, method, await _object(request))
        except OdooFault as fault:
            return web.json_response(_as_json2(fault).shown(), status=fault.status)
        return web.json_response(result)

    def _opens(self, given: str) -> bool:
        """The older dialect takes the user's password as well."""
        return self._is_key(given) or hmac.compare_digest(given.encode(), self._config.password.encode())

    def _is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.key.encode())


def _as_json2(fault: OdooFault) -> OdooFault:
    """JSON-2 finds models and methods itself, and says so in werkzeug's words."""
    if fault.status == 404 and not fault.name.endswith("MissingError"):
        return OdooFault("werkzeug.exceptions.NotFound", fault.message, 404)
    return fault


async def _object(request: web.Request) -> Mapping[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise web.HTTPBadRequest from None
    return body if isinstance(body, dict) else {}
