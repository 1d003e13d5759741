"""`paylink orders list|show`: what became of the orders."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from connector_core import configured as composition
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.domain.event import Event
from connector_core.domain.masking import mask_phone
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.ports.store import OrderLine
from connector_core.settings import Settings

HELP = say("Orders and their way.", "Bestellungen und ihr Weg.")
app = typer.Typer(no_args_is_help=True)


@app.command("list", help=say("The newest orders.", "Die neuesten Bestellungen."))
def list_orders(
    search: Annotated[
        str, typer.Argument(help=say("Part of a number or a connection.", "Teil einer Nummer oder Verbindung."))
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("How many.", "Wie viele."))] = 30,
    config: Config = None,
) -> None:
    with plain_errors():
        lines = run_async(_list(settings(config), search, limit))
    if not lines:
        out.print(say("There are no orders yet.", "Es gibt noch keine Bestellungen."))
        return
    out.print(_table(lines))


@app.command("show", help=say("One order with its timeline.", "Eine Bestellung mit ihrem Verlauf."))
def show(
    order: Annotated[str, typer.Argument(help=say("Number, reference or id.", "Nummer, Referenz oder Id."))],
    config: Config = None,
) -> None:
    with plain_errors():
        found = run_async(_show(settings(config), order))
    if found is None:
        fail(
            say(f"There is no order {order}.", f"Es gibt keine Bestellung {order}."),
            say("See the list: paylink orders list", "Die Liste zeigt: paylink orders list"),
        )
    state, events = found
    _print_order(state)
    out.print(_timeline(events))


async def _list(chosen: Settings, search: str, limit: int) -> Sequence[OrderLine]:
    database = composition.store(chosen, daemon=False)
    await database.open()
    try:
        return await database.orders(search=search, limit=limit)
    finally:
        await database.close()


async def _show(chosen: Settings, order: str) -> tuple[OrderState, Sequence[Event]] | None:
    database = composition.store(chosen, daemon=False)
    await database.open()
    try:
        state = await database.order(order)
        return (state, await database.timeline(state.order.id)) if state else None
    finally:
        await database.close()


def _table(lines: Sequence[OrderLine]) -> Table:
    table = Table(
        say("Order", "Bestellung"), say("Connection", "Verbindung"), say("Amount", "Betrag"),
        say("Request", "Anforderung"), say("Message", "Nachricht"), say("Write-back", "Rückmeldung"),
        say("Parked", "Geparkt"),
    )  # fmt: skip
    for line in lines:
        table.add_row(
            line.number or line.order_ref, line.connection, line.amount, line.state, line.delivery, line.write_back,
            f"[yellow]{line.parked}[/]" if line.parked else "",
        )  # fmt: skip
    return table


def _print_order(state: OrderState) -> None:
    order, request = state.order, state.request
    out.print(f"[bold]{order.number or order.order_ref}[/]  {order.connection}  {order.id}")
    if request:
        terms = request.terms
        asked = say("asked", "gefordert")
        out.print(
            f"{asked}: {terms.amount}, {mask_phone(terms.phone)}, {terms.language}, {request.state}, {request.money}"
        )
    for link in state.links:
        out.print(f"PayLink: {link.state}  {link.url}")
    for step in state.steps:
        if step.state is StepState.PARKED:
            out.print(f"[yellow]{say('parked', 'geparkt')}: {step.kind}: {step.cause}[/]\n→ {step.cure}")


def _timeline(events: Sequence[Event]) -> Table:
    table = Table(
        say("When (UTC)", "Wann (UTC)"), say("What", "Was"), say("Who", "Wer"), say("Details", "Einzelheiten")
    )
    for event in events:
        hidden = ("connection", "order_ref", "shop")
        shown = {name: value for name, value in event.data.items() if value not in ("", None) and name not in hidden}
        details = [f"{name}={value}" for name, value in shown.items()]
        table.add_row(
            f"{event.at:%Y-%m-%d %H:%M:%S}", event.type.value, event.actor, "  ".join([event.cause, *details]).strip()
        )
    return table
