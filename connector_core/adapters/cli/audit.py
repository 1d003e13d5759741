"""`paylink audit`: whether the audit trail is as it was written."""

from dataclasses import dataclass
from typing import Annotated

import typer

from connector_core import configured as composition
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.store_sql import SqlPeople
from connector_core.ports.people import AuditLine
from connector_core.settings import Settings

HELP = say("The audit trail of the back office.", "Das Prüfprotokoll des Backoffice.")
VERIFY = say(
    "Check that no line was changed, removed or put in. It ends with the last line's number and hash: noted elsewhere"
    " and given with --known later, they also prove that the whole trail was not written anew.",
    "Prüfen, dass keine Zeile geändert, entfernt oder eingefügt wurde. Am Ende stehen Nummer und Hash der letzten"
    " Zeile: anderswo notiert und später mit --known angegeben, beweisen sie, dass nicht alles neu geschrieben wurde.",
)
app = typer.Typer(no_args_is_help=True)


@app.callback()
def audit() -> None:
    """What is told of the trail as a whole."""


@dataclass(frozen=True, slots=True)
class _Found:
    lines: int
    wrong: int | None
    last: AuditLine | None
    known: AuditLine | None


@app.command("verify", help=VERIFY)
def verify(
    known: Annotated[
        str, typer.Option(help=say("NUMBER:HASH of an earlier check.", "NUMMER:HASH einer früheren Prüfung."))
    ] = "",
    config: Config = None,
) -> None:
    with plain_errors():
        number, _, expected = known.partition(":")
        if known and not (number.isdigit() and expected):
            fail(say("--known is NUMBER:HASH.", "--known ist NUMMER:HASH."), "paylink audit verify --help")
        found = run_async(_look(settings(config), int(number or 0)))
    if found.wrong is not None:
        _tampered(found.wrong)
    if expected and (found.known is None or found.known.hash != expected):
        _tampered(int(number))
    out.print(say(f"{found.lines} lines, all as they were written.", f"{found.lines} Zeilen, alle wie geschrieben."))
    if found.last:
        out.print(f"{found.last.seq}:{found.last.hash}", markup=False, soft_wrap=True)


async def _look(chosen: Settings, known: int) -> _Found:
    store = composition.store(chosen, daemon=False)
    await store.open()
    try:
        trail = SqlPeople(store)
        last = await trail.acts(limit=1)
        wanted = [line for line in await trail.acts(before=known + 1, limit=1) if line.seq == known] if known else []
        lines, wrong = await trail.verify()
        return _Found(lines, wrong, last[0] if last else None, wanted[0] if wanted else None)
    finally:
        await store.close()


def _tampered(line: int) -> None:
    fail(
        say(f"Line {line} is not as it was written, or is missing.", f"Zeile {line} ist verändert oder fehlt."),
        say(
            "Keep the database as it is and compare with a backup: somebody had write access to it.",
            "Die Datenbank so lassen und mit einer Sicherung vergleichen: jemand hatte Schreibzugriff.",
        ),
    )
