"""A webhook address."""

import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connector_core.sdk import WebhookRequest

Got = Sequence[WebhookRequest]


class Listener:
    """What it received, and what it answers."""

    def __init__(self) -> None:
        self.answer = 200
        self.got: list[WebhookRequest] = []
        self._more = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def wait(self, enough: Callable[[Got], bool]) -> Got:
        with self._more:
            assert self._more.wait_for(lambda: enough(self.got), 5), f"got {len(self.got)}"
            return list(self.got)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(listener.answer)
                self.send_header("content-length", "0")
                self.end_headers()
                with listener._more:
                    listener.got.append(WebhookRequest(headers, body))
                    listener._more.notify_all()

            def log_message(self, *_: Any) -> None: ...

        return Handler
