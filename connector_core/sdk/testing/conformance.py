"""The conformance suite: what every plugin must do, as a base class for a plugin's own pytest module.

    class TestConformance(PluginConformance):
        plugin_class = WooCommercePlugin

A test whose capability the manifest does not declare is skipped.
"""

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, ClassVar

import pytest
from packaging.specifiers import SpecifierSet
from pydantic import BaseModel

from connector_core.domain.errors import ConnectorError, InvalidInput, OutcomeUnknown, RetryLater, SignatureInvalid
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.money import Money
from connector_core.domain.payment import WriteBackFact
from connector_core.sdk.manifest import Capability
from connector_core.sdk.plugin import SDK_VERSION, PaymentUpdate, Plugin, WebhookRequest, WriteBackOutcome
from connector_core.sdk.testing.faults import FaultKind
from connector_core.sdk.testing.vendor import VendorSandbox, load_sandbox

HOSTILE_BODIES: dict[str, bytes] = {
    "empty": b"",
    "null": b"null",
    "number": b"1e999",
    "text": b'"order"',
    "list": b"[]",
    "empty object": b"{}",
    "half a document": b'{"id": 15, "status": "pend',
    "no utf-8": b"\xff\xfe{\x00}",
    "deep": b"[" * 200_000,
    "long number": b'{"id": ' + b"9" * 5_000 + b"}",
    "ten megabytes": b'{"id": 15, "note": "' + b"x" * (10 * 2**20) + b'"}',
    "html": b"<html><body>Service unavailable</body></html>",
}
HOSTILE_REFS = ("", "0", "-1", "1,2", "*", "%", "' OR 1=1 --", "../15", "15\n16", "１２", "💥", "9" * 400)
FAULTS = (FaultKind.ERROR, FaultKind.HTML, FaultKind.TRUNCATED, FaultKind.CUT_BEFORE, FaultKind.DO_THEN_CUT)
"""Each may strike any call, and none may lose an order or book a payment twice."""
_CALLS_OF_A_WRITE_BACK = 8


