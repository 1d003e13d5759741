"""Orders within a second, through everything that ends a stream."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from connector_salesforce import listen, pubsub
from connector_salesforce.fake import FakeSalesforce
from connector_salesforce.plugin import SalesforcePlugin

from connector_core.sdk import (
    ConfigurationError,
    ConnectorError,
    OrderEvent,
    Page,
    RateLimited,
    RetryLater,
)
from tests.plugins.salesforce.conftest import MakePlugin


class Listener:
    """Listens in a thread, as the core does; what it hears comes out of `next`."""

    def __init__(self, plugin: SalesforcePlugin, cursor: Any = None) -> None:
        self._heard: queue.SimpleQueue[Page | ConnectorError | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(plugin, cursor), daemon=True)
        self._thread.start()

    def next(self, seconds: float = 20.0) -> Page | ConnectorError | None:
        return self._heard.get(timeout=seconds)

    def events(self) -> list[OrderEvent]:
        """Those of the next page that has some."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            page = self.next()
            assert isinstance(page, Page), page
            if page.events:
                return list(page.events)
        raise AssertionError("nothing was heard")

    def join(self, seconds: float = 10.0) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self, plugin: SalesforcePlugin, cursor: Any) -> None:
        try:
            for page in plugin.listen(cursor):
                self._heard.put(page)
            self._heard.put(None)
        except ConnectorError as error:
            self._heard.put(error)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "_TOGETHER", 0.05)


@pytest.fixture
def listener(plugin: SalesforcePlugin) -> Iterator[Listener]:
    made = Listener(plugin)
    assert isinstance(made.next(), Page)  # it listens
    yield made
    plugin.close()
    assert made.join()


def subscribed(org: FakeSalesforce, times: int = 1) -> None:
    """The stream stands: what happens from now on is announced."""
    until(lambda: org.events.subscriptions >= times)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_order_is_heard_of_without_a_poll(org: FakeSalesforce, listener: Listener) -> None:
    subscribed(org)
    ref = org.place_order()
    (event,) = listener.events()
    assert (event.order_ref, event.record) == (ref, None)


def test_what_came_while_nobody_listened_comes_first(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    ref = org.place_order()
    listener = Listener(plugin)
    assert [event.order_ref for event in listener.events()] == [ref]
    plugin.close()
    assert listener.join()


def test_the_event_is_the_same_as_of_a_poll(org: FakeSalesforce, listener: Listener, connect: MakePlugin) -> None:
    subscribed(org)
    org.place_order()
    (heard,) = listener.events()
    assert [event.id for event in connect().poll(None).events] == [heard.id]


def test_more_events_than_may_be_asked_for_at_once(org: FakeSalesforce, listener: Listener) -> None:
    subscribed(org)
    refs = {org.place_order() for _ in range(250)}
    heard: set[str] = set()
    while heard != refs:
        heard |= {event.order_ref for event in listener.events()}


def test_a_word_now_and_then_lets_the_core_end_it(
    org: FakeSalesforce, plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "_WORD", 0.1)
    listener = Listener(plugin)
    pages = [listener.next() for _ in range(4)]
    assert all(isinstance(page, Page) and not page.events for page in pages)
    plugin.close()
    assert listener.join()


def test_a_keepalive_is_a_word_too(plugin: SalesforcePlugin, listener: Listener, org: FakeSalesforce) -> None:
    """Salesforce may speak more often than we wait; the core must be able to end it all the same."""
    subscribed(org)
    assert isinstance(page := listener.next(seconds=8), Page)
    assert not page.events


def test_closing_ends_it_at_once(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    listener = Listener(plugin)
    listener.next()
    subscribed(org)
    plugin.close()
    assert listener.join()  # sooner than the next word would have come


def test_a_stream_that_ends_is_said_and_begins_anew(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    listener = Listener(plugin)
    listener.next()
    subscribed(org)
    org.events.end_streams()
    assert isinstance(listener.next(), RetryLater)
    again = Listener(plugin)
    again.next()
    subscribed(org, 2)
    ref = org.place_order()
    assert [event.order_ref for event in again.events()] == [ref]
    plugin.close()
    assert again.join()


def test_a_stream_that_falls_silent_is_noticed(
    org: FakeSalesforce, plugin: SalesforcePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "_WORD", 0.1)
    monkeypatch.setattr(pubsub, "_SILENT", 0.3)
    listener = Listener(plugin)
    while isinstance(said := listener.next(), Page):
        pass
    assert isinstance(said, RetryLater)
    assert "silent" in said.sentence


def test_an_ended_token_is_replaced_for_the_next_time(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    plugin.check()
    org.expire_sessions()
    first = Listener(plugin)
    while isinstance(said := first.next(), Page):
        pass
    assert isinstance(said, RetryLater)
    assert "access token" in said.sentence
    again = Listener(plugin)
    again.next()
    subscribed(org)
    plugin.close()
    assert again.join()


@pytest.mark.parametrize(
    ("status", "code", "error", "seconds"),
    [
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "subscription.limit.exceeded", RateLimited, 3600),
        (grpc.StatusCode.UNAVAILABLE, "service.unavailable", RetryLater, None),
        (grpc.StatusCode.PERMISSION_DENIED, "subscription.topic.cannot.subscribe", ConfigurationError, None),
        (grpc.StatusCode.INTERNAL, "subscription.internal.error", RetryLater, None),
        (grpc.StatusCode.UNAVAILABLE, "topic.api.unavailable", RetryLater, None),
    ],
)
def test_refusals_say_what_the_runner_shall_do(
    org: FakeSalesforce,
    plugin: SalesforcePlugin,
    status: grpc.StatusCode,
    code: str,
    error: type[ConnectorError],
    seconds: int | None,
) -> None:
    org.events.refusal = (status, code)
    listener = Listener(plugin)
    while isinstance(said := listener.next(), Page):
        pass
    assert isinstance(said, error)
    assert said.cure
    after = getattr(said, "after", None)
    assert (after.total_seconds() if after else None) == seconds


def test_orders_that_are_not_announced_are_a_matter_of_setup(org: FakeSalesforce, plugin: SalesforcePlugin) -> None:
    org.events.announced = False
    probe = next(probe for probe in plugin.check() if probe.name == "stream")
    assert not probe.ok
    assert "Change Data Capture" in probe.cure
    listener = Listener(plugin)
    while isinstance(said := listener.next(), Page):
        pass
    assert isinstance(said, ConfigurationError)


def test_who_does_not_want_it_is_left_alone(org: FakeSalesforce, connect: MakePlugin) -> None:
    org.events.announced = False
    plugin = connect(stream=False)
    assert all(probe.ok for probe in plugin.check())
    assert list(plugin.listen(None)) == []
