"""What an administrator sets for one WooCommerce shop."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from connector_core.sdk.settings import CaFile, CallTimeout, PollLookback, PollOverlap


def _base_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("give the shop's address with https:// in front, such as https://shop.example")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("give the bare address of the shop, without user, password, ? and #")
    if "/wp-json" in parts.path:
        raise ValueError("leave out /wp-json and what follows it")
    return url.rstrip("/")


def _no_address_or_https(url: str) -> str:
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("give the whole address with https:// in front")
    return url


class WooCommerceSettings(BaseModel):
    """One shop. The key belongs to a WordPress user, whose rights decide too (reference/woocommerce.md 3)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_base_address)] = Field(
        title="Shop address",
        description="The address of the WordPress site, as it stands in Settings > General.",
        examples=["https://shop.example"],
    )
    consumer_key: SecretStr = Field(
        title="Consumer key",
        description="From WooCommerce > Settings > Advanced > REST API, with the permission Read/Write.",
        examples=["ck_0123456789abcdef0123456789abcdef01234567"],
        min_length=4,
    )
    consumer_secret: SecretStr = Field(
        title="Consumer secret",
        description="Shown once, together with the consumer key.",
        examples=["cs_0123456789abcdef0123456789abcdef01234567"],
        min_length=4,
    )
    webhook_secrets: tuple[SecretStr, ...] = Field(
        title="Webhook secrets",
        description="The secret of the shop's webhooks; a second one is accepted while it is being changed.",
        examples=[["whsec_0123456789abcdef"]],
        min_length=1,
        max_length=2,
    )
    webhook_url: Annotated[str, AfterValidator(_no_address_or_https)] = Field(
        default="",
        title="Webhook address",
        description="Where the shop delivers to, as entered there. With it the check looks for exactly these webhooks.",
        examples=["https://pay.shop.example/webhooks/woo-main"],
    )
    auth: Literal["auto", "basic", "oauth1", "query"] = Field(
        default="auto",
        title="Authentication",
        description="auto: Basic over https, OAuth 1.0a over http. query: for hosts that drop the Authorization "
        "header; the secret then stands in the host's access logs.",
        examples=["auto"],
    )
    paid_status: str = Field(
        default="auto",
        title="Status of a paid order",
        description="auto: processing, or completed where nothing needs to be sent. Else the slug of a status.",
        examples=["processing"],
        pattern=r"^[a-z0-9-]{1,20}$",
    )
    late_payment: Literal["book", "refuse"] = Field(
        default="book",
        title="Payment of a cancelled order",
        description="book: the order becomes paid again. refuse: it stays cancelled and a person decides.",
        examples=["book"],
    )
    notes: bool = Field(
        default=True,
        title="Order notes",
        description="Whether a private note about each payment is written to the order.",
        examples=[True],
    )
    poll_overlap_seconds: PollOverlap = 300
    poll_lookback_hours: PollLookback = 24
    timeout_seconds: CallTimeout = Field(
        default=45.0,
        description="WooCommerce sends its e-mails inside the call that marks an order as paid: 30 and more are wise.",
    )
    ca_file: CaFile = None

    @field_validator("webhook_secrets")
    @classmethod
    def _survives_wordpress(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in secrets:
            if not re.fullmatch(r"[A-Za-z0-9_-]{16,128}", secret.get_secret_value()):
                raise ValueError(
                    "take 16 to 128 letters and digits: WordPress changes other characters before it signs"
                )
        return secrets
