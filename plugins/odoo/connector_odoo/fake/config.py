"""How a demo Odoo is set up."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FakeOdooConfig:
    """`version` chooses dialect, fields and states as recorded of 16 and 19; the years between as their source says.

    `password` opens ``/jsonrpc`` as `api_key` does. `addon` installs the batch method `record_payments`. Documents are
    announced to `webhook_url` as the addon does it, after `delivery_delay` seconds, and again after each of
    `retry_seconds` until they are taken. `base_path` puts Odoo behind a proxy's path. A call takes `latency_seconds`.
    """

    version: int = 19
    database: str = "demo"
    login: str = "paylink"
    api_key: str = "0123456789abcdef0123456789abcdefsandbox0"
    password: str = "sandbox-password"  # noqa: S105 - opens a fake on localhost only
    webhook_secret: str = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDEyMw=="  # noqa: S105 - opens a fake on localhost only
    webhook_url: str = ""
    name: str = "Demo Odoo"
    base_path: str = ""
    addon: bool = False
    delivery_delay: float = 0.02
    retry_seconds: tuple[float, ...] = (0.3, 0.6, 1.0, 2.0, 5.0)
    latency_seconds: float = 0.0
    seed: int | None = None
