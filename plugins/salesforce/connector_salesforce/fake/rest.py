"""The data resources below ``/services/data/`` (reference 2.2)."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aiohttp import web

from connector_salesforce.fake.batch import Batch
from connector_salesforce.fake.config import FakeSalesforceConfig
from connector_salesforce.fake.fault import ApiError, bad_json, not_found
from connector_salesforce.fake.login import Login
from connector_salesforce.fake.org import Org
from connector_salesforce.fake.querying import Querying
from connector_salesforce.fake.schema import SObject
from connector_salesforce.fake.soql import Path, Query, parse
from connector_salesforce.fake.writing import Writing

_OLDEST, _NEWEST = 31, 68
_MOST_CURSORS = 20
_BATCH_SIZE = re.compile(r"batchSize=(\d+)")
Handler = Callable[..., web.Response]


class Rest:
    """Each call is checked in this order: version, session, an error that a test has asked for, resource, method."""

    def __init__(self, config: FakeSalesforceConfig, org: Org, writing: Writing, login: Login) -> None:
        self._config = config
        self._org = org
        self._writing = writing
        self._login = login
        self._batch = Batch(org, writing)
        self._cursors: dict[str, list[dict[str, Any]]] = {}
        self.used = 0
        self.refusals: list[ApiError] = []
        self._resources = self._table()

    def _table(self) -> list[tuple[re.Pattern[str], dict[str, Handler]]]:
        name, record_id = r"(\w+)", r"([^/]+)"
        single: dict[str, Handler] = {"GET": self._retrieve, "PATCH": self._update, "DELETE": self._delete}
        table: dict[str, dict[str, Handler]] = {
            r"(query|queryAll)/?": {"GET": self._query},
            rf"(?:query|queryAll)/{record_id}": {"GET": self._query_more},
            r"limits/?": {"GET": self._limits},
            rf"sobjects/{name}/describe/?": {"GET": self._describe},
            rf"sobjects/{name}/?": {"POST": self._create},
            rf"sobjects/{name}/{record_id}": single,
            r"composite/sobjects/?": {"PATCH": self._update_many},
            rf"composite/sobjects/{name}/{name}": {"PATCH": self._upsert_many},
        }
        return [(re.compile(pattern), methods) for pattern, methods in table.items()]

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/services/data", self._versions)
        app.router.add_get("/services/data/", self._versions)
        app.router.add_route("*", "/services/data/{version}/{resource:.*}", self._answer)

    async def _versions(self, _: web.Request) -> web.Response:
        return web.json_response(
            [
                {"label": _season(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
                for number in range(_OLDEST, _NEWEST + 1)
            ]
        )

    async def _answer(self, request: web.Request) -> web.Response:
        await request.read()
        try:
            response = await self._call(request)
        except ApiError as fault:
            response = web.json_response(fault.array(), status=fault.status)
        response.headers["Sforce-Limit-Info"] = f"api-usage={self.used}/{self._config.daily_calls}"
        return response

    async def _call(self, request: web.Request) -> web.Response:
        _check_version(request.match_info["version"])
        if not self._login.holds(request.headers.get("Authorization", "")):
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self.used += 1
        if self.refusals:
            raise self.refusals.pop(0)
        for pattern, methods in self._resources:
            if match := pattern.fullmatch(request.match_info["resource"]):
                if request.method not in methods:
                    text = f"HTTP Method '{request.method}' not allowed. Allowed are {','.join(methods)}"
                    raise ApiError(405, "METHOD_NOT_ALLOWED", text)
                body = _json(await request.read()) if request.method in ("POST", "PATCH") else None
                return methods[request.method](request, body, *match.groups())
        raise not_found()

    # Queries

    def _query(self, request: web.Request, _: Any, kind: str) -> web.Response:
        soql = request.query.get("q", "")
        records = Querying(self._org, parse(soql), _base(request), soql).records(deleted=kind == "queryAll")
        asked = _BATCH_SIZE.search(request.headers.get("Sforce-Query-Options", ""))
        size = min(self._config.page_size, max(200, int(asked[1]))) if asked else self._config.page_size
        cursor = self._org.take_id("01g")
        if len(records) > size:
            self._cursors = dict(list(self._cursors.items())[1 - _MOST_CURSORS :])
            self._cursors[cursor] = records
        return self._page(request, cursor, records, 0, size)

    def _query_more(self, request: web.Request, _: Any, locator: str) -> web.Response:
        """A locator is the cursor, where the page starts, and how long pages are."""
        match = re.fullmatch(r"(\w+)-(\d+)(?:-(\d+))?", locator, re.ASCII)
        if match is None or match[1] not in self._cursors:
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        size = int(match[3] or self._config.page_size)
        return self._page(request, match[1], self._cursors[match[1]], int(match[2]), size)

    def _page(
        self, request: web.Request, cursor: str, records: list[dict[str, Any]], start: int, size: int
    ) -> web.Response:
        end = start + size
        page: dict[str, Any] = {"totalSize": len(records), "done": end >= len(records)}
        if end < len(records):
            rest = "" if size == self._config.page_size else f"-{size}"
            page["nextRecordsUrl"] = f"{_base(request)}/query/{cursor}-{end}{rest}"
        return web.json_response({**page, "records": records[start:end]})

    # Objects and single records

    def _limits(self, _request: web.Request, _: Any) -> web.Response:
        most = self._config.daily_calls
        daily = {"Max": most, "Remaining": max(0, most - self.used)}
        return web.json_response({"DailyApiRequests": daily})

    def _describe(self, _request: web.Request, _: Any, name: str) -> web.Response:
        return web.json_response(self._org.schema.describe(self._writing.object(name)))

    def _create(self, request: web.Request, body: Any, name: str) -> web.Response:
        sobject = self._writing.object(name)
        row = self._writing.create(sobject, self._writing.parsed(sobject, _object(body)))
        location = {"Location": f"{_base(request)}/sobjects/{sobject.name}/{row['Id']}"}
        return web.json_response({"id": row["Id"], "success": True, "errors": []}, status=201, headers=location)

    def _retrieve(self, request: web.Request, _: Any, name: str, record_id: str) -> web.Response:
        sobject = self._writing.object(name)
        asked = list(filter(None, request.query.get("fields", "").split(",")))
        names = asked or [field.name for field in self._org.schema.fields(sobject)]
        query = Query(tuple(Path(tuple(name.split(".")), 0) for name in names), sobject.name)
        record = Querying(self._org, query, _base(request)).record(self._single(sobject, record_id))
        return web.json_response(record)

    def _update(self, _request: web.Request, body: Any, name: str, record_id: str) -> web.Response:
        sobject = self._writing.object(name)
        if any(key.lower() == "id" for key in _object(body)):
            raise ApiError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.", ["Id"])
        values = self._writing.parsed(sobject, body)
        self._writing.update(sobject, self._single(sobject, record_id)["Id"], values)
        return web.Response(status=204)

    def _delete(self, _request: web.Request, _: Any, name: str, record_id: str) -> web.Response:
        sobject = self._writing.object(name)
        self._writing.delete(sobject, self._single(sobject, record_id)["Id"])
        return web.Response(status=204)

    def _single(self, sobject: SObject, record_id: str) -> dict[str, Any]:
        """In a path, an id that leads nowhere is a resource that is not there."""
        try:
            return self._writing.row(sobject, record_id)
        except ApiError as fault:
            raise fault if fault.status == 404 else not_found() from None

    # Collections

    def _update_many(self, _request: web.Request, body: Any) -> web.Response:
        return web.json_response(self._batch.update(body))

    def _upsert_many(self, _request: web.Request, body: Any, name: str, key: str) -> web.Response:
        return web.json_response(self._batch.upsert(name, key, body))


def _check_version(text: str) -> None:
    """What answers to versions that are retired was not verified beyond its status (reference 0)."""
    match = re.fullmatch(r"v(\d{1,3})\.0", text, re.ASCII)
    if match is None:
        raise not_found()
    if int(match[1]) < _OLDEST:
        raise ApiError(410, "UNSUPPORTED_API_VERSION", "The requested resource is no longer available")


def _season(number: int) -> str:
    """API 66 is Spring '26; three releases a year, and Winter carries the year that follows."""
    name = ("Spring", "Summer", "Winter")[number % 3]
    return f"{name} '{26 + (number - 66) // 3 + (number % 3 == 2)}"


def _base(request: web.Request) -> str:
    return f"/services/data/{request.match_info['version']}"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise bad_json("The HTTP entity body is required, but this request has no valid JSON entity body.") from None


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise bad_json("Can not deserialize SObject out of a value that is no object")
    return body
