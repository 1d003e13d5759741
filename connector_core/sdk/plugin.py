"""The plugin contract: a manifest, a settings model and one class of plain synchronous Python."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.money import Money
from connector_core.domain.order import OrderEvent, Record
from connector_core.domain.payment import WriteBackFact
from connector_core.sdk.check import Probe
from connector_core.sdk.manifest import Manifest

SDK_VERSION = "1.0"
"""Version of this contract; a manifest states the range that the plugin was written for."""

SettingsT = TypeVar("SettingsT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One HTTP request to a connection's webhook address. Header names are lower case; `body` is raw."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """Order events to store, and what to answer once they are stored."""

    events: Sequence[OrderEvent] = ()
    status: int = 200
    body: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a poll: hints, the cursor to save once they are stored, and whether to ask again at once."""

    events: Sequence[OrderEvent]
    cursor: Any
    more: bool = False


@dataclass(frozen=True, slots=True)
class PaymentUpdate:
    """One fact for the source system, told exactly once.

    `id` marks what is ours; `amount` is the fact's own (one capture, one refund); `asked` is the request's amount and
    `captured` what has been captured in all; `psp_ref` the PSP's transaction id; `language` BCP 47 for notes.
    """

    id: str
    order_ref: OrderRef
    fact: WriteBackFact
    amount: Money
    asked: Money
    captured: Money
    psp_ref: str
    at: datetime
    method: str = ""
    url: str = ""
    language: str = "en"
    flag: str = ""


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A PayLink that the buyer can pay, for people who look into the source system. `id` is the same for the same link;
    `asked` is what it asks for, `at` when it was made.
    """

    id: str
    order_ref: OrderRef
    url: str
    asked: Money
    at: datetime
    language: str = "en"


class WriteBackOutcome(StrEnum):
    DONE = "done"
    ALREADY = "already"
    """The source system had it before this call (an earlier attempt of ours, or a person)."""
    REFUSED = "refused"
    """The source system will not take it; `message` says why, `cure` what to do."""
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class WriteBackResult:
    """What became of one update. `source_ref` is the source system's own id of the booking, where it has one."""

    id: str
    outcome: WriteBackOutcome
    message: str = ""
    cure: str = ""
    source_ref: str = ""


class Plugin(ABC, Generic[SettingsT]):
    """One configured connection. The core makes it with checked settings and calls it from a bounded thread pool.

    A method of a capability that the manifest does not declare is never called.
    """

    manifest: ClassVar[Manifest]
    Settings: ClassVar[type[BaseModel]]

    def __init__(self, connection: ConnectionId, settings: SettingsT) -> None:
        self.connection = connection
        self.settings = settings

    @abstractmethod
    def check(self) -> Sequence[Probe]:
        """One probe per declared capability, write permission included, each with its cure. Changes nothing."""

    def parse_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """WEBHOOK. Verifies the signature over the raw bytes, then parses; `SignatureInvalid`, `InvalidInput`."""
        raise NotImplementedError

    def poll(self, cursor: Any) -> Page:
        """POLL. `cursor` is None on the first call, later what the last page returned (JSON values)."""
        raise NotImplementedError

    def listen(self, cursor: Any) -> Iterator[Page]:
        """STREAM. Long-lived: a page as soon as something happened, and at least every 30 seconds an empty one, so that
        the core may end it. The cursor of a page is saved once its events are stored; `more` says nothing. It may end
        by itself, and begins again after a while. `close` ends it at once.
        """
        raise NotImplementedError

    def fetch_orders(self, refs: Sequence[OrderRef], document: str) -> Mapping[OrderRef, Record]:
        """FETCH. One batch; an order that is gone is left out."""
        raise NotImplementedError

    def write_back(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        """WRITE_BACK. One result per update; idempotent: reads before it writes and marks what is ours."""
        raise NotImplementedError

    def show_links(self, links: Sequence[OpenLink]) -> None:
        """Only where the manifest says `shows_links`. May be called twice with the same link; what the system will not
        show is left out.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Gives back what the plugin holds."""
