"""The integrator's example passes the conformance suite, by its own test, and its orders can be asked for."""

import tomllib
from importlib import import_module
from importlib.metadata import EntryPoint
from typing import Any

from connector_core.adapters.plugin_host import PluginSource
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.money import Money
from connector_core.mapping import apply_mapping, compile_file, load_library
from connector_core.registry import GROUP
from connector_core.sdk import Capability, Plugin
from connector_core.sdk.testing.vendor import load_sandbox
from tests.docs_examples.conftest import EXAMPLES

ACME = EXAMPLES / "acme"
TestAcme = import_module("test_acme").TestAcme


def entry_point() -> EntryPoint:
    project = tomllib.loads((ACME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, value),) = project["entry-points"][GROUP].items()
    return EntryPoint(name, value, GROUP)


def test_entry_point_leads_to_the_plugin_of_the_manifest() -> None:
    plugin: type[Plugin[Any]] = entry_point().load()
    assert plugin.manifest.id == entry_point().name
    assert plugin.manifest.capabilities == {*Capability} - {Capability.STREAM}


def test_an_order_of_the_sandbox_can_be_asked_for_until_it_is_paid() -> None:
    plugin_class: type[Plugin[Any]] = entry_point().load()
    acme = load_sandbox(plugin_class.manifest)("127.0.0.1", 0, {})
    plugin = plugin_class(ConnectionId("acme"), plugin_class.Settings.model_validate(acme.settings()))
    mapping = compile_file(ACME / "connector_acme" / "order.yaml")
    try:
        ref = OrderRef(acme.place_order())
        record = plugin.fetch_orders([ref], plugin.manifest.documents[0])[ref]
    finally:
        plugin.close()
        acme.stop()
    mapped = apply_mapping(mapping, record, "DE", "de")
    assert mapped.terms is not None
    assert (mapped.terms.amount, mapped.terms.reference) == (Money(3390, "EUR"), ref)
    assert mapped.terms.phone.startswith("+4915123456")
    assert apply_mapping(mapping, {**record, "status": "paid"}, "DE", "de").withdrawn


def test_the_plugin_brings_its_mapping_along() -> None:
    plugin_class: type[Plugin[Any]] = entry_point().load()
    acme = load_sandbox(plugin_class.manifest)("127.0.0.1", 0, {})
    plugin = plugin_class(ConnectionId("acme"), plugin_class.Settings.model_validate(acme.settings()))
    acme.stop()
    brought = PluginSource(plugin, ShopId("main")).mapping_files()
    assert load_library(brought=brought).document("acme.order").file == "connector_acme/order.yaml"
    plugin.close()
