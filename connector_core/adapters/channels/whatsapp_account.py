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
    """`phone_number_id` sends, `waba_id` owns the templates. Two `app_secrets` let one be replaced without a gap.

    `templates` names the template of each purpose, `languages` are WhatsApp's codes in which all of them exist.
    `pay_url_base` is the fixed part of the button's address: a link that begins with it goes into the button, any other
    one into the body of the template with the suffix ``_link``. Empty: always into the body.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "whatsapp"
    phone_number_id: str = Field(min_length=1, pattern=r"^\d+$")
    waba_id: str = Field(min_length=1, pattern=r"^\d+$")
    access_token: SecretStr
    app_secrets: tuple[SecretStr, ...] = Field(min_length=1, max_length=2)
    verify_token: SecretStr
    graph_url: _HttpUrl = "https://graph.facebook.com"
    graph_version: str = Field(default=DEFAULT_GRAPH_VERSION, pattern=r"^v\d{1,3}\.\d$")
    templates: Mapping[Purpose, str] = TEMPLATE_NAMES
    languages: tuple[str, ...] = Field(default=LANGUAGES, min_length=1)
    pay_url_base: str = ""

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
