"""A vendor on localhost, as tests and the demo world see it without knowing which vendor it is."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from connector_core.domain.money import Money
from connector_core.sdk.manifest import Manifest
from connector_core.sdk.plugin import WebhookRequest
from connector_core.sdk.testing.faults import FaultKind


@dataclass(frozen=True, slots=True)
class BookedPayment:
    """One payment as the vendor booked it: twice in the list means booked twice."""

    psp_ref: str
    amount: Money


class VendorSandbox(Protocol):
    """A running fake of a merchant's system with a page at `url`. Methods may be called from any thread."""

    @property
    def url(self) -> str: ...

    def settings(self) -> dict[str, object]:
        """What belongs into a `[connections.<name>]` block to reach this fake, as plain JSON values."""
        ...

    def set_webhook_url(self, url: str) -> None:
        """From now on changes are announced there; an empty text ends that."""
        ...

    def sign(self, body: bytes) -> WebhookRequest:
        """`body` as this vendor would deliver it, validly signed; a vendor without webhooks need not be able to."""
        ...

    def place_order(self) -> str:
        """A new random order that waits for payment; its order reference."""
        ...

    def paid_orders(self) -> Mapping[str, Sequence[BookedPayment]]:
        """Order reference to the payments that the vendor has booked for it."""
        ...

    def ledger(self) -> dict[str, object]:
        """The vendor's own books, as JSON values."""
        ...

    def arm(
        self, kind: FaultKind | str, match: str = "", *, times: int = 1, seconds: float = 1.0, after: int = 0
    ) -> None:
        """The next call (or the one behind `after` others) meets this fault."""
        ...

    def stop(self) -> None: ...


SandboxFactory = Callable[[str, int, Mapping[str, str]], VendorSandbox]
"""`serve(host, port, options)`: starts the fake; port 0 takes a free one."""


def load_sandbox(manifest: Manifest) -> SandboxFactory:
    """The factory that the manifest's `sandbox` names as ``module:function``."""
    module, _, function = manifest.sandbox.partition(":")
    return cast(SandboxFactory, getattr(importlib.import_module(module), function))
