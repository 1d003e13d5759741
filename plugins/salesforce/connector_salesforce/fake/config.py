"""How a demo Salesforce is set up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FakeSalesforceConfig:
    """`package` installs the fields ``PayLink_*__c`` and the object ``PayLink_Payment__c``; `multicurrency` gives
    records a ``CurrencyIsoCode``. Queries answer `page_size` records a page. A call takes `latency_seconds`. A
    stream without events is told so every `keepalive_seconds`.
    """

    client_id: str = "3MVG9sandboxsandboxsandboxsandboxsandbox00000000000000000000"
    client_secret: str = "5A4D0SANDBOX0SANDBOX0SANDBOX0SANDBOX0SANDBOX0SANDBOX"  # noqa: S105 - opens a fake on localhost only
    name: str = "Demo Salesforce"
    package: bool = True
    multicurrency: bool = False
    page_size: int = 2000
    daily_calls: int = 15_000
    latency_seconds: float = 0.0
    keepalive_seconds: float = 1.0
    seed: int | None = None
