"""Salesforce's Pub/Sub API as a bell: it says that something has changed, and what has is then asked for.

So nothing rests on what a stream brings: no place in it is kept, no gap in it matters, and an event is not decoded.
"""

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc

from connector_core.sdk import ConfigurationError, ConnectorError, RateLimited, RetryLater
from connector_salesforce.login import Login
from connector_salesforce.messages import SERVICE, FetchRequest, FetchResponse, TopicInfo, TopicRequest
from connector_salesforce.refusal import SessionEnded
from connector_salesforce.settings import SalesforceSettings

TOPIC = "/data/OrderChangeEvent"
"""Changes of orders, as Change Data Capture announces them."""
_OUTSTANDING = 100
"""Most events that may be asked for at once."""
_SILENT = 300.0
"""Seconds: Salesforce says something every 270 at least, and streams that it has lost say nothing (3.1, 3.5)."""
_CALL = 30.0
_KEPT_ALIVE = [("grpc.keepalive_time_ms", 60_000), ("grpc.keepalive_timeout_ms", 20_000)]
_NO_TOPIC = ("subscription.topic.cannot.subscribe", "topic.not.found", "topic.meta.permission")
_ANEW = "It begins anew by itself; orders are found by polling meanwhile."
TOPIC_CURE = (
    "In Setup > Change Data Capture select the entity Order, and give the connector's user the permission set PayLink "
    "Connector; or set stream = false, and orders are found by polling."
)


class Bell:
    """Changes of one org's orders. Thread-safe; `close` ends a `rings` at once."""

    def __init__(self, login: Login, settings: SalesforceSettings) -> None:
        self._login = login
        self._settings = settings
        self._channel: grpc.Channel | None = None
        self._lock = threading.Lock()
        self._closed = False

    def can_ring(self) -> bool:
        """Whether the user may listen. Raises the errors of the sdk, `ConfigurationError` where there is no topic."""
        ask = self._open().unary_unary(f"/{SERVICE}/GetTopic", TopicRequest.SerializeToString, TopicInfo.FromString)
        token = self._login.token()
        try:
            return bool(ask(TopicRequest(topic_name=TOPIC), metadata=self._who(token), timeout=_CALL).can_subscribe)
        except grpc.RpcError as error:
            raise self._judged(error, token) from None

    def rings(self, every: float) -> Iterator[bool]:
        """True at the beginning and as soon as something has changed, False when nothing has, after `every` seconds at
        most. Ends with `close`; raises the errors of the sdk when the stream is lost.
        """
        wanted: queue.SimpleQueue[Any] = queue.SimpleQueue()
        heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        wanted.put(FetchRequest(topic_name=TOPIC, num_requested=_OUTSTANDING))
        subscribe = self._open().stream_stream(
            f"/{SERVICE}/Subscribe", FetchRequest.SerializeToString, FetchResponse.FromString
        )
        token = self._login.token()
        stream = subscribe(iter(wanted.get, None), metadata=self._who(token))
        threading.Thread(target=_hear, args=(stream, heard), name="bell", daemon=True).start()
        try:
            yield True
            yield from self._sorted(heard, wanted, every, token)
        finally:
            wanted.put(None)
            stream.cancel()

    def close(self) -> None:
        with self._lock:
            self._closed, channel = True, self._channel
        if channel is not None:
            channel.close()

    def _sorted(
        self, heard: "queue.SimpleQueue[Any]", wanted: "queue.SimpleQueue[Any]", every: float, token: str
    ) -> Iterator[bool]:
        last, stands = time.monotonic(), False
        while True:
            said = _all(heard, every)
            if self._closed:
                return
            if lost := next((one for one in said if isinstance(one, grpc.RpcError)), None):
                raise self._judged(lost, token)
            if said:
                last = time.monotonic()
            elif time.monotonic() - last > _SILENT:
                raise RetryLater("Salesforce's stream of events has fallen silent.", cure=_ANEW)
            if None in said:
                raise RetryLater("Salesforce has ended the stream of events.", cure=_ANEW)
            events = sum(len(response.events) for response in said)
            if events:
                wanted.put(FetchRequest(num_requested=events))
            yield events > 0 or (bool(said) and not stands)  # what came before the stream stood was not announced
            stands = stands or bool(said)

    def _open(self) -> grpc.Channel:
        with self._lock:
            if self._closed:
                raise RetryLater("The connection is being closed.")
            if self._channel is None:
                self._channel = _open_channel(self._settings)
            return self._channel

    def _who(self, token: str) -> Sequence[tuple[str, str]]:
        return (("accesstoken", token), ("instanceurl", self._settings.url), ("tenantid", self._login.org_id()))

    def _judged(self, error: grpc.RpcError, token: str) -> ConnectorError:
        judged = _refusal(error)
        if not isinstance(judged, SessionEnded):
            return judged
        self._login.forget(token)
        return RetryLater(judged.sentence, after=timedelta(minutes=1), cure=judged.cure, detail=judged.detail)


def _open_channel(settings: SalesforceSettings) -> grpc.Channel:
    if settings.url.startswith("http://"):  # a sandbox on this machine
        return grpc.insecure_channel(settings.pubsub_endpoint, _KEPT_ALIVE)
    roots = Path(settings.ca_file).read_bytes() if settings.ca_file else None
    return grpc.secure_channel(settings.pubsub_endpoint, grpc.ssl_channel_credentials(roots), _KEPT_ALIVE)


def _all(heard: "queue.SimpleQueue[Any]", seconds: float) -> Sequence[Any]:
    """All that was said, as soon as something was; empty when nothing was for so long."""
    said: list[Any] = []
    try:
        said.append(heard.get(timeout=seconds))
        while True:
            said.append(heard.get_nowait())
    except queue.Empty:
        return said


def _hear(stream: Any, heard: "queue.SimpleQueue[Any]") -> None:
    """Each response, then the error that ended the stream, or None."""
    try:
        for response in stream:
            heard.put(response)
        heard.put(None)
    except grpc.RpcError as error:
        heard.put(error)


def _refusal(error: grpc.RpcError) -> ConnectorError:
    """By the trailer ``error-code``, which says more than the status does (reference/salesforce.md 3.2)."""
    status, trailer = error.code(), dict(error.trailing_metadata() or ())
    code = str(trailer.get("error-code", "")).removeprefix("sfdc.platform.eventbus.grpc.")
    detail = str(error.details())[:300]
    if status is grpc.StatusCode.UNAUTHENTICATED or code == "service.auth.error":
        cure = "If it does not end by itself, see the login history of the connector's user."
        return SessionEnded("Salesforce refuses our access token for events.", cure=cure, detail=detail)
    if code == "subscription.limit.exceeded":
        sentence = "Salesforce delivers no more events today: the allocation of 24 hours is used up."
        return RateLimited(sentence, after=timedelta(hours=1), cure="Orders are found by polling.", detail=detail)
    if status in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED) or code in _NO_TOPIC:
        return ConfigurationError("Salesforce announces no changes of orders to us.", cure=TOPIC_CURE, detail=detail)
    return RetryLater(f"Salesforce's stream of events is broken ({code or status.name}).", cure=_ANEW, detail=detail)
