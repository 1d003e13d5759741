"""What a sandbox shop is set to, as a merchant would set it in Lyra's Back Office."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True)
class LyraConfig:
    """One TEST shop.

    `public_url` goes into payment URLs when buyers reach the sandbox under another address than the API client.
    `retry_seconds` are the pauses between the attempts of one notification. `attempts` is how often a card may be
    refused before the link closes (reference/lyra.md 7, point 3). `cancelled_status` may be set to Lyra's other
    spelling, CANCELED (7, point 2). A transaction is AUTHORISED until `POST /_sandbox/capture`, or CAPTURED at once
    with `capture_at_once`. The three `notify_*` are the shop's notification rules (3.2, and 7 point 11). An API call
    takes `latency_seconds`, half of it on the way there.
    """

    shop_id: str
    test_password: str = field(repr=False)
    hmac_key: str = field(repr=False)
    ipn_url: str
    public_url: str = ""
    retry_seconds: tuple[float, ...] = (1.0, 5.0, 30.0)
    shop_name: str = "Musterladen"
    validity: timedelta = timedelta(days=7)
    attempts: int = 3
    session: timedelta = timedelta(minutes=10)
    capture_at_once: bool = False
    cancelled_status: str = "CANCELLED"
    notify_payments: bool = True
    notify_abandons: bool = False
    notify_refunds: bool = True
    ipn_timeout_seconds: float = 30.0
    latency_seconds: float = 0.0
