"""One WhatsApp sender: its number, its secrets and its templates."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, field_validator

from connector_core.adapters.channels.texts import BODY_LINK_SUFFIX, LANGUAGES, TEMPLATE_NAMES
from connector_core.domain.message import Purpose

DEFAULT_GRAPH_VERSION = "v25.0"
"""The version with the longest known life (reference/messaging.md A1)."""

GRAPH_VERSION_ENDS: Mapping[str, date] = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
"""When Meta switches a version off (reference/messaging.md A1); newer ones have no date yet."""

_HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$")]


class WhatsAppAccount(BaseModel):
    """Two `app_secrets` let one be replaced without a gap. A link that begins with `pay_url_base` goes into the button,
    any other one into the body of the template with the suffix ``_link``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    name: str = "whatsapp"
    phone_number_id: str = Field(
        min_length=1,
        pattern=r"^\d+$",
        description="The sending number's id (not the number): Meta app, WhatsApp, API Setup.",
        examples=["106540352242922"],
    )
    waba_id: str = Field(
        min_length=1,
        pattern=r"^\d+$",
        description="The id of the WhatsApp Business Account, from the same page.",
        examples=["102290129340398"],
    )
    access_token: SecretStr = Field(
        description="A system user's token with whatsapp_business_messaging and whatsapp_business_management.",
        examples=["EAAG0123456789abcdef"],
    )
    app_secrets: tuple[SecretStr, ...] = Field(
        min_length=1,
        max_length=2,
        description="The Meta app's secret: App settings, Basic. A second one is accepted while it is being changed.",
        examples=[["0123456789abcdef0123456789abcdef"]],
    )
    verify_token: SecretStr = Field(
        description="A word of your own, entered at Meta beside the webhook's address.", examples=["weinhaus-7f3a"]
    )
    graph_url: _HttpUrl = Field(
        default="https://graph.facebook.com",
        description="The server of the Graph API; another one for a sandbox or a proxy.",
        examples=["https://graph.facebook.com"],
    )
    graph_version: str = Field(
        default=DEFAULT_GRAPH_VERSION,
        pattern=r"^v\d{1,3}\.\d$",
        description="The version of the Graph API; `paylink check` warns 60 days before Meta switches it off.",
        examples=[DEFAULT_GRAPH_VERSION],
    )
    templates: Mapping[Purpose, str] = Field(
        default=TEMPLATE_NAMES,
        description="Template names of your own, by purpose; a purpose that is left out keeps its name.",
        examples=[{"paylink": "weinhaus_paylink"}],
    )
    languages: tuple[str, ...] = Field(
        default=LANGUAGES,
        min_length=1,
        description="WhatsApp's codes of the languages in which every template exists.",
        examples=[["de", "en"]],
    )
    pay_url_base: str = Field(
        default="",
        description="How every PayLink of your PSP begins. A link that does becomes a button, any other one stands in "
        "the text. Empty: always in the text.",
        examples=["https://secure.lyra.com/t/"],
    )

    @field_validator("access_token", "verify_token")
    @classmethod
    def _not_empty(cls, secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().strip():
            raise ValueError("is empty")
        return secret

    @field_validator("app_secrets")
    @classmethod
    def _none_empty(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        """An empty secret would let anybody sign."""
        for secret in secrets:
            cls._not_empty(secret)
        return secrets

    @field_validator("pay_url_base")
    @classmethod
    def _is_address(cls, base: str) -> str:
        if base:
            AnyHttpUrl(base)
        return base

    def graph(self, path: str) -> str:
        """The address of a Graph object or edge."""
        return f"{self.graph_url.rstrip('/')}/{self.graph_version}/{path}"

    def template(self, purpose: Purpose, *, link_in_body: bool) -> str:
        """The name of a purpose's template."""
        name = self.templates.get(purpose, TEMPLATE_NAMES[purpose])
        return name + BODY_LINK_SUFFIX if link_in_body else name

    def button_suffix(self, url: str) -> str:
        """The part of a link that goes into the template's button; empty when the link does not fit it."""
        if not self.pay_url_base or not url.startswith(self.pay_url_base):
            return ""
        return url[len(self.pay_url_base) :]
