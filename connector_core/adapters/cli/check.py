"""`paylink check`: every capability of every peer, with the cure for what fails."""

import asyncio
from collections.abc import Awaitable, Sequence

import typer
from rich.table import Table

from connector_core import configured
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.domain.errors import ConnectorError
from connector_core.ports.broker import Broker
from connector_core.ports.store import StoreUnavailable
from connector_core.sdk import Probe
from connector_core.settings import Settings

HELP = say(
    "Check all connections, the PSP, the messengers, the broker and the database.",
    "Alle Verbindungen, den Zahlungsdienst, die Messenger, den Broker und die Datenbank prüfen.",
)
_BROKER_SECONDS = 10.0


def check(config: Config = None) -> None:
    with plain_errors():
        found = run_async(_check(settings(config)))
    out.print(_table(found))
    if failed := [probe for _, probe in found if not probe.ok]:
        out.print(
            say(
                f"{len(failed)} of {len(found)} checks failed.",
                f"{len(failed)} von {len(found)} Prüfungen sind fehlgeschlagen.",
            )
        )
        raise typer.Exit(1)
    out.print(say(f"All {len(found)} checks passed.", f"Alle {len(found)} Prüfungen bestanden."))


async def _check(chosen: Settings) -> list[tuple[str, Probe]]:
    outside = configured.peers(chosen)
    try:
        asked: list[tuple[str, Awaitable[Sequence[Probe]]]] = [("database, broker", _ours(chosen))]
        asked.append(("mappings", _mappings(chosen, outside)))
        asked += [(f"connections.{name}", source.check()) for name, source in outside.sources.items()]
        asked += [(f"psp.{name}", gateway.check()) for name, gateway in outside.gateways.items()]
        asked += [(f"channels.{name}", channel.check()) for name, channel in outside.channels.items()]
        results = await asyncio.gather(*(_probes(probing) for _, probing in asked))
    finally:
        await outside.close()
    return [(name, probe) for (name, _), probes in zip(asked, results, strict=True) for probe in probes]


async def _mappings(chosen: Settings, outside: configured.Peers) -> Sequence[Probe]:
    """One probe for each connection: the mapping of its orders compiles."""
    engine = configured.mapper(chosen, outside)
    return [Probe(name, True, engine.mapping_of(name).label) for name in outside.sources]


async def _probes(probing: Awaitable[Sequence[Probe]]) -> Sequence[Probe]:
    try:
        return await probing
    except ConnectorError as error:
        return [Probe("reach", False, error.sentence, error.cure)]


async def _ours(chosen: Settings) -> Sequence[Probe]:
    database = configured.store(chosen, daemon=False)
    try:
        await database.open()
        await database.check()
    except StoreUnavailable as error:
        cure = say(
            "Check the setting database, and that its server runs.",
            "Prüfen Sie die Einstellung database und ob ihr Server läuft.",
        )
        return [Probe("database", False, str(error), cure)]
    try:
        return [
            Probe("database", True, chosen.database.partition(":")[0]),
            await _broker(configured.broker(chosen, database), chosen),
        ]
    finally:
        await database.close()


async def _broker(broker: Broker, chosen: Settings) -> Probe:
    if not chosen.broker:
        return Probe("broker", True, say("embedded", "eingebaut"))
    await broker.start()
    try:
        async with asyncio.timeout(_BROKER_SECONDS):
            while not broker.health().ready:  # noqa: ASYNC110 - the port tells its health, it does not announce it
                await asyncio.sleep(0.1)
        return Probe("broker", True, broker.health().detail)
    except TimeoutError:
        cure = say(
            "Check the setting broker, and that RabbitMQ runs.",
            "Prüfen Sie die Einstellung broker und ob RabbitMQ läuft.",
        )
        return Probe("broker", False, broker.health().detail, cure)
    finally:
        await broker.stop()


def _table(found: Sequence[tuple[str, Probe]]) -> Table:
    table = Table(say("Block", "Block"), say("Check", "Prüfung"), "", say("Result and cure", "Ergebnis und Abhilfe"))
    for block, probe in found:
        mark = "[green]✓[/]" if probe.ok else "[bold red]✗[/]"
        table.add_row(block, probe.name, mark, probe.detail if probe.ok else f"{probe.detail}\n→ {probe.cure}")
    return table
