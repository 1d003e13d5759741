"""The settings of one Lyra account: one shop of one brand in one of Lyra's two worlds."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

BRANDS = {
    "lyra": "https://api.lyra.com",
    "payzen": "https://api.payzen.eu",
    "systempay": "https://api.systempay.fr",
    "sogecommerce": "https://api-sogecommerce.societegenerale.eu",
    "clicandpay": "https://api-clicandpay.groupecdn.fr",
    "osb": "https://api.secure.osb.pf",
    "payzen-latam": "https://api.payzen.lat",
    "payzen-brazil": "https://api.payzen.com.br",
    "micuentaweb": "https://api.micuentaweb.pe",
    "payty": "https://api.payty.com",
    "scellius": "https://api-scellius.labanquepostale.fr",
}
"""REST API server of each brand (reference/lyra.md 1.2). The Back Office shows it as "REST API server name"."""

_PREFIX = {"TEST": "prodpassword_", "PRODUCTION": "testpassword_"}
"""How a password of the other world begins: the key selects the world, the address is the same for both (1.1)."""


class LyraAccount(BaseModel):
    """The first of `passwords` signs our calls; a second one, the old, is still accepted under notifications while keys
    are changed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    name: str = Field(min_length=1)
    shop_id: str = Field(
        pattern=r"^\d{8}$",
        description="The shop's number: Back Office, Settings, Shop, REST API keys.",
        examples=["12345678"],
    )
    passwords: tuple[SecretStr, ...] = Field(
        min_length=1,
        max_length=2,
        description="The REST password, from the same page. While it is being changed: the new one, then the old one.",
        examples=[["testpassword_0123456789abcdef"]],
    )
    mode: Literal["TEST", "PRODUCTION"] = Field(
        default="TEST",
        description="Which of Lyra's two worlds; each has a password of its own.",
        examples=["PRODUCTION"],
    )
    brand: str = Field(
        default="lyra",
        description=f"The brand of the Back Office: {', '.join(f'`{brand}`' for brand in BRANDS)}.",
        examples=["payzen"],
    )
    api_url: str = Field(
        default="",
        description="The REST API server, when it is not the brand's own.",
        examples=["https://api.lyra.com"],
    )
    ipn_url: str = Field(
        default="",
        description="Where Lyra sends notifications; empty: `public_url` followed by `/psp/NAME/notifications`.",
        examples=["https://pay.example.com/psp/main/notifications"],
    )
    total_seconds: float = Field(
        default=30.0, gt=0, le=45, description="Time limit of a call (seconds).", examples=[30]
    )
    connections: int = Field(default=100, ge=1, le=1000, description="Calls to Lyra at one time.", examples=[100])

    @property
    def peer(self) -> str:
        """The account's name in sentences."""
        return f"Lyra account {self.name}"

    @property
    def server(self) -> str:
        """Scheme and host of the REST API, without a slash at the end."""
        return (self.api_url or BRANDS[self.brand]).rstrip("/")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.brand not in BRANDS:
            raise ValueError(f"brand {self.brand!r} is not known; one of {', '.join(sorted(BRANDS))}")
        for name, url in (("api_url", self.api_url), ("ipn_url", self.ipn_url)):
            if url and not _safe(url):
                raise ValueError(f"{name} must begin with https:// (http:// only on this host itself)")
        if any(len(password.get_secret_value()) < 8 for password in self.passwords):
            raise ValueError("a REST password is missing or too short to be one")
        if any(password.get_secret_value().startswith(_PREFIX[self.mode]) for password in self.passwords):
            raise ValueError(
                f"mode is {self.mode} but a password begins with {_PREFIX[self.mode]}; "
                "take the other password from the Back Office or change the mode"
            )
        return self


def _safe(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    )
