"""A call with an `Idempotency-Key` is carried out once, and answered the same way for a day (IETF draft)."""

import hashlib
from collections.abc import Awaitable, Callable

from fastapi import Request
from starlette.responses import Response

from connector_core.adapters.web.api.bearer import Client
from connector_core.domain.errors import ConnectorError, InvalidInput
from connector_core.ports.clock import Clock
from connector_core.ports.drafts import Drafts

_LONGEST = 200


class Once:
    def __init__(self, drafts: Drafts, clock: Clock) -> None:
        self._drafts = drafts
        self._clock = clock

    async def run(self, request: Request, client: Client, call: Callable[[str], Awaitable[Response]]) -> Response:
        """Raises `InvalidInput`: 400 without a key, 422 for one that was used for something else, 409 while its first
        call is at work. `call` gets the key.
        """
        key = request.headers.get("idempotency-key", "").strip().strip('"')
        if not 0 < len(key) <= _LONGEST:
            raise InvalidInput(
                "The header Idempotency-Key is missing or too long.",
                field="Idempotency-Key",
                cure='Send a new text for each new wish, such as "8e03978e-40d5-43dd-bc93-6894a57f9324".',
            )
        name = hashlib.sha256(f"{client.key.id}\n{request.method}\n{request.url.path}\n{key}".encode()).hexdigest()
        print_ = hashlib.sha256(await request.body()).hexdigest()
        known = await self._drafts.remember(name, print_, self._clock.now())
        if known is None:
            return await self._first(name, key, call)
        if known.fingerprint != print_:
            raise InvalidInput(
                "This Idempotency-Key was used for something else.",
                field="Idempotency-Key",
                status=422,
                cure="Take a new key for a new wish.",
            )
        if not known.status:
            raise InvalidInput("The first call with this key is still at work.", status=409, cure="Ask again shortly.")
        headers = {"Idempotent-Replayed": "true", "Cache-Control": "no-store"}
        return Response(known.body, known.status, headers, media_type="application/json")

    async def _first(self, name: str, key: str, call: Callable[[str], Awaitable[Response]]) -> Response:
        try:
            answer = await call(key)
        except ConnectorError:
            await self._drafts.forget(name)  # nothing came of it: corrected, it may come under the same key
            raise
        await self._drafts.answered(name, answer.status_code, bytes(answer.body))
        return answer
