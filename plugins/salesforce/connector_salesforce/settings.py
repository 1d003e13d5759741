"""What an administrator sets for one Salesforce org."""

from datetime import date
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from connector_core.sdk import Money, MoneyError
from connector_core.sdk.settings import CaFile, CallTimeout, PollLookback, PollOverlap

_SHARED_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})


def _my_domain(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("give the org's address with https:// in front, such as https://acme.my.salesforce.com")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"):
        raise ValueError("give the bare address of the org, without user, password and what follows the first /")
    if host in _SHARED_HOSTS:
        raise ValueError("give the org's own address, as Setup > My Domain shows it, not the login page of all orgs")
    if host.endswith(".lightning.force.com"):
        raise ValueError("give the address that ends in .my.salesforce.com, as Setup > My Domain shows it")
    return f"{parts.scheme}://{parts.netloc}"


def _currency(code: str) -> str:
    try:
        return Money(0, code).currency
    except MoneyError as error:
        raise ValueError(str(error)) from None


class SalesforceSettings(BaseModel):
    """One org. Calls are made as the run-as user of an External Client App (reference/salesforce.md 2.1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_my_domain)] = Field(
        title="My Domain address",
        description="The address of the org, as Setup > My Domain shows it.",
        examples=["https://acme.my.salesforce.com"],
    )
    client_id: str = Field(
        title="Consumer key",
        description="Of the External Client App, under Settings > OAuth Settings.",
        examples=["3MVG9AbCdEf0123456789"],
        min_length=4,
    )
    client_secret: SecretStr = Field(
        title="Consumer secret",
        description="Shown beside the consumer key.",
        examples=["0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"],
        min_length=4,
    )
    currency: Annotated[str, AfterValidator(_currency)] = Field(
        default="EUR",
        title="Currency of the org",
        description="Used where orders name none, which is so unless the org has several currencies.",
        examples=["EUR"],
    )
    activated_since: date | None = Field(
        default=None,
        title="Orders activated since",
        description="Orders that were activated before this day (UTC) are never asked for; empty: only the first poll "
        "looks back no further than its setting says.",
        examples=["2026-12-01"],
    )
    extra_fields: tuple[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.]{0,79}$")], ...] = Field(
        default=(),
        title="Further fields",
        description="Fields of the order that a mapping of your own reads, a field of its account as Account.Name.",
        examples=[["GrandTotal__c", "Account.Language__c"]],
        max_length=50,
    )
    api_version: int = Field(
        default=66,
        ge=46,
        le=99,
        title="API version",
        description="Of Salesforce's REST API, before the dot; orgs keep old ones for years.",
        examples=[66],
    )
    stream: bool = Field(
        default=True,
        title="Orders at once",
        description="Whether Salesforce says that an order has changed, which needs Change Data Capture of the entity "
        "Order. Without it orders are found by polling.",
        examples=[True],
    )
    pubsub_endpoint: str = Field(
        default="api.pubsub.salesforce.com:7443",
        title="Address of the Pub/Sub API",
        description="api.deu.pubsub.salesforce.com:7443 for orgs whose events are processed in the EU.",
        examples=["api.pubsub.salesforce.com:7443"],
        min_length=3,
    )
    poll_overlap_seconds: PollOverlap = 600
    poll_lookback_hours: PollLookback = 24
    timeout_seconds: CallTimeout = Field(
        default=45.0,
        description="Salesforce waits some ten seconds for a record that somebody else has locked: 30 and more are "
        "wise.",
    )
    ca_file: CaFile = None
