"""The event bus: changes of orders over the Pub/Sub API, from now on (reference/salesforce.md 3.1 and 3.2)."""

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from connector_salesforce.messages import (
    SERVICE,
    ConsumerEvent,
    FetchRequest,
    FetchResponse,
    TopicInfo,
    TopicRequest,
)

TOPIC = "/data/OrderChangeEvent"
_PREFIX = "sfdc.platform.eventbus.grpc."
_MOST = 100
_PATIENCE = 60.0
"""Seconds that a subscriber has who takes no more events (reference/salesforce.md 3.1)."""


class EventBus:
    """Events carry no payload. `holds` says whether an access token is good, `org_id` is the tenant.

    A subscriber who asks for more than 100 outstanding events, names another tenant or a topic that is not announced is
    refused as Salesforce refuses it.
    """

    def __init__(self, holds: Callable[[str], bool], org_id: str, *, keepalive: float) -> None:
        self._holds = holds
        self._org_id = org_id
        self._keepalive = keepalive
        self._subscribers: list[queue.SimpleQueue[object]] = []
        self._lock = threading.Lock()
        self._replay_ids = itertools.count(1_000, 7)
        self._server: grpc.Server | None = None
        self.address = ""
        self.announced = True
        """Whether Change Data Capture of orders is switched on."""
        self.refusal: tuple[grpc.StatusCode, str] | None = None
        """What the next subscription is refused with."""
        self.subscriptions = 0

    def start(self, host: str) -> None:
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="event-bus")
        self._server = grpc.server(self._threads)
        handlers = {
            "Subscribe": grpc.stream_stream_rpc_method_handler(
                self._subscribe, FetchRequest.FromString, FetchResponse.SerializeToString
            ),
            "GetTopic": grpc.unary_unary_rpc_method_handler(
                self._topic, TopicRequest.FromString, TopicInfo.SerializeToString
            ),
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        self.address = f"{host}:{self._server.add_insecure_port(f'{host}:0')}"
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self.end_streams()
            self._server.stop(0.1).wait(2)
            self._threads.shutdown(wait=False)

    def announce(self) -> None:
        """An order has changed."""
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.put(b"%08d" % next(self._replay_ids))

    def end_streams(self) -> None:
        """As a load balancer does it now and then: nobody is told why."""
        with self._lock:
            for subscriber in self._subscribers:
                subscriber.put(None)

    def _topic(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._let_in(context)
        if request.topic_name != TOPIC or not self.announced:
            _refuse(context, grpc.StatusCode.NOT_FOUND, "topic.not.found")
        return TopicInfo(topic_name=request.topic_name, can_subscribe=True)

    def _subscribe(self, requests: Iterator[Any], context: grpc.ServicerContext) -> Iterator[Any]:
        self._let_in(context)
        first = next(requests)
        if first.topic_name != TOPIC or not self.announced:
            _refuse(context, grpc.StatusCode.NOT_FOUND, "topic.not.found")
        refusal, self.refusal = self.refusal, None
        if refusal is not None:
            _refuse(context, *refusal)
        events: queue.SimpleQueue[object] = queue.SimpleQueue()
        wanted = _Wanted(first.num_requested, requests)

        def gone() -> None:
            events.put(None)
            wanted.end()

        context.add_callback(gone)
        with self._lock:
            self._subscribers.append(events)
            self.subscriptions += 1
        try:
            yield from self._deliver(events, wanted, context)
        finally:
            with self._lock:
                self._subscribers.remove(events)

    def _deliver(
        self, events: "queue.SimpleQueue[object]", wanted: "_Wanted", context: grpc.ServicerContext
    ) -> Iterator[Any]:
        replay_id = b"%08d" % next(self._replay_ids)
        while context.is_active():
            try:
                event = events.get(timeout=self._keepalive)
            except queue.Empty:
                yield FetchResponse(latest_replay_id=replay_id, pending_num_requested=wanted.count)
                continue
            if event is None:
                return
            if wanted.overflow:
                _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "subscription.fetch.requested.events.overflow")
            if not wanted.take(_PATIENCE):
                return
            assert isinstance(event, bytes)
            replay_id = event
            one = ConsumerEvent(replay_id=event)
            yield FetchResponse(events=[one], latest_replay_id=event, pending_num_requested=wanted.count)

    def _let_in(self, context: grpc.ServicerContext) -> None:
        given = dict(context.invocation_metadata())
        if not self._holds(str(given.get("accesstoken", ""))):
            _refuse(context, grpc.StatusCode.UNAUTHENTICATED, "service.auth.error")
        if given.get("tenantid") != self._org_id or not str(given.get("instanceurl", "")).startswith("http"):
            _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "service.auth.headers.invalid")


class _Wanted:
    """How many events the subscriber still takes; it is told of more by a thread, as requests come."""

    def __init__(self, count: int, requests: Iterator[Any]) -> None:
        self.count = count
        self._ended = False
        self._changed = threading.Condition()
        threading.Thread(target=self._hear, args=(requests,), daemon=True).start()

    @property
    def overflow(self) -> bool:
        return self.count > _MOST

    def take(self, seconds: float) -> bool:
        """One event, as soon as one is wanted."""
        with self._changed:
            self._changed.wait_for(lambda: self.count > 0 or self._ended, seconds)
            if self._ended or self.count < 1:
                return False
            self.count -= 1
            return True

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _hear(self, requests: Iterator[Any]) -> None:
        try:
            for request in requests:
                with self._changed:
                    self.count += request.num_requested
                    self._changed.notify()
        except grpc.RpcError:
            return  # the subscriber has gone
        except Exception:  # noqa: BLE001 - grpc ends the iterator of a stream that was cut with a bare Exception
            return


def _refuse(context: grpc.ServicerContext, status: grpc.StatusCode, code: str) -> None:
    context.set_trailing_metadata((("error-code", _PREFIX + code),))
    context.abort(status, f"refused: {code}")
