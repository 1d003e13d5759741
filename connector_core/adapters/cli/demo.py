"""`paylink demo`: the whole product at work on this machine."""

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from connector_core.adapters.channels.texts import sample_templates
from connector_core.adapters.cli.console import err, out
from connector_core.adapters.cli.context import fail, plain_errors, run_async
from connector_core.adapters.cli.demo_view import Progress, audit_table, welcome
from connector_core.adapters.cli.language import say
from connector_core.adapters.store_sql import SqlPeople, SqlStore
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.web.office.sign_in import make_pass
from connector_core.domain.errors import ConfigurationError
from connector_core.domain.person import EVERY_SHOP, Person, PersonId, Role
from connector_core.domain.state import OrderState
from connector_core.ports.people import Act, PassPurpose
from connector_core.registry import usable_plugin
from connector_core.sandbox.whatsapp import Template
from connector_core.sandbox.world import Buyer, Finding, World, WorldOptions, audit
from connector_core.sdk.testing.vendor import load_sandbox
from connector_core.settings import load_settings

HELP = say(
    "Show the product at work: a shop, a phone, a payment page and the daemon on this machine.",
    "Das Produkt bei der Arbeit zeigen: ein Laden, ein Telefon, eine Bezahlseite und der Dienst auf diesem Rechner.",
)
_SETTLE_SECONDS = 120.0
_VISITOR = Person(PersonId("demo"), "demo@paylink.example", "Demo", roles={EVERY_SHOP: Role.OWNER})


def demo(
    orders: Annotated[
        int, typer.Option(min=0, help=say("How many orders; 0: until stopped.", "Wie viele; 0: ohne Ende."))
    ] = 0,
    exit_: Annotated[
        bool,
        typer.Option(
            "--exit",
            help=say(
                "Nobody is there: a simulated buyer pays, and the end compares all ledgers.",
                "Niemand ist da: ein simulierter Käufer zahlt, und am Ende werden alle Bücher verglichen.",
            ),
        ),
    ] = False,
    every: Annotated[
        float | None, typer.Option(min=0, help=say("Seconds between orders.", "Sekunden zwischen Bestellungen."))
    ] = None,
    buyer: Annotated[bool, typer.Option(help=say("Simulate the buyer.", "Den Käufer simulieren."))] = False,
    plugin: Annotated[str, typer.Option(help=say("Whose shop.", "Wessen Laden."))] = "woocommerce",
    broker: Annotated[
        str,
        typer.Option(
            help=say("RabbitMQ instead of the embedded queue.", "RabbitMQ statt der eingebauten Warteschlange.")
        ),
    ] = "",
    database: Annotated[str, typer.Option(help=say("PostgreSQL instead of SQLite.", "PostgreSQL statt SQLite."))] = "",
) -> None:
    if exit_ and not orders:
        fail(say("--exit needs --orders.", "--exit braucht --orders."), "paylink demo --orders 20 --exit")
    pace = every if every is not None else (0.05 if exit_ else 5.0)
    with plain_errors(), tempfile.TemporaryDirectory(prefix="paylink-demo-") as folder:
        options = world_options(Path(folder), plugin, broker, database, fixed_ports=not exit_)
        findings = run_async(_demo(options, orders, pace, simulate=exit_ or buyer, leave=exit_))
    if findings and not all(finding.agrees for finding in findings):
        raise typer.Exit(1)


def world_options(folder: Path, plugin: str, broker: str, database: str, *, fixed_ports: bool) -> WorldOptions:
    """Raises `ConfigurationError` for a plugin that is not there or brings no sandbox."""
    manifest = usable_plugin(plugin, "demo").manifest
    if not manifest.sandbox:
        raise ConfigurationError(
            f"The plugin {plugin!r} brings no sandbox.", cure="Choose another one: paylink plugins list"
        )
    # A person who looks on for hours leaves many PayLinks open: they are read at the PSP less often.
    timing = {"unknown_wait": "5s", "reconcile_every": "30s" if fixed_ports else "2s", "expiry_grace": "1s"}
    # A simulated buyer has no patience for the minutes that a lost PayLink is waited out otherwise.
    timing["link_trial"] = "10m" if fixed_ports else "15s"
    return WorldOptions(
        folder, plugin, load_sandbox(manifest), templates, broker, database, fixed_ports=fixed_ports, timing=timing
    )


def templates(pay_url_base: str) -> tuple[Template, ...]:
    """Our texts as the templates of WhatsApp's account."""
    return tuple(
        Template(text.name, text.language, text.body, text.button_text, text.button_url, text.category)
        for text in sample_templates(pay_url_base)
    )


async def _demo(options: WorldOptions, orders: int, pace: float, *, simulate: bool, leave: bool) -> Sequence[Finding]:
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with World(options) as world, contextlib.AsyncExitStack() as stack:
        reports = SqlStore(load_settings(world.config_file).database, daemon=False)
        await reports.open()
        stack.push_async_callback(reports.close)
        err.print(welcome(world.addresses, options.folder, await office_address(world, reports)), soft_wrap=True)
        if simulate:
            paying = asyncio.create_task(Buyer(world.phone, world.lyra, world.addresses.lyra).run())
            stack.push_async_callback(_cancel, paying)
        placed: list[str] = []
        with Progress(world, placed, orders) as progress:
            placing = asyncio.create_task(_place(world, placed, orders, pace))
            stack.push_async_callback(_cancel, placing)
            showing = asyncio.create_task(progress.run(reports))
            stack.push_async_callback(_cancel, showing)
            if not leave:
                await stopped.wait()
                return ()
            findings = await _until_settled(world, reports, placing, placed, stopped)
        out.print(audit_table(findings))
        return findings


async def office_address(world: World, store: SqlStore) -> str:
    """A one-time address for an owner, whom it makes."""
    people, act = SqlPeople(store), Act("demo", "person.made", _VISITOR.email)
    await people.put_person(replace(_VISITOR, language=say("en", "de")), act)
    token = await make_pass(people, _VISITOR.id, PassPurpose.SIGN_IN, SystemClock().now(), act)
    return f"{world.addresses.daemon}/office/welcome/{token}"


async def _place(world: World, placed: list[str], orders: int, pace: float) -> None:
    while not orders or len(placed) < orders:
        placed.append(await asyncio.to_thread(world.shop.place_order))
        await asyncio.sleep(pace)


async def _until_settled(
    world: World, reports: SqlStore, placing: asyncio.Task[None], placed: list[str], stopped: asyncio.Event
) -> list[Finding]:
    """The findings as soon as all agree, or as they are when time is up."""
    await placing
    deadline = asyncio.get_running_loop().time() + _SETTLE_SECONDS
    while True:
        findings = await compare(world, reports, placed)
        late = asyncio.get_running_loop().time() > deadline
        if late or stopped.is_set() or all(finding.agrees for finding in findings):
            return findings
        await asyncio.sleep(0.5)


async def compare(world: World, reports: SqlStore, placed: Sequence[str]) -> list[Finding]:
    """Our ledger against all others, as it stands now."""
    states: list[OrderState] = []
    for line in await reports.orders(limit=max(len(placed) * 2, 1)):
        state = await reports.order(line.order_id)
        if state is not None:
            states.append(state)
    return await asyncio.to_thread(audit, list(placed), states, world.shop, world.lyra, world.phone)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
