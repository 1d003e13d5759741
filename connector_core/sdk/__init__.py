"""What a plugin may import, and nothing else of ours. Versioned semantically: see `SDK_VERSION`."""

from connector_core.domain.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectorError,
    InvalidInput,
    MappingError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RetryLater,
    SignatureInvalid,
)
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.domain.money import Money, MoneyError
from connector_core.domain.order import OrderChange, OrderEvent, Record
from connector_core.domain.payment import WriteBackFact
from connector_core.sdk.check import Probe, ask_each
from connector_core.sdk.manifest import Capability, Manifest, load_manifest
from connector_core.sdk.plugin import (
    SDK_VERSION,
    OpenLink,
    Page,
    PaymentUpdate,
    Plugin,
    WebhookAnswer,
    WebhookRequest,
    WriteBackOutcome,
    WriteBackResult,
)

__all__ = [
    "SDK_VERSION",
    "AuthenticationError",
    "Capability",
    "ConfigurationError",
    "ConnectionId",
    "ConnectorError",
    "InvalidInput",
    "Manifest",
    "MappingError",
    "Money",
    "MoneyError",
    "NotFound",
    "OpenLink",
    "OrderChange",
    "OrderEvent",
    "OrderRef",
    "OutcomeUnknown",
    "Page",
    "PaymentUpdate",
    "Plugin",
    "Probe",
    "RateLimited",
    "Record",
    "Rejected",
    "RetryLater",
    "SignatureInvalid",
    "WebhookAnswer",
    "WebhookRequest",
    "WriteBackFact",
    "WriteBackOutcome",
    "WriteBackResult",
    "ask_each",
    "load_manifest",
]
