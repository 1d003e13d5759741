"""What an administrator sets for one Odoo database."""

import base64
import binascii
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from connector_core.sdk.settings import CaFile, CallTimeout, PollLookback, PollOverlap

SECRET_PREFIX = "whsec_"  # noqa: S105 - how Standard Webhooks marks a secret


def _base_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("give Odoo's address with https:// in front, such as https://odoo.example")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("give the bare address of Odoo, without user, password, ? and #")
    if any(part in ("web", "jsonrpc", "json", "xmlrpc") for part in parts.path.split("/")):
        raise ValueError("leave out /web, /jsonrpc and what follows it")
    return url.rstrip("/")


class OdooSettings(BaseModel):
    """One database of one Odoo server. The user needs an e-mail address and the groups of reference/odoo.md 4."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_base_address)] = Field(
        title="Odoo address",
        description="The address at which users open Odoo; a path before /web belongs to it.",
        examples=["https://odoo.example"],
    )
    database: str = Field(
        title="Database",
        description="The name of the database, as the login page or the address of Odoo Online shows it.",
        examples=["merchant"],
        min_length=1,
    )
    login: str = Field(
        title="Login",
        description="The login of the user that the connector works as. Make one for it alone, with an e-mail address.",
        examples=["paylink@shop.example"],
        min_length=1,
    )
    password: SecretStr = Field(
        title="API key",
        description="Made by that user under Preferences > Account Security. Up to Odoo 21 its password works too.",
        examples=["0123456789abcdef0123456789abcdef01234567"],
        min_length=4,
    )
    webhook_secrets: tuple[SecretStr, ...] = Field(
        title="Webhook secrets",
        description="The secret of the PayLink addon in Odoo; a second one is accepted while it is being changed.",
        examples=[["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="]],
        min_length=1,
        max_length=2,
    )
    webhook_token: SecretStr | None = Field(
        default=None,
        title="Token in the webhook address",
        description="Only for automation rules of Odoo 17 and later without the addon, which sign nothing: they "
        "deliver to the webhook address with ?token= and this text behind it.",
        examples=["0123456789abcdef0123456789abcdef"],
        min_length=24,
    )
    ask_for: Literal["orders", "invoices"] = Field(
        default="orders",
        title="What buyers are asked for",
        description="orders: confirmed sale orders, and invoices that no open order stands for. "
        "invoices: posted invoices only.",
        examples=["orders"],
    )
    companies: tuple[int, ...] = Field(
        default=(),
        title="Companies",
        description="Ids of the companies whose documents are taken; empty: all that the user may see.",
        examples=[[1]],
    )
    journal: str = Field(
        default="",
        title="Journal",
        description="Short code or id of the bank or cash journal for payments; empty: the company's only one.",
        examples=["BNK1"],
    )
    notes: bool = Field(
        default=True,
        title="Notes in the chatter",
        description="Whether an internal note about each payment is written to the document. Nobody is mailed.",
        examples=[True],
    )
    poll_overlap_seconds: PollOverlap = 300
    poll_lookback_hours: PollLookback = 24
    timeout_seconds: CallTimeout = Field(
        default=45.0,
        description="Odoo sends mails inside of the call that posts a payment, and its first call after a start takes "
        "seconds: 30 and more are wise.",
    )
    ca_file: CaFile = None

    @field_validator("webhook_secrets")
    @classmethod
    def _standard_webhooks(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in secrets:
            if not 24 <= len(secret_bytes(secret.get_secret_value())) <= 64:
                raise ValueError(
                    "take the secret that the addon's settings show: whsec_ and 24 to 64 random bytes in base64"
                )
        return secrets


def secret_bytes(secret: str) -> bytes:
    """The key behind ``whsec_`` and base64; empty when it is none."""
    if not secret.startswith(SECRET_PREFIX):
        return b""
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""
