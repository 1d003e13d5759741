"""Problem details for every error (RFC 9457)."""

from http import HTTPStatus

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from connector_core.domain.errors import ConnectorError, InvalidInput, RetryLater
from connector_core.ports.store import StoreUnavailable

_log = structlog.get_logger(__name__)


def problem(status: int, detail: str, *, cure: str = "", field: str = "", retryable: bool = False) -> Response:
    """`detail` is for the administrator of the caller; `field` names the part of the input that is wrong."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if cure:
        body["cure"] = cure
    if field:
        body["errors"] = [{"detail": detail, "pointer": field}]
    if retryable:
        body["retryable"] = True
    headers = {"Cache-Control": "no-store", **({"Retry-After": "5"} if retryable else {})}
    return Response(orjson.dumps(body), status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Every error of the application leaves as problem details."""

    @app.exception_handler(InvalidInput)
    async def invalid(_request: Request, error: InvalidInput) -> Response:
        answer = problem(error.status, error.sentence, cure=error.cure, field=error.field)
        if error.field == "Authorization":
            answer.headers["WWW-Authenticate"] = "Bearer"
        if error.after is not None:
            answer.headers["Retry-After"] = f"{error.after.total_seconds():.0f}"
        return answer

    @app.exception_handler(StoreUnavailable)
    async def no_store(_request: Request, error: StoreUnavailable) -> Response:
        _log.warning("database unavailable", cause=str(error))
        return problem(503, "Nothing can be stored at the moment; send it again.", retryable=True)

    @app.exception_handler(ConnectorError)
    async def failed(_request: Request, error: ConnectorError) -> Response:
        retryable = isinstance(error, RetryLater)
        return problem(503 if retryable else 500, error.sentence, cure=error.cure, retryable=retryable)

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> Response:
        answer = problem(error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def defect(_request: Request, _error: Exception) -> Response:
        """Of ours, not of the caller's; the server logs it."""
        return problem(500, "The connector failed at this; its log says more.")

    @app.exception_handler(RequestValidationError)
    async def not_valid(_request: Request, error: RequestValidationError) -> Response:
        first, *rest = error.errors()
        where = "/".join(str(part) for part in first["loc"][1:])
        more = f" ({len(rest)} more)" if rest else ""
        return problem(422, f"{where}: {first['msg']}{more}" if where else f"{first['msg']}{more}", field=where)
