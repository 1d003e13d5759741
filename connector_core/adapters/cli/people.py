"""`paylink people`: who may use the back office."""

import getpass
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from connector_core import configured as composition
from connector_core.adapters.cli.console import out
from connector_core.adapters.cli.context import Config, fail, plain_errors, run_async, settings
from connector_core.adapters.cli.language import say
from connector_core.adapters.store_sql import SqlPeople
from connector_core.adapters.system_clock import SystemClock
from connector_core.adapters.web.office.invite import invite as invite_person
from connector_core.adapters.web.office.sign_in import make_pass
from connector_core.domain.ids import ShopId
from connector_core.domain.person import EVERY_SHOP, Person, Role
from connector_core.ports.people import Act, PassPurpose
from connector_core.settings import Settings

HELP = say("Who may use the back office.", "Wer das Backoffice benutzen darf.")
app = typer.Typer(no_args_is_help=True)

ResultT = TypeVar("ResultT")
Email = Annotated[str, typer.Argument(help=say("The e-mail address.", "Die E-Mail-Adresse."))]


@app.command("invite", help=say("Give somebody a role; prints an address.", "Eine Rolle geben; zeigt eine Adresse."))
def invite(
    email: Email,
    role: Annotated[Role, typer.Option(help=say("What they may do.", "Was sie dürfen."))] = Role.AGENT,
    shop: Annotated[
        str, typer.Option(help=say("In which shop; else in all.", "In welchem Shop; sonst in allen."))
    ] = "",
    name: Annotated[str, typer.Option(help=say("Their name.", "Ihr Name."))] = "",
    language: Annotated[str, typer.Option(help=say("de or en.", "de oder en."))] = say("en", "de"),
    config: Config = None,
) -> None:
    with plain_errors():
        chosen = settings(config)
        where = place(chosen, shop)

        def work(people: SqlPeople) -> Awaitable[str]:
            return invite_person(people, SystemClock(), email, name, {where: role}, language[:2], actor())

        token = run_async(with_people(chosen, work))
    _show(chosen, token)


@app.command("sign-in", help=say("Let somebody in who cannot sign in.", "Jemanden einlassen, der nicht hineinkommt."))
def sign_in(email: Email, config: Config = None) -> None:
    async def work(people: SqlPeople) -> str:
        person = await _known(people, email)
        act = Act(actor(), "pass.sign_in.made", person.email)
        return await make_pass(people, person.id, PassPurpose.SIGN_IN, SystemClock().now(), act)

    with plain_errors():
        chosen = settings(config)
        token = run_async(with_people(chosen, work))
    _show(chosen, token)


@app.command("disable", help=say("Take all access away at once.", "Sofort allen Zugang nehmen."))
def disable(email: Email, config: Config = None) -> None:
    async def work(people: SqlPeople) -> None:
        person = await _known(people, email)
        await people.put_person(replace(person, disabled=True), Act(actor(), "person.disabled", person.email))

    with plain_errors():
        run_async(with_people(settings(config), work))
    out.print(say("Done: their sessions have ended.", "Erledigt: ihre Sitzungen sind beendet."))


@app.command("list", help=say("Everybody, with their roles.", "Alle, mit ihren Rollen."))
def list_people(config: Config = None) -> None:
    async def work(people: SqlPeople) -> list[Person]:
        return list(await people.everyone())

    with plain_errors():
        found = run_async(with_people(settings(config), work))
    table = Table(say("E-mail", "E-Mail"), "Name", say("Roles", "Rollen"), say("Second factor", "Zweiter Faktor"))
    for person in found:
        roles = ", ".join(f"{role} ({shop})" for shop, role in person.roles.items())
        second = say("yes", "ja") if person.second_factor else say("no", "nein")
        table.add_row(person.email, person.name, say("disabled", "gesperrt") if person.disabled else roles, second)
    out.print(table)


async def _known(people: SqlPeople, email: str) -> Person:
    found = await people.credentials(email)
    if found is None:
        fail(say(f"Nobody has the address {email}.", f"Niemand hat die Adresse {email}."), "paylink people list")
    return found.person


async def with_people(chosen: Settings, work: Callable[[SqlPeople], Awaitable[ResultT]]) -> ResultT:
    store = composition.store(chosen, daemon=False)
    await store.open()
    try:
        return await work(SqlPeople(store))
    finally:
        await store.close()


def place(chosen: Settings, name: str) -> ShopId:
    if name and name not in chosen.shops:
        fail(say(f"There is no [shops.{name}].", f"Es gibt kein [shops.{name}]."), "paylink config show")
    return ShopId(name) if name else EVERY_SHOP


def actor() -> str:
    return f"command:{getpass.getuser()}"


def _show(chosen: Settings, token: str) -> None:
    if not token:
        out.print(say("They had an account already; it has the role now.", "Das Konto gab es schon; es hat die Rolle."))
        return
    base = chosen.public_url or f"http://{chosen.host}:{chosen.port}"
    out.print(say("Good once, for two days:", "Gilt einmal, zwei Tage lang:"))
    out.print(f"{base}/office/welcome/{token}", markup=False, soft_wrap=True)
