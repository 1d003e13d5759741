"""`paylink backup`, `restore` and `recover`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from connector_core import configured as composition
from connector_core.adapters.cli.console import err, out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.store_sql import back_up, put_back
from connector_core.adapters.system_clock import SystemClock
from connector_core.flow.recover import recover as recovered
from connector_core.settings import Settings

BACKUP = say("Copy the database, also while the daemon runs.", "Die Datenbank kopieren, auch im laufenden Betrieb.")
RESTORE = say(
    "Put a backup in the place of the database; the daemon must be stopped.",
    "Eine Sicherung an die Stelle der Datenbank setzen; der Dienst muss stehen.",
)
RECOVER = say(
    "After a restored PostgreSQL: look up what may have happened since.",
    "Nach einem wiederhergestellten PostgreSQL: nachsehen, was seither geschehen sein kann.",
)
File = Annotated[Path, typer.Argument(help=say("The file of the backup.", "Die Datei der Sicherung."))]


def backup(file: File, config: Config = None) -> None:
    with plain_errors():
        made = back_up(settings(config).database, file, _progress)
    out.print(
        say(
            f"{file}: the database as of {made:%Y-%m-%d %H:%M:%S} UTC, {file.stat().st_size // 1024} kB, checked.",
            f"{file}: die Datenbank vom {made:%d.%m.%Y %H:%M:%S} UTC, {file.stat().st_size // 1024} kB, geprüft.",
        ),
        markup=False,
    )


def restore(file: File, config: Config = None) -> None:
    with plain_errors():
        chosen = settings(config)
        made = put_back(chosen.database, file)
        count = run_async(_recover(chosen, made))
    _tell(made, count)


def recover(
    since: Annotated[datetime, typer.Option(help=say("When the backup was made, UTC.", "Wann gesichert wurde, UTC."))],
    config: Config = None,
) -> None:
    at = since if since.tzinfo else since.replace(tzinfo=UTC)
    if at > SystemClock().now():
        fail(say("--since lies in the future.", "--since liegt in der Zukunft."))
    with plain_errors():
        count = run_async(_recover(settings(config), at))
    _tell(at, count)


async def _recover(chosen: Settings, since: datetime) -> int:
    store = composition.store(chosen, daemon=False)
    await store.open()
    try:
        return await recovered(store, since, SystemClock().now())
    finally:
        await store.close()


def _tell(since: datetime, count: int) -> None:
    out.print(
        say(
            f"The database stands at {since:%Y-%m-%d %H:%M} UTC. When the daemon starts, it reads {count} order(s) "
            "at the PSP. Orders of the time since then are parked for you: paylink parked list",
            f"Die Datenbank steht bei {since:%d.%m.%Y %H:%M} UTC. Beim Start liest der Dienst {count} Bestellung(en) "
            "beim Zahlungsdienst. Bestellungen der Zeit seither werden geparkt: paylink parked list",
        ),
        markup=False,
    )


def _progress(left: int, pages: int) -> None:
    if pages:
        err.print(f"{100 * (pages - left) // pages:3} %", end="\r")
