"""What an administrator sets for one Acme account."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class AcmeSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        title="Address", description="Where your Acme answers, without /api.", examples=["https://acme.example"]
    )
    api_secret: SecretStr = Field(
        title="API secret",
        description="From Acme > Settings > API, with the rights to read orders and to book payments.",
        examples=["acme_0123456789abcdef"],
        min_length=8,
    )
    webhook_secret: SecretStr = Field(
        title="Webhook secret",
        description="The secret under which Acme signs what it sends to us.",
        examples=["0123456789abcdef"],
        min_length=16,
    )
