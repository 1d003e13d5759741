"""`paylink replay`: an order walks again."""

from typing import Annotated

import typer

from connector_core import configured
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.system_clock import SystemClock
from connector_core.flow.replay import STAGES
from connector_core.flow.replay import replay as replayed
from connector_core.ports.store import Batch
from connector_core.settings import Settings

HELP = say(
    "Let an order walk again: retry what is parked, map it anew, or read its PayLinks.",
    "Eine Bestellung erneut laufen lassen: Geparktes wiederholen, neu abbilden oder ihre PayLinks abfragen.",
)


def replay(
    order: Annotated[str, typer.Argument(help=say("Number, reference or id.", "Nummer, Referenz oder Id."))],
    stage: Annotated[str, typer.Option("--from", help=say("One of: ", "Eines von: ") + ", ".join(STAGES))] = "parked",
    config: Config = None,
) -> None:
    with plain_errors():
        count = run_async(_replay(settings(config), order, stage))
    if count is None:
        fail(
            say(f"There is no order {order}.", f"Es gibt keine Bestellung {order}."),
            say("See the list: paylink orders list", "Die Liste zeigt: paylink orders list"),
        )
    out.print(
        say(
            f"{count} step(s) are due again; the daemon runs them.",
            f"{count} Schritt(e) sind wieder fällig; der Dienst führt sie aus.",
        )
    )


async def _replay(chosen: Settings, order: str, stage: str) -> int | None:
    database = configured.store(chosen, daemon=False)
    await database.open()
    try:
        state = await database.order(order)
        if state is None:
            return None
        outcome = replayed(state, stage, SystemClock())
        await database.commit(Batch(outcome.values, outcome.events, outcome.steps, outcome.done))
        return len(outcome.steps)
    finally:
        await database.close()