class PluginConformance:
    """Subclasses set `plugin_class`. The manifest's sandbox is the vendor, in the kind that `options` ask for; it signs
    what it delivers.
    """

    plugin_class: ClassVar[type[Plugin[Any]]]
    options: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture
    def sandbox(self) -> Iterator[VendorSandbox]:
        server = load_sandbox(self.plugin_class.manifest)("127.0.0.1", 0, self.options)
        yield server
        server.stop()

    @pytest.fixture
    def plugin(self, sandbox: VendorSandbox) -> Iterator[Plugin[Any]]:
        made = self.make(sandbox)
        yield made
        made.close()

    def make(self, sandbox: VendorSandbox) -> Plugin[Any]:
        settings = self.plugin_class.Settings.model_validate(sandbox.settings())
        return self.plugin_class(ConnectionId("under-test"), settings)

    def sign(self, sandbox: VendorSandbox, body: bytes) -> WebhookRequest:
        """`body` as the vendor itself would deliver it, with a valid signature."""
        return sandbox.sign(body)

    def needs(self, capability: Capability) -> None:
        if capability not in self.plugin_class.manifest.capabilities:
            pytest.skip(f"{capability.value} is not declared")

    def update(self, order_ref: OrderRef, fact: WriteBackFact = WriteBackFact.CAPTURED) -> PaymentUpdate:
        """A payment of 1,000,000 EUR, which is more than any order of a sandbox asks for."""
        money = Money(100_000_000, "EUR")
        return PaymentUpdate(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{order_ref} {fact}")),
            order_ref=order_ref,
            fact=fact,
            amount=money,
            asked=money,
            captured=money,
            psp_ref="a1b2c3d4e5f60718293a4b5c6d7e8f90",
            at=datetime.now(UTC),
            method="VISA",
            language="de-DE",
        )

    # The manifest and the settings

    def test_manifest_takes_this_sdk(self) -> None:
        assert SDK_VERSION in SpecifierSet(self.plugin_class.manifest.sdk)

    def test_manifest_declares_capabilities_and_documents(self) -> None:
        manifest = self.plugin_class.manifest
        assert manifest.capabilities
        assert manifest.documents
        assert set(manifest.mappings) <= set(manifest.documents)

    def test_every_declared_capability_is_implemented(self) -> None:
        methods = {
            Capability.WEBHOOK: "parse_webhook",
            Capability.POLL: "poll",
            Capability.STREAM: "listen",
            Capability.FETCH: "fetch_orders",
            Capability.WRITE_BACK: "write_back",
        }
        for capability in self.plugin_class.manifest.capabilities:
            name = methods[capability]
            assert getattr(self.plugin_class, name) is not getattr(Plugin, name), f"{name} is missing"

    def test_every_setting_explains_itself(self) -> None:
        settings: type[BaseModel] = self.plugin_class.Settings
        for name, field in settings.model_fields.items():
            assert all((field.title, field.description, field.examples)), f"{name}: title, description or examples miss"

    def test_settings_keep_their_secrets(self, sandbox: VendorSandbox) -> None:
        shown = repr(self.plugin_class.Settings.model_validate(sandbox.settings()))
        for name, value in sandbox.settings().items():
            if "secret" in name or "password" in name:
                for secret in value if isinstance(value, list) else [value]:
                    assert str(secret) not in shown

    # The check

    def test_check_asks_once_for_each_capability(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        if Capability.WEBHOOK in plugin.manifest.capabilities:
            sandbox.set_webhook_url("http://127.0.0.1:9/webhooks/under-test")
        probes = plugin.check()
        assert {probe.name for probe in probes} == {c.value for c in plugin.manifest.capabilities}
        assert len(probes) == len(plugin.manifest.capabilities)
        assert [probe for probe in probes if not probe.ok] == []

    def test_check_of_a_vendor_that_is_down_gives_cures(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        sandbox.stop()
        probes = plugin.check()
        assert probes
        assert all(not probe.ok and probe.detail and probe.cure for probe in probes)

    # Webhooks

    def test_unsigned_webhook_is_refused(self, plugin: Plugin[Any]) -> None:
        self.needs(Capability.WEBHOOK)
        with pytest.raises(SignatureInvalid):
            plugin.parse_webhook(WebhookRequest({"content-type": "application/json"}, b'{"id": 15}'))

    def test_changed_byte_breaks_the_signature(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.WEBHOOK)
        signed = self.sign(sandbox, b'{"id": 15}')
        with pytest.raises(SignatureInvalid):
            plugin.parse_webhook(WebhookRequest(signed.headers, signed.body + b" ", signed.query))

    @pytest.mark.parametrize("name", HOSTILE_BODIES)
    def test_hostile_body_unsigned_changes_nothing(self, plugin: Plugin[Any], name: str) -> None:
        self.needs(Capability.WEBHOOK)
        with pytest.raises(InvalidInput):
            plugin.parse_webhook(WebhookRequest({"content-type": "application/json"}, HOSTILE_BODIES[name]))

    @pytest.mark.parametrize("name", HOSTILE_BODIES)
    def test_hostile_body_signed_is_invalid_input(self, sandbox: VendorSandbox, plugin: Plugin[Any], name: str) -> None:
        self.needs(Capability.WEBHOOK)
        with pytest.raises(InvalidInput):
            plugin.parse_webhook(self.sign(sandbox, HOSTILE_BODIES[name]))

    # Polling and fetching

    def test_poll_finds_a_new_order_once(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.POLL)
        order_ref = sandbox.place_order()
        first = plugin.poll(None)
        assert order_ref in [event.order_ref for event in first.events]
        again = plugin.poll(json.loads(json.dumps(first.cursor)))
        assert not [event for event in again.events if event.id in {seen.id for seen in first.events}]

    def test_fetch_leaves_out_what_is_missing(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.FETCH)
        order_ref = OrderRef(sandbox.place_order())
        document = plugin.manifest.documents[0]
        found = plugin.fetch_orders([order_ref, OrderRef("987654321"), OrderRef("no-such-order")], document)
        assert set(found) == {order_ref}

    def test_fetch_of_nothing_is_nothing(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.FETCH)
        sandbox.place_order()
        assert not plugin.fetch_orders([], plugin.manifest.documents[0])

    def test_fetch_from_a_vendor_that_is_down_is_an_error_of_the_sdk(
        self, sandbox: VendorSandbox, plugin: Plugin[Any]
    ) -> None:
        self.needs(Capability.FETCH)
        order_ref = OrderRef(sandbox.place_order())
        sandbox.stop()
        with pytest.raises(ConnectorError):
            plugin.fetch_orders([order_ref], plugin.manifest.documents[0])

    @pytest.mark.parametrize("ref", HOSTILE_REFS)
    def test_reference_that_is_none_finds_nothing(self, sandbox: VendorSandbox, plugin: Plugin[Any], ref: str) -> None:
        self.needs(Capability.FETCH)
        sandbox.place_order()
        assert not plugin.fetch_orders([OrderRef(ref)], plugin.manifest.documents[0])

    # Listening

    def test_listen_tells_of_a_new_order_and_ends_with_close(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.STREAM)
        heard: SimpleQueue[OrderRef] = SimpleQueue()
        listening = threading.Event()

        def hear() -> None:
            for page in plugin.listen(None):
                listening.set()
                for event in page.events:
                    heard.put(event.order_ref)

        thread = threading.Thread(target=hear, daemon=True)
        thread.start()
        assert listening.wait(30), "no page within 30 seconds, not even an empty one"
        order_ref = sandbox.place_order()
        assert heard.get(timeout=30) == order_ref
        plugin.close()
        thread.join(10)
        assert not thread.is_alive(), "listen goes on after close"

    # A vendor in trouble

    @pytest.mark.parametrize("kind", FAULTS)
    def test_poll_through_a_fault_loses_nothing(
        self, sandbox: VendorSandbox, plugin: Plugin[Any], kind: FaultKind
    ) -> None:
        self.needs(Capability.POLL)
        order_ref = sandbox.place_order()
        sandbox.arm(kind)
        with pytest.raises(RetryLater):
            plugin.poll(None)
        assert order_ref in [event.order_ref for event in plugin.poll(None).events]

    @pytest.mark.parametrize("kind", FAULTS)
    def test_fetch_through_a_fault_is_an_error_and_never_a_missing_order(
        self, sandbox: VendorSandbox, plugin: Plugin[Any], kind: FaultKind
    ) -> None:
        self.needs(Capability.FETCH)
        order_ref, document = OrderRef(sandbox.place_order()), plugin.manifest.documents[0]
        sandbox.arm(kind)
        with pytest.raises(RetryLater):
            plugin.fetch_orders([order_ref], document)
        assert set(plugin.fetch_orders([order_ref], document)) == {order_ref}

    @pytest.mark.parametrize("kind", FAULTS)
    @pytest.mark.parametrize("nth", range(_CALLS_OF_A_WRITE_BACK))
    def test_write_back_through_a_fault_at_any_call_books_once(
        self, sandbox: VendorSandbox, plugin: Plugin[Any], kind: FaultKind, nth: int
    ) -> None:
        """The fault strikes the nth call. A fault that no call met any more proves nothing, and does no harm."""
        self.needs(Capability.WRITE_BACK)
        order_ref = OrderRef(sandbox.place_order())
        plugin.check()  # whatever a plugin asks once, it has asked
        sandbox.arm(kind, after=nth)
        assert self._until_booked(plugin, order_ref) in (WriteBackOutcome.DONE, WriteBackOutcome.ALREADY)
        assert len(sandbox.paid_orders()[order_ref]) == 1

    def _until_booked(self, plugin: Plugin[Any], order_ref: OrderRef) -> WriteBackOutcome:
        """As the core does it: what was not answered is done again."""
        for _ in range(4):
            try:
                (result,) = plugin.write_back([self.update(order_ref)])
            except (RetryLater, OutcomeUnknown):
                continue
            if result.outcome is not WriteBackOutcome.RETRY:
                return result.outcome
        return WriteBackOutcome.RETRY

    # Write-back

    def test_write_back_books_once(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.WRITE_BACK)
        order_ref = OrderRef(sandbox.place_order())
        first = plugin.write_back([self.update(order_ref)])
        second = plugin.write_back([self.update(order_ref)])
        assert [result.outcome for result in (*first, *second)] == [WriteBackOutcome.DONE, WriteBackOutcome.ALREADY]
        assert len(sandbox.paid_orders()[order_ref]) == 1

    def test_write_back_answers_for_each_update_in_turn(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.WRITE_BACK)
        missing, present = OrderRef("987654321"), OrderRef(sandbox.place_order())
        results = plugin.write_back([self.update(missing), self.update(present)])
        assert [result.outcome for result in results] == [WriteBackOutcome.REFUSED, WriteBackOutcome.DONE]
        assert results[0].message
        assert results[0].cure

    def test_write_back_to_a_vendor_that_is_down_comes_again(self, sandbox: VendorSandbox, plugin: Plugin[Any]) -> None:
        self.needs(Capability.WRITE_BACK)
        order_ref = OrderRef(sandbox.place_order())
        sandbox.stop()
        try:
            results = plugin.write_back([self.update(order_ref)])
        except ConnectorError:
            return
        assert [result.outcome for result in results] == [WriteBackOutcome.RETRY]
