"""`paylink parked`: what waits for a person, with its cause and its cure."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from connector_core import configured as composition
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.store_sql import SqlStore
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.replay import give_up, retry
from connector_core.flow.stage import Outcome
from connector_core.ports.broker import BrokerUnavailable, DeadLetters
from connector_core.ports.store import Batch
from connector_core.settings import Settings

HELP = say("What waits for a person.", "Was auf einen Menschen wartet.")
app = typer.Typer(no_args_is_help=True)

ResultT = TypeVar("ResultT")
Parked = tuple[OrderState, Step]
Which = Annotated[
    str, typer.Argument(help=say("The step's id, or its first characters.", "Die Id des Schritts oder ihr Anfang."))
]
_BROKER_SECONDS = 10.0


@app.command("list", help=say("All parked steps, and dead letters.", "Alle geparkten Schritte und Dead Letters."))
def list_parked(
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("How many.", "Wie viele."))] = 100,
    config: Config = None,
) -> None:
    with plain_errors():
        chosen = settings(config)
        found = run_async(_with_store(chosen, lambda store: _parked(store, limit)))
        letters = run_async(_with_dead_letters(chosen, lambda dead: dead.look(limit))) or []
    if found:
        out.print(_table(found))
    for letter in letters:
        out.print(f"{say('dead letter', 'Dead Letter')} {letter.message_id}  {letter.routing_key}", markup=False)
    if letters:
        out.print(say("To try them again: paylink parked return", "Erneut versuchen: paylink parked return"))
    if not found and not letters:
        out.print(say("Nothing is parked.", "Nichts ist geparkt."))


@app.command("show", help=say("One parked step.", "Ein geparkter Schritt."))
def show(step: Which, config: Config = None) -> None:
    with plain_errors():
        state, found = run_async(_with_store(settings(config), lambda store: _one(store, step)))
    order = state.order
    lines = [
        (say("Step", "Schritt"), f"{found.kind} {found.id}"),
        (say("Order", "Bestellung"), f"{order.number or order.order_ref} ({order.connection}) {order.id}"),
        (say("Since", "Seit"), f"{found.created_at:%Y-%m-%d %H:%M} UTC"),
        (say("Attempts", "Versuche"), str(found.attempts)),
        (say("Cause", "Ursache"), found.cause),
        (say("Cure", "Abhilfe"), found.cure),
    ]
    for name, text in lines:
        out.print(f"{name + ':':12} {text}", markup=False, soft_wrap=True)


@app.command("retry", help=say("Try parked steps again.", "Geparkte Schritte erneut versuchen."))
def retry_parked(
    step: Annotated[str, typer.Argument(help=say("Which; without one see --all.", "Welcher; sonst --all."))] = "",
    everything: Annotated[bool, typer.Option("--all", help=say("All of them.", "Alle."))] = False,
    config: Config = None,
) -> None:
    if not step and not everything:
        fail(say("Name a step, or say --all.", "Nennen Sie einen Schritt oder --all."), "paylink parked list")
    with plain_errors():
        now = SystemClock().now()
        count = run_async(_with_store(settings(config), lambda s: _each(s, step, lambda o, p: retry(o, p, now))))
    out.print(say(f"{count} step(s) are due again; the daemon runs them.", f"{count} Schritt(e) sind wieder fällig."))


@app.command("close", help=say("Give up a parked step, with the reason.", "Einen geparkten Schritt aufgeben."))
def close(
    step: Which,
    reason: Annotated[str, typer.Option(help=say("Why; kept in the timeline.", "Warum; bleibt im Verlauf."))],
    config: Config = None,
) -> None:
    with plain_errors():
        now = SystemClock().now()
        run_async(_with_store(settings(config), lambda s: _each(s, step, lambda o, p: give_up(o, p, reason, now))))
    out.print(say("Closed; the timeline keeps the reason.", "Aufgegeben; der Verlauf behält den Grund."))


@app.command(
    "return", help=say("Dead letters back into the order queue.", "Dead Letters zurück in die Bestell-Warteschlange.")
)
def give_back(
    limit: Annotated[int, typer.Option(min=1, help=say("How many.", "Wie viele."))] = 100, config: Config = None
) -> None:
    with plain_errors():
        count = run_async(_with_dead_letters(settings(config), lambda dead: dead.give_back(limit)))
    if count is None:
        out.print(say("The embedded queue keeps no dead letters.", "Die eingebaute Warteschlange behält keine."))
        return
    out.print(say(f"{count} dead letter(s) are orders again.", f"{count} Dead Letter(s) sind wieder Bestellungen."))


async def _parked(store: SqlStore, limit: int) -> list[Parked]:
    found = [(await store.order(step.order_id), step) for step in await store.parked(limit)]
    return [(state, step) for state, step in found if state is not None]


async def _one(store: SqlStore, name: str) -> Parked:
    found = [pair for pair in await _parked(store, 1000) if name and pair[1].id.startswith(name)]
    if len(found) != 1:
        fail(
            say(
                f"{len(found)} parked steps begin with {name}.", f"{len(found)} geparkte Schritte beginnen mit {name}."
            ),
            "paylink parked list",
        )
    return found[0]


async def _each(store: SqlStore, name: str, change: Callable[[OrderState, Step], Outcome]) -> int:
    chosen = [await _one(store, name)] if name else await _parked(store, 1000)
    for state, step in chosen:
        outcome = change(state, step)
        await store.commit(Batch(outcome.values, outcome.events, outcome.steps, outcome.done))
    return len(chosen)


async def _with_store(chosen: Settings, work: Callable[[SqlStore], Awaitable[ResultT]]) -> ResultT:
    store = composition.store(chosen, daemon=False)
    await store.open()
    try:
        return await work(store)
    finally:
        await store.close()


async def _with_dead_letters(chosen: Settings, work: Callable[[DeadLetters], Awaitable[ResultT]]) -> ResultT | None:
    """None where no dead letters are kept."""
    store = composition.store(chosen, daemon=False)
    broker = composition.broker(chosen, store)
    dead = composition.dead_letters(chosen, broker)
    if dead is None:
        return None
    await broker.start()
    try:
        async with asyncio.timeout(_BROKER_SECONDS * 3):
            return await work(dead)
    except (BrokerUnavailable, TimeoutError) as error:
        fail(str(error) or say("RabbitMQ does not answer.", "RabbitMQ antwortet nicht."), "paylink check")
    finally:
        await broker.stop()


def _table(found: Sequence[Parked]) -> Table:
    table = Table(
        say("Step", "Schritt"), say("Order", "Bestellung"), say("Stage", "Stufe"),
        say("Cause and cure", "Ursache und Abhilfe"),
    )  # fmt: skip
    for state, step in found:
        number = state.order.number or state.order.order_ref
        table.add_row(step.id, number, step.kind, f"{step.cause}\n→ {step.cure}")
    return table
