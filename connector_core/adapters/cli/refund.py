"""`paylink refund`: money goes back to the buyer."""

from decimal import Decimal
from typing import Annotated

import typer

from connector_core import configured as composition
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.system_clock import SystemClock
from connector_core.domain.errors import InvalidInput
from connector_core.domain.money import Money, MoneyError
from connector_core.domain.state import OrderState
from connector_core.flow.refund import ask_refund
from connector_core.settings import Settings

HELP = say("Give money back to the buyer, whole or in part.", "Dem Käufer Geld zurückgeben, ganz oder teilweise.")


def refund(
    order: Annotated[str, typer.Argument(help=say("Number, reference or id.", "Nummer, Referenz oder Id."))],
    amount: Annotated[
        str, typer.Option(help=say("Such as 10.00; else all that is left.", "Etwa 10.00; sonst alles Übrige."))
    ] = "",
    payment: Annotated[
        str, typer.Option(help=say("The PSP's id of the payment.", "Die Id der Zahlung beim Zahlungsdienst."))
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            help=say(
                "Names this refund: the same name again changes nothing.",
                "Benennt diese Erstattung: derselbe Name noch einmal ändert nichts.",
            )
        ),
    ] = "",
    comment: Annotated[str, typer.Option(help=say("For the books.", "Für die Bücher."))] = "",
    config: Config = None,
) -> None:
    with plain_errors():
        new = run_async(_refund(settings(config), order, amount, payment, key, comment))
    if not new:
        out.print(
            say(
                "This refund was asked for before, so nothing changes. Another one of the same amount needs a --key.",
                "Diese Erstattung wurde schon verlangt, es ändert sich nichts. Eine weitere gleiche braucht --key.",
            )
        )
        return
    out.print(say("The refund is due; the daemon makes it.", "Die Erstattung ist fällig; der Dienst führt sie aus."))


async def _refund(chosen: Settings, name: str, amount: str, payment: str, key: str, comment: str) -> bool:
    store = composition.store(chosen, daemon=False)
    await store.open()
    try:
        state = await store.order(name)
        if state is None:
            fail(say(f"There is no order {name}.", f"Es gibt keine Bestellung {name}."), "paylink orders list")
        asked = _money(state, amount) if amount else None
        return await store.commit(ask_refund(state, SystemClock(), asked, payment, key, comment))
    finally:
        await store.close()


def _money(state: OrderState, amount: str) -> Money:
    currency = state.payments[0].amount.currency if state.payments else "EUR"
    try:
        return Money.parse(Decimal(amount), currency)
    except (MoneyError, ArithmeticError) as error:
        raise InvalidInput(
            f"amount: {error or amount}", field="amount", cure="Write digits with a dot, such as 10.00."
        ) from None
