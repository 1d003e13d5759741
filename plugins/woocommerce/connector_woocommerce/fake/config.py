"""How a demo shop is set up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FakeShopConfig:
    """`secure` behaves as if PHP saw https: Basic is taken, and OAuth is not looked at (reference/woocommerce.md 3).

    `delivery_delay` is the time in seconds until webhooks go out; a real shop needs about a minute. An API call takes
    `latency_seconds`.
    """

    consumer_key: str = "ck_sandbox00000000000000000000000000000000"
    consumer_secret: str = "cs_sandbox00000000000000000000000000000000"  # noqa: S105 - opens a fake on localhost only
    webhook_secret: str = "whsecsandbox0123456789"  # noqa: S105 - as above
    webhook_url: str = ""
    name: str = "Demo Shop"
    secure: bool = False
    writable: bool = True
    delivery_delay: float = 0.05
    latency_seconds: float = 0.0
    first_order: int = 1001
    seed: int | None = None
