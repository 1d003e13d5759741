"""`paylink buyer`: what is kept of one buyer, given out or erased."""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import orjson
import typer
from rich.table import Table

from connector_core import configured as composition
from connector_core.adapters.buyers import buyers_of
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.cli.people import actor, place
from connector_core.adapters.store_sql import SqlPrivacy
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.ids import ShopId
from connector_core.domain.person import EVERY_SHOP
from connector_core.domain.state import OrderState
from connector_core.flow.buyers import Buyers, contact_of
from connector_core.flow.retention import Retention
from connector_core.ports.privacy import Contact
from connector_core.settings import Settings

HELP = say("What is kept of a buyer.", "Was über einen Käufer gespeichert ist.")
FIND = say("Every order that ever named them.", "Jede Bestellung, die sie je nannte.")
EXPORT = say("All that is kept of them, as JSON.", "Alles, was über sie gespeichert ist, als JSON.")
DUE = say(
    "How many orders of each shop the daemon would erase the buyer of now, by retention_days.",
    "Aus wie vielen Bestellungen jedes Shops der Dienst den Käufer jetzt löschen würde, nach retention_days.",
)
ERASE = say(
    "Take them out of everything. Amounts, dates and references stay, as the law wants; open requests are cancelled.",
    "Sie überall löschen. Beträge, Daten und Referenzen bleiben, wie das Gesetz es verlangt; offene Forderungen werden"
    " storniert.",
)
app = typer.Typer(no_args_is_help=True)

ResultT = TypeVar("ResultT")
Who = Annotated[str, typer.Argument(help=say("Telephone number or e-mail address.", "Telefonnummer oder E-Mail."))]
InShop = Annotated[str, typer.Option("--shop", help=say("In this shop alone.", "Nur in diesem Shop."))]


@app.command("find", help=FIND)
def find(contact: Who, shop: InShop = "", config: Config = None) -> None:
    with plain_errors():
        chosen = settings(config)
        found = run_async(_with(chosen, contact, shop, lambda buyers, who, shops: buyers.find(who, shops)))
    table = Table(
        say("Order", "Bestellung"), "Shop", say("Made", "Angelegt"), say("Amount", "Betrag"), say("State", "Stand")
    )
    for state in found:
        table.add_row(*_line(state))
    out.print(table)


@app.command("export", help=EXPORT)
def export(
    contact: Who,
    to: Annotated[
        Path | None, typer.Option(help=say("A new file, else the screen.", "Eine neue Datei, sonst der Bildschirm."))
    ] = None,
    shop: InShop = "",
    config: Config = None,
) -> None:
    with plain_errors():
        chosen = settings(config)
        made = run_async(_with(chosen, contact, shop, lambda buyers, who, shops: buyers.export(who, shops, actor())))
        text = orjson.dumps(made, default=str, option=orjson.OPT_INDENT_2).decode()
        if to is None:
            typer.echo(text)
            return
        _write(to, text)
    out.print(say(f"Written: {to}", f"Geschrieben: {to}"), markup=False, soft_wrap=True)


@app.command("erase", help=ERASE)
def erase(
    contact: Who,
    yes: Annotated[bool, typer.Option("--yes", help=say("Without asking back.", "Ohne Rückfrage."))] = False,
    shop: InShop = "",
    config: Config = None,
) -> None:
    with plain_errors():
        chosen = settings(config)
        found = run_async(_with(chosen, contact, shop, lambda buyers, who, shops: buyers.find(who, shops)))
        if not found:
            out.print(say("Nothing is kept of them.", "Über sie ist nichts gespeichert."))
            return
        question = say(f"Erase them from {len(found)} orders?", f"Aus {len(found)} Bestellungen löschen?")
        if not (yes or typer.confirm(question)):
            raise typer.Exit(1)
        run_async(_with(chosen, contact, shop, lambda buyers, who, shops: buyers.erase(who, shops, actor())))
    out.print(
        say(
            f"{len(found)} orders are due; the daemon erases them, each once nothing of it is on its way.",
            f"{len(found)} Bestellungen sind fällig; der Dienst löscht sie, sobald jeweils nichts mehr unterwegs ist.",
        )
    )


@app.command("due", help=DUE)
def due(config: Config = None) -> None:
    with plain_errors():
        chosen = settings(config)
        counts = run_async(_due(chosen))
    table = Table("Shop", say("Days", "Tage"), say("Due now", "Jetzt fällig"))
    for name, block in chosen.shops.items():
        table.add_row(name, str(block.retention_days or say("for ever", "immer")), str(counts[name]))
    out.print(table)


async def _due(chosen: Settings) -> dict[str, int]:
    store = composition.store(chosen, daemon=False)
    await store.open()
    try:
        retentions = {
            name: Retention(store, SqlPrivacy(store), {ShopId(name): block.retention_days}, SystemClock())
            for name, block in chosen.shops.items()
        }
        return {name: await retention.count() for name, retention in retentions.items()}
    finally:
        await store.close()


async def _with(
    chosen: Settings,
    contact: str,
    shop: str,
    work: Callable[[Buyers, Contact, Sequence[ShopId]], Awaitable[ResultT]],
) -> ResultT:
    only = place(chosen, shop)
    shops = [ShopId(name) for name in chosen.shops] if only == EVERY_SHOP else [only]
    who = contact_of(contact, [chosen.shops[name].region for name in shops])
    store = composition.store(chosen, daemon=False)
    await store.open()
    try:
        return await work(buyers_of(store, chosen.shops), who, shops)
    finally:
        await store.close()


def _line(state: OrderState) -> tuple[str, ...]:
    order, request = state.order, state.request
    shown = say("erased", "gelöscht") if order.erased_at else str(request.state if request else "")
    amount = str(request.terms.amount) if request else ""
    return order.number or order.order_ref, order.shop, f"{order.created_at:%Y-%m-%d}", amount, shown


def _write(path: Path, text: str) -> None:
    """Readable for whoever asked for it alone; what is there is not overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        fail(say(f"{path} cannot be written: {error.strerror}.", f"{path} geht nicht: {error.strerror}."))
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
