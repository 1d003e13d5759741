"""Whatever a plugin does, the core gets one of its own errors, in time."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from connector_core.adapters.plugin_host import PluginSource, source
from connector_core.domain.errors import AuthenticationError, InvalidInput, Rejected, RetryLater
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.sdk import (
    Capability,
    Manifest,
    Money,
    Page,
    PaymentUpdate,
    Plugin,
    Probe,
    Record,
    WebhookRequest,
    WriteBackFact,
    WriteBackOutcome,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Nothing(BaseModel):
    """No settings."""


class Odd(Plugin[Nothing]):
    """Does what the test tells it to."""

    manifest = Manifest(
        id="odd", name="Odd", version="1", sdk=">=1", owner="tests", tier="community",
        capabilities=frozenset({Capability.FETCH, Capability.WRITE_BACK}), documents=("odd.order",),
    )  # fmt: skip
    Settings = Nothing
    error: Exception | None = None
    seconds = 0.0

    def check(self) -> Sequence[Probe]:
        return [Probe("fetch", True)]

    def fetch_orders(self, refs: Sequence[OrderRef], document: str) -> Mapping[OrderRef, Record]:
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        return {ref: {"id": ref, "document": document} for ref in refs if ref != "gone"}


@pytest.fixture
async def plugin() -> Odd:
    return Odd(ConnectionId("odd"), Nothing())


@pytest.fixture
async def host(plugin: Odd) -> AsyncIterator[PluginSource]:
    made = PluginSource(plugin, ShopId("main"))
    yield made
    await made.close()


async def test_an_order_that_is_gone_is_an_answer(host: PluginSource) -> None:
    assert await host.fetch(OrderRef("gone"), "") is None
    assert await host.fetch(OrderRef("1"), "") == {"id": "1", "document": "odd.order"}


async def test_its_own_errors_pass(host: PluginSource, plugin: Odd) -> None:
    plugin.error = AuthenticationError("refused")
    with pytest.raises(AuthenticationError):
        await host.fetch(OrderRef("1"), "")


@pytest.mark.fault(66)
async def test_a_defect_becomes_a_refusal_that_names_the_connection(host: PluginSource, plugin: Odd) -> None:
    plugin.error = ZeroDivisionError("secret words")
    with pytest.raises(Rejected, match="odd") as refusal:
        await host.fetch(OrderRef("1"), "")
    assert "secret words" not in str(refusal.value)


@pytest.mark.fault(66)
async def test_one_that_hangs_is_not_waited_for(
    host: PluginSource, plugin: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "_CALL_SECONDS", 0.05)
    plugin.seconds = 0.3
    with pytest.raises(RetryLater):
        await host.fetch(OrderRef("1"), "")


async def test_a_result_that_is_missing_is_no_success(host: PluginSource, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_self: Any, _updates: Any) -> list[Any]:
        return []

    monkeypatch.setattr(Odd, "write_back", silent)
    with pytest.raises(Rejected, match="no result"):
        await host.write_back(_Update())  # type: ignore[arg-type]  # only its id is looked at


class _Update:
    id = "u-1"


async def test_what_the_manifest_does_not_declare_is_not_called() -> None:
    """A system that takes no payment status is told nothing, and one without webhooks has no door."""

    class Mute(Odd):
        manifest = Odd.manifest.model_copy(update={"capabilities": frozenset({Capability.POLL})})

    host = PluginSource(Mute(ConnectionId("odd"), Nothing()), ShopId("main"))
    update = PaymentUpdate(
        "u", OrderRef("1"), WriteBackFact.CAPTURED, Money(1, "EUR"), Money(1, "EUR"), Money(1, "EUR"), "r", NOW
    )
    assert (await host.write_back(update)).outcome is WriteBackOutcome.DONE
    with pytest.raises(Rejected, match="cannot read orders"):
        await host.fetch(OrderRef("1"), "")
    with pytest.raises(InvalidInput, match="takes no webhooks"):
        await host.parse_webhook(WebhookRequest({}, b""))
    await host.close()


class Radio(Odd):
    """Speaks until it is told to end."""

    ended = False

    def listen(self, cursor: Any) -> Iterator[Page]:
        try:
            for number in range(cursor or 0, 1_000):
                time.sleep(self.seconds)
                if self.error:
                    raise self.error
                yield Page([], number + 1)
        finally:
            self.ended = True


async def test_who_leaves_a_stream_ends_it() -> None:
    plugin = Radio(ConnectionId("odd"), Nothing())
    host = PluginSource(plugin, ShopId("main"))
    async with aclosing(host.listen(7)) as pages:
        assert [await anext(pages) for _ in range(3)] == [([], 8), ([], 9), ([], 10)]
    async with asyncio.timeout(5):
        while not plugin.ended:
            await asyncio.sleep(0.01)
    await host.close()


@pytest.mark.fault(66)
async def test_a_stream_that_hangs_or_fails_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = Radio(ConnectionId("odd"), Nothing())
    host = PluginSource(plugin, ShopId("main"))
    plugin.error = ZeroDivisionError("secret words")
    with pytest.raises(Rejected, match="odd"):
        await anext(host.listen(None))
    plugin.error, plugin.seconds = None, 0.3
    monkeypatch.setattr(source, "_LISTEN_SECONDS", 0.05)
    with pytest.raises(RetryLater):
        await anext(host.listen(None))
    await host.close()
