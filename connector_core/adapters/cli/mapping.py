"""`paylink mapping lint|preview`."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from connector_core import configured as composition
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.domain.ids import ConnectionId, OrderRef
from connector_core.mapping import Preview, compile_file, lint_file, load_library
from connector_core.mapping import preview as previewed
from connector_core.settings import Settings

HELP = say("Mappings from orders to payment requests.", "Abbildungen von Bestellungen auf Zahlungsanforderungen.")
app = typer.Typer(no_args_is_help=True)


@app.command("lint", help=say("Check mapping files.", "Abbildungsdateien prüfen."))
def lint(files: Annotated[list[Path], typer.Argument(help=say("The files.", "Die Dateien."))]) -> None:
    findings = [finding for file in files for finding in lint_file(file)]
    for finding in findings:
        out.print(str(finding), markup=False, soft_wrap=True)
    if findings:
        raise typer.Exit(1)
    out.print(say(f"{len(files)} file(s) without faults.", f"{len(files)} Datei(en) ohne Fehler."))


@app.command(
    "preview",
    help=say("Show what a mapping makes of an order.", "Zeigen, was eine Abbildung aus einer Bestellung macht."),
)
def preview(
    sample: Annotated[Path | None, typer.Argument(help=say("A record as JSON.", "Ein Datensatz als JSON."))] = None,
    mapping: Annotated[Path | None, typer.Option(help=say("A mapping file.", "Eine Abbildungsdatei."))] = None,
    source: Annotated[
        str, typer.Option(help=say("A shipped mapping.", "Eine mitgelieferte Abbildung."))
    ] = "woocommerce.order",
    connection: Annotated[
        str, typer.Option(help=say("Read a real order here.", "Eine echte Bestellung hier lesen."))
    ] = "",
    order: Annotated[str, typer.Option(help=say("The real order's id.", "Die Id der echten Bestellung."))] = "",
    region: Annotated[str, typer.Option(help=say("Country of numbers.", "Land der Rufnummern."))] = "DE",
    config: Config = None,
) -> None:
    with plain_errors():
        if sample:
            compiled = compile_file(mapping) if mapping else load_library().document(source)
            shown = previewed(compiled, _sample(sample), region)
        else:
            shown = run_async(_of_real_order(settings(config), connection, order, mapping))
    out.print(_table(shown))
    if shown.error:
        fail(shown.error)
    if shown.outcome and shown.outcome.skipped:
        out.print(shown.outcome.skipped, markup=False)


def _sample(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        fail(
            f"{path}: {error}",
            say("Give a file with one JSON record.", "Geben Sie eine Datei mit einem JSON-Datensatz an."),
        )


async def _of_real_order(chosen: Settings, connection: str, order: str, mapping: Path | None) -> Preview:
    """As the daemon would map it, with the connection's shop; or with the mapping file that is named."""
    if not (connection and order):
        fail(
            say(
                "Name a sample file, or --connection and --order.",
                "Nennen Sie eine Beispieldatei oder --connection und --order.",
            )
        )
    name = ConnectionId(connection)
    outside = composition.peers(chosen)
    try:
        source = outside.sources.get(name)
        if source is None:
            fail(say(f"There is no [connections.{connection}].", f"Es gibt kein [connections.{connection}]."))
        engine = composition.mapper(chosen, outside)
        record = await source.fetch(OrderRef(order), "")
    finally:
        await outside.close()
    if record is None:
        fail(say(f"{connection} has no order {order}.", f"{connection} hat keine Bestellung {order}."))
    compiled = compile_file(mapping) if mapping else engine.mapping_of(name)
    return previewed(compiled, record, *engine.customs_of(name))


def _table(shown: Preview) -> Table:
    table = Table(
        say("Field", "Feld"),
        say("Line", "Zeile"),
        say("Expression", "Ausdruck"),
        say("Value", "Wert"),
        say("Converter", "Umwandler"),
        say("Result", "Ergebnis"),
        title=shown.mapping,
    )
    for row in shown.rows:
        result = f"[red]{row.error}[/]" if row.error else row.result
        table.add_row(row.field, str(row.line), row.expression, row.source, row.converter, result)
    return table
