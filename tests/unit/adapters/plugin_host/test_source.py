"""Whatever a plugin does, the core gets one of its own errors, in time."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from pydantic import BaseModel

from connector_core.adapters.plugin_host import PluginSource, source
from connector_core.domain.errors import AuthenticationError, Rejected, RetryLater
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.sdk import Capability, Manifest, Plugin, Probe, Record


class Nothing(BaseModel):
    """No settings."""


class Odd(Plugin[Nothing]):
    """Does what the test tells it to."""

    manifest = Manifest(
        id="odd", name="Odd", version="1", sdk=">=1", owner="tests", tier="community",
        capabilities=frozenset({Capability.FETCH}), documents=("odd.order",),
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


async def test_a_defect_becomes_a_refusal_that_names_the_connection(host: PluginSource, plugin: Odd) -> None:
    plugin.error = ZeroDivisionError("secret words")
    with pytest.raises(Rejected, match="odd") as refusal:
        await host.fetch(OrderRef("1"), "")
    assert "secret words" not in str(refusal.value)


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
