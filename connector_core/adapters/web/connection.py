"""One connection at the doors: ended when a request does not arrive in time, and answered in the doors' own words."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from connector_core.adapters.web import limits
from connector_core.adapters.web.problems import problem

GRACE_SECONDS = 2.0
"""The whole request has this much longer than its body alone, so that who is slow is told of it before the end."""

_ARRIVING = (h11.IDLE, h11.SEND_BODY)
"""States of a client whose request is not whole yet."""


class Connection(H11Protocol):
    """uvicorn's protocol, which waits for a request for ever, with a clock (faults.md 45: slowloris).

    The clock runs from the opening of the connection, and from the first byte of each further request, until the
    request has arrived whole: also after it was refused, so that nobody goes on sending to nobody.
    """

    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._wait_for_request()

    def data_received(self, data: bytes) -> None:
        self._wait_for_request()
        super().data_received(data)
        self._stop_if_whole()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets problem details too; `msg` is uvicorn's and says less."""
        self._say(400, "This is no HTTP request.")

    def _wait_for_request(self) -> None:
        if self._clock is None and self.conn.their_state in _ARRIVING:
            self._clock = self.loop.call_later(limits.READ_SECONDS + GRACE_SECONDS, self._too_late)

    def _stop_if_whole(self) -> None:
        if self.conn.their_state not in _ARRIVING or (self.cycle is not None and self._between_requests()):
            self._stop_clock()

    def _between_requests(self) -> bool:
        return self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_late(self) -> None:
        self._clock = None
        if self._between_requests():
            self.transport.close()
        else:
            self._say(408, f"The request did not arrive within {limits.READ_SECONDS + GRACE_SECONDS:g} seconds.")

    def _say(self, status: int, detail: str) -> None:
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        answer = problem(status, detail)
        headers = [*answer.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=status, headers=headers, reason=b""),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
