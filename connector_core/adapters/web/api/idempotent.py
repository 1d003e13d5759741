"""A call with an `Idempotency-Key` is carried out once, and answered the same way for a day (IETF draft)."""

import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from fastapi import Request
from starlette.responses import Response

from connector_core.adapters.web.api.bearer import Client
from connector_core.domain.errors import InvalidInput
from connector_core.ports.clock import Clock
from connector_core.ports.drafts import Drafts, Remembered
from connector_core.ports.store import StoreUnavailable

AT_WORK = timedelta(seconds=30)
"""A call that has not answered for so long has ended without an answer: the next one under its key goes on."""
_LONGEST = 200


class Once:
    """What a call does must be such that it may be done again under the same name: its answer may have been lost after
    the deed. The name tells the deed from every other.
    """

    def __init__(self, drafts: Drafts, clock: Clock) -> None:
        self._drafts = drafts
        self._clock = clock

    async def run(self, request: Request, client: Client, call: Callable[[str], Awaitable[Response]]) -> Response:
        """`call` gets the name. Raises `InvalidInput`: 400 without a key, 422 for one that was used for something else,
        409 while its first call is at work.
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
        if known is not None and known.fingerprint != print_:
            raise InvalidInput(
                "This Idempotency-Key was used for something else.",
                field="Idempotency-Key",
                status=422,
                cure="Take a new key for a new wish.",
            )
        if known is not None and known.status:
            headers = {"Idempotent-Replayed": "true", "Cache-Control": "no-store"}
            return Response(known.body, known.status, headers, media_type="application/json")
        if known is not None and not await self._broke_off(name, known):
            raise InvalidInput("The first call with this key is still at work.", status=409, cure="Ask again shortly.")
        return await self._answer(name, call)

    async def _broke_off(self, name: str, known: Remembered) -> bool:
        now = self._clock.now()
        return known.at + AT_WORK <= now and await self._drafts.take_over(name, known.at, now)

    async def _answer(self, name: str, call: Callable[[str], Awaitable[Response]]) -> Response:
        """Without an answer the key is free again: for what was refused, and for what failed half-way."""
        try:
            answer = await call(name)
            await self._drafts.answered(name, answer.status_code, bytes(answer.body))
        except BaseException:
            with contextlib.suppress(StoreUnavailable):
                await self._drafts.forget(name)
            raise
        return answer
