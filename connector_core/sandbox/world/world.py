"""Everything that an order meets on its way, started and stopped together."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connector_core.sandbox.lyra import LyraConfig, LyraSandbox
from connector_core.sandbox.whatsapp import Template, WhatsAppConfig, WhatsAppSandbox
from connector_core.sandbox.world.config import Credentials, toml
from connector_core.sandbox.world.daemon import DaemonProcess, free_port
from connector_core.sdk.testing.vendor import SandboxFactory, VendorSandbox

HOST = "127.0.0.1"
SHOP_NAME = "Weinhaus Mosel"
CONNECTION = "shop"
_PORTS = {"daemon": 8180, "lyra": 8181, "phone": 8182, "shop": 8183}


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """`folder` keeps the configuration, the database and the log. `templates` are those of WhatsApp's account, made for
    the address that the buttons begin with. `fixed_ports` tries to have the same addresses every time. Each call of a
    peer takes `latency` seconds. `retry_seconds` are the pauses after which peers repeat a webhook that was not taken;
    empty: the sandboxes' own. `environment` is what the daemon's first start sees of `PAYLINK_*`.
    """

    folder: Path
    plugin: str
    vendor: SandboxFactory
    templates: Callable[[str], tuple[Template, ...]]
    broker: str = ""
    database: str = ""
    fixed_ports: bool = False
    timing: Mapping[str, str] = field(default_factory=dict)
    poll_every: str = "5s"
    latency: float = 0.0
    retry_seconds: tuple[float, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs, as a browser on this machine opens them."""

    shop: str
    phone: str
    lyra: str
    daemon: str


class World:
    """An async context manager: inside it everything runs, and the daemon is ready."""

    def __init__(self, options: WorldOptions) -> None:
        self._options = options
        self._credentials = Credentials()
        self._stack = AsyncExitStack()
        self.config_file = options.folder / "paylink.toml"
        self.lyra: LyraSandbox
        self.phone: WhatsAppSandbox
        self.shop: VendorSandbox
        self.daemon: DaemonProcess
        self.addresses: Addresses

    async def __aenter__(self) -> Self:
        async with self._stack as stack:
            self._options.folder.mkdir(parents=True, exist_ok=True)
            daemon_url = f"http://{HOST}:{self._port('daemon')}"
            lyra_url = await self._start_lyra(stack, f"{daemon_url}/psp/main/notifications")
            phone_url = await self._start_phone(stack, f"{lyra_url}/t/")
            shop = {"name": SHOP_NAME, "latency_seconds": str(self._options.latency)}
            self.shop = await asyncio.to_thread(self._options.vendor, HOST, self._port("shop"), shop)
            stack.callback(self.shop.stop)
            self.addresses = Addresses(self.shop.url, phone_url, lyra_url, daemon_url)
            self._write_config()
            self.daemon = DaemonProcess(self.config_file, daemon_url)
            stack.push_async_callback(self.daemon.stop)
            await self.daemon.start(**self._options.environment)
            self.phone.webhook_url = f"{daemon_url}/channels/whatsapp/webhook"
            self.shop.set_webhook_url(f"{daemon_url}/webhooks/{CONNECTION}")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _start_lyra(self, stack: AsyncExitStack, ipn_url: str) -> str:
        ours = self._credentials
        config = LyraConfig(
            ours.lyra_shop, ours.lyra_password, ours.lyra_hmac_key, ipn_url, shop_name=SHOP_NAME,
            latency_seconds=self._options.latency,
        )  # fmt: skip
        again = self._options.retry_seconds or config.retry_seconds
        self.lyra = LyraSandbox(replace(config, retry_seconds=again))
        url = await self.lyra.start(HOST, self._port("lyra"))
        stack.push_async_callback(self.lyra.stop)
        return url

    async def _start_phone(self, stack: AsyncExitStack, pay_url_base: str) -> str:
        ours = self._credentials
        config = WhatsAppConfig(
            access_token=ours.whatsapp_token,
            phone_number_id=ours.phone_number,
            waba_id=ours.business,
            app_secret=ours.whatsapp_secret,
            verify_token=ours.whatsapp_verify,
            templates=self._options.templates(pay_url_base),
            business_name=SHOP_NAME,
            latency_seconds=self._options.latency,
        )
        again = self._options.retry_seconds or config.retry_seconds
        self.phone = WhatsAppSandbox(replace(config, retry_seconds=again))
        url = await self.phone.start(HOST, self._port("phone"))
        stack.push_async_callback(self.phone.stop)
        return url

    def _port(self, name: str) -> int:
        return free_port(_PORTS[name] if self._options.fixed_ports else 0)

    def _write_config(self) -> None:
        self.config_file.touch(mode=0o600)
        self.config_file.write_text(toml(self._config()) + "\n", encoding="utf-8")

    def _config(self) -> dict[str, Any]:
        ours, where, options = self._credentials, self.addresses, self._options
        host, _, port = where.daemon.removeprefix("http://").partition(":")
        return {
            "database": options.database or f"sqlite:///{(options.folder / 'paylink.db').absolute()}",
            "broker": options.broker,
            "host": host,
            "port": int(port),
            "public_url": where.daemon,
            "timing": options.timing,
            "psp": {
                "main": {
                    "kind": "lyra",
                    "shop_id": ours.lyra_shop,
                    "passwords": [ours.lyra_password],
                    "api_url": where.lyra,
                }
            },
            "channels": {
                "whatsapp": {
                    "kind": "whatsapp",
                    "phone_number_id": ours.phone_number,
                    "waba_id": ours.business,
                    "access_token": ours.whatsapp_token,
                    "app_secrets": [ours.whatsapp_secret],
                    "verify_token": ours.whatsapp_verify,
                    "graph_url": where.phone,
                    "pay_url_base": f"{where.lyra}/t/",
                }
            },
            "shops": {"main": {"name": SHOP_NAME, "psp": "main", "channels": ["whatsapp"]}},
            "connections": {
                CONNECTION: {
                    "plugin": options.plugin,
                    "shop": "main",
                    "poll_every": options.poll_every,
                    **self.shop.settings(),
                }
            },
        }
