"""`paylink keys`: what programs use the API with."""

import secrets
from typing import Annotated

import typer
from rich.table import Table

from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.cli.people import actor, place, with_people
from connector_core.adapters.store_sql import SqlPeople
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.web.api.bearer import PREFIX, digest
from connector_core.domain.ids import ShopId
from connector_core.domain.person import Role
from connector_core.ports.people import Act, ApiKey

HELP = say("Keys for the API.", "Schlüssel für die API.")
app = typer.Typer(no_args_is_help=True)

_HINT = 8


@app.command("add", help=say("Make a key; it is shown once.", "Einen Schlüssel machen; er wird einmal gezeigt."))
def add(
    shop: Annotated[str, typer.Option(help=say("For which shop.", "Für welchen Shop."))],
    name: Annotated[str, typer.Option(help=say("What uses it, such as till.", "Wer ihn benutzt, etwa Kasse."))],
    role: Annotated[Role, typer.Option(help=say("What it may do.", "Was er darf."))] = Role.AGENT,
    config: Config = None,
) -> None:
    with plain_errors():
        chosen = settings(config)
        if not shop:
            fail(say("A key is for one shop.", "Ein Schlüssel gilt für einen Shop."), "--shop main")
        token, now = PREFIX + secrets.token_urlsafe(32), SystemClock().now()
        hint = token[: len(PREFIX) + _HINT]
        key = ApiKey(digest(token), hint, name[:100], place(chosen, shop), role, now, actor())
        act = Act(actor(), "key.made", hint, key.shop, {"name": key.name, "role": role.value})
        run_async(with_people(chosen, lambda people: people.add_key(key, act)))
    out.print(say("Keep it: it is not shown again.", "Bewahren Sie ihn auf: er wird nicht noch einmal gezeigt."))
    out.print(token, markup=False, soft_wrap=True)


@app.command("list", help=say("All keys, by their beginning.", "Alle Schlüssel, an ihrem Anfang erkennbar."))
def list_keys(config: Config = None) -> None:
    with plain_errors():
        chosen = settings(config)
        shops = [ShopId(name) for name in chosen.shops]
        found = run_async(with_people(chosen, lambda people: people.keys(shops)))
    table = Table(
        say("Key", "Schlüssel"), "Name", "Shop", say("Role", "Rolle"), say("Last used", "Zuletzt benutzt"), ""
    )  # fmt: skip
    for key in found:
        used = f"{key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "–"
        table.add_row(
            f"{key.hint}…", key.name, key.shop, key.role, used, say("ended", "beendet") if key.ended_at else ""
        )
    out.print(table)


@app.command("end", help=say("Make a key worthless at once.", "Einen Schlüssel sofort wertlos machen."))
def end(
    key: Annotated[str, typer.Argument(help=say("Its beginning, from the list.", "Sein Anfang, aus der Liste."))],
    config: Config = None,
) -> None:
    async def work(people: SqlPeople) -> bool:
        shops = [ShopId(name) for name in chosen.shops]
        living = [known for known in await people.keys(shops) if not known.ended_at]
        fitting = [known for known in living if known.hint.startswith(key.rstrip("…"))]
        if len(fitting) != 1:
            return False
        one = fitting[0]
        return await people.end_key(one.id, SystemClock().now(), Act(actor(), "key.ended", one.hint, one.shop))

    with plain_errors():
        chosen = settings(config)
        if not run_async(with_people(chosen, work)):
            fail(
                say("No key, or several, begin so.", "Kein Schlüssel, oder mehrere, beginnen so."), "paylink keys list"
            )
    out.print(say("It opens nothing any more.", "Er öffnet nichts mehr."))
