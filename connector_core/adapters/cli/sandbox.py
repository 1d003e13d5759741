"""`paylink sandbox`: one peer on this machine, speaking its real protocol."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import fail, plain_errors, run_async
from connector_core.adapters.cli.demo import templates
from connector_core.adapters.cli.language import say
from connector_core.registry import find_plugins, installed_plugins
from connector_core.sandbox.lyra import LyraConfig, LyraSandbox
from connector_core.sandbox.whatsapp import WhatsAppConfig, WhatsAppSandbox
from connector_core.sdk.testing.vendor import load_sandbox

HELP = say(
    "Peers on this machine that speak the real protocols.",
    "Gegenstellen auf diesem Rechner mit den echten Protokollen.",
)
app = typer.Typer(no_args_is_help=True)

Port = Annotated[int, typer.Option(min=0, max=65535, help=say("Port; 0: any.", "Port; 0: irgendeiner."))]
Webhook = Annotated[str, typer.Option(help=say("Where it reports to.", "Wohin sie meldet."))]


@app.command("lyra", help=say("A Lyra with a payment page.", "Ein Lyra mit Bezahlseite."))
def lyra(
    port: Port = 8181,
    ipn_url: Webhook = "",
    shop_id: str = "12345678",
    password: str = "testpassword_sandbox0123456789",  # noqa: S107 - opens a sandbox on this machine only
    hmac_key: str = "sandbox0123456789",
) -> None:
    server = LyraSandbox(LyraConfig(shop_id, password, hmac_key, ipn_url))
    settings = f'kind = "lyra"\nshop_id = "{shop_id}"\npasswords = ["{password}"]\napi_url = "%s"'
    _serve(lambda: server.start("127.0.0.1", port), server.stop, f"[psp.main]\n{settings}")


@app.command("whatsapp", help=say("A WhatsApp with a phone page.", "Ein WhatsApp mit Telefonseite."))
def whatsapp(
    port: Port = 8182,
    webhook_url: Webhook = "",
    pay_url_base: Annotated[
        str, typer.Option(help=say("How PayLinks begin.", "Wie PayLinks beginnen."))
    ] = "http://127.0.0.1:8181/t/",
    access_token: str = "sandbox-token",  # noqa: S107 - opens a sandbox on this machine only
    app_secret: str = "sandbox-app-secret",  # noqa: S107 - as above
    verify_token: str = "sandbox-verify-token",  # noqa: S107 - as above
) -> None:
    number, business = "106540352242922", "102290129340398"
    config = WhatsAppConfig(access_token, number, business, app_secret, verify_token, templates(pay_url_base))
    server = WhatsAppSandbox(config)
    server.webhook_url = webhook_url
    settings = "\n".join(
        [
            "[channels.whatsapp]", 'kind = "whatsapp"', f'phone_number_id = "{number}"', f'waba_id = "{business}"',
            f'access_token = "{access_token}"', f'app_secrets = ["{app_secret}"]', f'verify_token = "{verify_token}"',
            f'pay_url_base = "{pay_url_base}"', 'graph_url = "%s"',
        ]
    )  # fmt: skip
    _serve(lambda: server.start("127.0.0.1", port), server.stop, settings)


def _vendor(name: str) -> Callable[[int, str], None]:
    def serve(port: Port = 8183, webhook_url: Webhook = "") -> None:
        manifest = find_plugins()[name].manifest
        if manifest is None or not manifest.sandbox:
            fail(say(f"The plugin {name!r} brings no sandbox.", f"Das Plugin {name!r} bringt keine Sandbox mit."))
        shop = load_sandbox(manifest)("127.0.0.1", port, {"webhook_url": webhook_url})
        lines = [f"[connections.{name}]", f'plugin = "{name}"', 'shop = "main"']
        # A JSON text or list of texts is TOML as well.
        lines += [f"{key} = {json.dumps(value)}" for key, value in shop.settings().items()]

        async def start() -> str:
            return shop.url

        async def stop() -> None:
            await asyncio.to_thread(shop.stop)

        _serve(start, stop, "\n".join(lines))

    return serve


for _name in installed_plugins():  # unloaded: every command would wait for the libraries of all vendors
    _help = say(f"A system for the plugin {_name}.", f"Ein System für das Plugin {_name}.")
    app.command(_name, help=_help)(_vendor(_name))


def _serve(start: Callable[[], Awaitable[str]], stop: Callable[[], Awaitable[None]], settings: str) -> None:
    with plain_errors():
        run_async(_until_stopped(start, stop, settings))


async def _until_stopped(
    start: Callable[[], Awaitable[str]], stop: Callable[[], Awaitable[None]], settings: str
) -> None:
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    url = await start()
    out.print(say(f"Listening on {url}. Ctrl-C ends it.", f"Erreichbar unter {url}. Strg-C beendet."))
    out.print(say("Its block for paylink.toml:", "Der Block dafür in paylink.toml:"))
    out.print(settings.replace("%s", url), markup=False, soft_wrap=True)
    try:
        await stopped.wait()
    finally:
        await stop()
