"""Our daemon as shipped: `paylink run` with an ordinary configuration that points to the stub."""

import sys
from typing import Any

from benchmarks.order_job.order import CONNECTION
from benchmarks.order_job.surroundings import Surroundings
from connector_core.sandbox.world.config import toml
from connector_core.sandbox.world.daemon import free_port


def command(around: Surroundings) -> list[str]:
    """Writes the configuration; several daemons of one run share it but for their ports."""
    port = free_port()
    file = around.folder / f"paylink-{port}.toml"
    file.touch(mode=0o600)
    file.write_text(toml(_config(around, port)) + "\n", encoding="utf-8")
    return [sys.executable, "-m", "connector_core", "run", "--config", str(file)]


def _config(around: Surroundings, port: int) -> dict[str, Any]:
    return {
        "database": around.database,
        "broker": around.broker,
        "host": "127.0.0.1",
        "port": port,
        "public_url": "https://pay.example.com",
        "prefetch": around.in_flight,
        "log_level": "warning",
        "timing": {"link_trial": around.link_trial},
        "psp": {"main": _PSP | {"api_url": around.stub}},
        "channels": {"whatsapp": _SENDER | {"graph_url": around.stub}},
        "shops": {"main": {"name": "Weinhaus Mosel", "psp": "main", "channels": ["whatsapp"]}},
        "connections": {CONNECTION: _SHOP | {"url": around.stub}},
    }


_PSP = {"kind": "lyra", "shop_id": "12345678", "passwords": ["testpassword_bench"]}
_SENDER = {
    "kind": "whatsapp",
    "phone_number_id": "1",
    "waba_id": "2",
    "access_token": "bench",
    "app_secrets": ["bench"],
    "verify_token": "bench",
    "pay_url_base": "http://127.0.0.1/t/",
}
_SHOP = {
    "plugin": "woocommerce",
    "shop": "main",
    "poll_every": "1h",
    "consumer_key": "ck_" + "0" * 40,
    "consumer_secret": "cs_" + "0" * 40,
    "webhook_secrets": ["whsec_0123456789abcdef"],
}
