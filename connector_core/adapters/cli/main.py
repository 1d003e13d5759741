"""`paylink` and its commands."""

from importlib.metadata import version
from typing import Annotated

import typer

from connector_core.adapters.cli import (
    audit,
    backup,
    buyer,
    check,
    config,
    demo,
    keys,
    mapping,
    orders,
    parked,
    people,
    plugins,
    refund,
    replay,
    run,
    sandbox,
)
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.language import say

app = typer.Typer(
    name="paylink",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=say(
        "Orders become PayLinks on the buyer's phone, and the payment status goes back.",
        "Aus Bestellungen werden PayLinks auf dem Telefon des Käufers, und der Zahlungsstatus geht zurück.",
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"paylink-connector {version('paylink-connector')}")
        raise typer.Exit


@app.callback()
def paylink(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=say("Show the version.", "Die Version zeigen.")
        ),
    ] = False,
) -> None:
    """The options of the command itself."""


app.command("run", help=run.HELP)(run.run)
app.command("demo", help=demo.HELP)(demo.demo)
app.command("check", help=check.HELP)(check.check)
app.command("replay", help=replay.HELP)(replay.replay)
app.command("backup", help=backup.BACKUP)(backup.backup)
app.command("restore", help=backup.RESTORE)(backup.restore)
app.command("recover", help=backup.RECOVER)(backup.recover)
app.command("refund", help=refund.HELP)(refund.refund)
app.add_typer(sandbox.app, name="sandbox", help=sandbox.HELP)
app.add_typer(mapping.app, name="mapping", help=mapping.HELP)
app.add_typer(orders.app, name="orders", help=orders.HELP)
app.add_typer(parked.app, name="parked", help=parked.HELP)
app.add_typer(buyer.app, name="buyer", help=buyer.HELP)
app.add_typer(keys.app, name="keys", help=keys.HELP)
app.add_typer(people.app, name="people", help=people.HELP)
app.add_typer(audit.app, name="audit", help=audit.HELP)
app.add_typer(plugins.app, name="plugins", help=plugins.HELP)
app.add_typer(config.app, name="config", help=config.HELP)


def main() -> None:
    app()
