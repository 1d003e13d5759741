"""One sender of e-mails: the merchant's own mail server, and who the mails come from."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

_Address = Annotated[str, Field(pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$")]
_HERE = ("localhost", "127.0.0.1", "::1")


class EmailAccount(BaseModel):
    """Mails go out by SMTP. Without encryption no password is sent, except on this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    name: str = "email"
    host: str = Field(
        description="The mail server that takes outgoing mails (SMTP).", examples=["smtp.example.com"], min_length=1
    )
    port: int = Field(
        default=587, ge=1, le=65_535, description="Its port: 587 for starttls, 465 for tls.", examples=[587]
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls: encrypted after the greeting; tls: from the first byte; none: only for a server on this "
        "machine or without a password.",
        examples=["starttls"],
    )
    username: str = Field(default="", description="Empty: the server asks for no login.", examples=["paylink"])
    password: SecretStr | None = Field(
        default=None, description="Belongs to the username.", examples=["0123456789abcdef"]
    )
    sender: _Address = Field(
        description="The address that mails come from. Its domain must allow your server to send for it (SPF, DKIM).",
        examples=["payments@shop.example.com"],
    )
    reply_to: _Address | None = Field(
        default=None,
        description="Where answers of buyers go; empty: to the sender.",
        examples=["hello@shop.example.com"],
    )
    ca_file: str | None = Field(
        default=None,
        description="A PEM file, for a server whose certificate was issued inside the company.",
        examples=["/etc/ssl/company-ca.pem"],
    )

    @model_validator(mode="after")
    def _keeps_its_password(self) -> "EmailAccount":
        if bool(self.username) != (self.password is not None):
            raise ValueError("give username and password together, or neither of them")
        if self.password is not None and self.security == "none" and self.host not in _HERE:
            raise ValueError("a password goes only over an encrypted connection: set security to starttls or tls")
        return self
