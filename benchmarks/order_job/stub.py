"""The far side: answers as Lyra and as WhatsApp after a set time, and knows when it was called for which order.

Not a sandbox: it checks nothing, so that it is never the bottleneck. One process for both peers, spoken to over plain
HTTP/1.1 with keep-alive. `GET /log` gives ``{"links": [[number, at]], "messages": [[number, at]], "others": 3}``, in
monotonic seconds; `POST /reset` forgets; `POST /latency` with a number sets the seconds of each call.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from time import monotonic
from typing import Any, cast

import orjson
import uvloop

from benchmarks.order_job.order import number_of

_HEAD_END = b"\r\n\r\n"


class Ledger:
    """What was asked for, and how long an answer takes (seconds)."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.forget()

    def forget(self) -> None:
        self.links: list[tuple[int, float]] = []
        self.messages: list[tuple[int, float]] = []
        self.others = 0

    def log(self) -> bytes:
        return orjson.dumps({"links": self.links, "messages": self.messages, "others": self.others})


class Peer(asyncio.Protocol):
    """One connection. Requests on it are answered one after the other, as HTTP/1.1 clients without pipelining ask."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(_HEAD_END)) >= 0:
            head = self._buffer[:end]
            length = _length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._serve(head.split(b" ", 2)[1].decode(), body)

    def _serve(self, path: str, body: bytes) -> None:
        if path.startswith("/api-payment") or path.endswith("/messages"):
            answer = self._called(path, orjson.loads(body))
            if self._ledger.latency:
                asyncio.get_running_loop().call_later(self._ledger.latency, self._answer, answer)
            else:
                self._answer(answer)
        elif path.startswith("/wp-json"):
            self._answer(b"[]")  # the shop, which has nothing to tell
        else:
            self._answer(self._controlled(path, body))

    def _controlled(self, path: str, body: bytes) -> bytes:
        if path == "/log":
            return self._ledger.log()
        if path == "/reset":
            self._ledger.forget()
        if path == "/latency":
            self._ledger.latency = float(body)
        return b"{}"

    def _called(self, path: str, asked: dict[str, Any]) -> bytes:
        """A message is accepted when its answer goes out, so that is its time."""
        ledger, now = self._ledger, monotonic()
        if path.endswith("/messages"):
            number = number_of(asked["to"])
            ledger.messages.append((number, now + ledger.latency))
            return orjson.dumps(
                {
                    "messaging_product": "whatsapp",
                    "contacts": [{"input": asked["to"], "wa_id": asked["to"]}],
                    "messages": [{"id": f"wamid.{number}.{len(ledger.messages)}", "message_status": "accepted"}],
                }
            )
        if path.endswith("/CreatePaymentOrder"):
            number = number_of(asked["customer"]["billingDetails"]["cellPhoneNumber"])
            ledger.links.append((number, now))
        else:
            ledger.others += 1
        return _payment_order(asked)

    def _answer(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        if not self._transport.is_closing():
            self._transport.write(head + body)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 : head.find(b"\r", at) if head.find(b"\r", at) > 0 else None]) if at >= 0 else 0


def _payment_order(asked: dict[str, Any]) -> bytes:
    """The envelope of a payment order that was made or changed (the shape of Lyra's documentation)."""
    order_id = asked.get("orderId", "unknown")
    return orjson.dumps(
        {
            "webService": "Charge/CreatePaymentOrder",
            "version": "V4",
            "applicationVersion": "6.0.0",
            "status": "SUCCESS",
            "serverDate": datetime.now(UTC).isoformat(timespec="seconds"),
            "mode": "TEST",
            "ticket": "0123456789abcdef0123456789abcdef",
            "answer": {
                "_type": "V4/PaymentOrder",
                "paymentOrderId": f"po-{order_id}",
                "paymentURL": f"http://127.0.0.1/t/{order_id}",
                "paymentOrderStatus": "RUNNING",
                "amount": asked.get("amount", 0),
                "currency": asked.get("currency", "EUR"),
                "orderId": order_id,
                "expirationDate": asked.get("expirationDate"),
                "channelDetails": {"channelType": "URL"},
            },
        }
    )


async def serve(port: int) -> None:
    ledger = Ledger()
    server = await asyncio.get_running_loop().create_server(lambda: Peer(ledger), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
