"""A messenger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from connector_core.domain.message import InboundMessage, MessageStatus, Purpose
from connector_core.domain.money import Money
from connector_core.domain.phone import E164
from connector_core.sdk.check import Probe


@dataclass(frozen=True, slots=True)
class MessageAsk:
    """One message to send. `attempt_id` is opaque and comes back in status reports; `url` is empty for a receipt."""

    attempt_id: str
    purpose: Purpose
    to: E164
    language: str
    shop: str
    reference: str
    amount: Money
    name: str = ""
    email: str = ""
    """Of the buyer, where the order has one: for senders of e-mails."""
    url: str = ""
    window_open: bool = False
    """The buyer wrote in the last 24 hours, so free text is allowed (reference/messaging.md A3)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The channel took the message over; that is not delivery."""

    provider_id: str
    detail: str = ""


class Channel(Protocol):
    """One sender. Raises the errors of `connector_core.domain.errors`; `Unreachable` means: try another channel."""

    name: str
    reports: bool
    """Whether it tells by webhook what has become of a message."""

    async def send(self, ask: MessageAsk) -> Accepted: ...

    def read_webhook(
        self, headers: Mapping[str, str], body: bytes
    ) -> tuple[Sequence[MessageStatus], Sequence[InboundMessage]]:
        """Verifies the signature over the raw bytes, then parses. Header names come in lower case; no I/O."""
        ...

    def handshake(self, query: Mapping[str, str]) -> str:
        """The text to answer when the channel verifies our address. Raises `SignatureInvalid`."""
        ...

    async def check(self) -> Sequence[Probe]: ...

    async def close(self) -> None: ...
