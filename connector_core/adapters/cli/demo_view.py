"""How the demo looks in a terminal."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from connector_core.adapters.cli.console import err
from connector_core.adapters.cli.language import say
from connector_core.ports.store import OrderLine, Reports, StoreUnavailable
from connector_core.sandbox.world import Addresses, Finding, World

_NAMES = {
    "orders": ("orders of the shop", "Bestellungen des Ladens"),
    "paylinks": ("PayLinks at Lyra, one an order", "PayLinks bei Lyra, einer je Bestellung"),
    "messages": ("PayLink messages, one a buyer", "PayLink-Nachrichten, eine je Käufer"),
    "captures": ("payments at Lyra", "Zahlungen bei Lyra"),
    "shop payments": ("payments booked by the shop", "vom Laden gebuchte Zahlungen"),
    "receipts": ("receipts on the phone", "Quittungen auf dem Telefon"),
    "expired": ("expired PayLinks", "abgelaufene PayLinks"),
    "parked or unfinished": ("parked or unfinished", "geparkt oder nicht fertig"),
}
_PLAIN_EVERY = 5.0
_LINES = 10


def welcome(where: Addresses, folder: Path, office: str) -> Group:
    """`office` is a one-time address, so that nobody needs a password for the demo; it stands on a line of its own,
    which no terminal cuts.
    """
    table = Table.grid(padding=(0, 2))
    table.add_row(say("Shop (place orders)", "Laden (bestellen)"), f"[link={where.shop}]{where.shop}[/]")
    table.add_row(say("The buyer's phone", "Telefon des Käufers"), f"[bold][link={where.phone}]{where.phone}[/][/]")
    table.add_row(say("Lyra (payment orders)", "Lyra (Zahlungsaufträge)"), f"[link={where.lyra}]{where.lyra}[/]")
    table.add_row(say("Daemon (health)", "Dienst (Zustand)"), f"[link={where.daemon}/readyz]{where.daemon}/readyz[/]")
    table.add_row(say("Configuration and log", "Konfiguration und Log"), str(folder))
    hint = say(
        "Open the phone, tap a PayLink and pay. Ctrl-C ends it.",
        "Das Telefon öffnen, einen PayLink antippen und bezahlen. Strg-C beendet.",
    )
    panel = Panel(Group(table, Text(hint, style="dim")), title="PayLink Connector", border_style="cyan")
    told = say("The back office opens once at: ", "Das Backoffice öffnet sich einmal unter: ")
    return Group(panel, Text.assemble(told, (office, f"bold link {office}"), overflow="ignore", no_wrap=True))


def audit_table(findings: Sequence[Finding]) -> Table:
    table = Table(
        say("Ledger", "Buch"), "Connector", say("Other side", "Gegenseite"), "", say("Differs at", "Weicht ab bei"),
        title=say("All ledgers compared", "Alle Bücher verglichen"),
    )  # fmt: skip
    for finding in findings:
        mark = "[green]✓[/]" if finding.agrees else "[bold red]✗[/]"
        name = say(*_NAMES.get(finding.name, (finding.name, finding.name)))
        table.add_row(name, str(finding.ours), str(finding.theirs), mark, ", ".join(finding.wrong))
    return table


class Progress:
    """Shows what happens while it happens; a terminal gets a live picture, a log a line now and then."""

    def __init__(self, world: World, placed: list[str], wanted: int) -> None:
        self._world = world
        self._placed = placed
        self._wanted = wanted
        self._lines: Sequence[OrderLine] = ()
        self._live = Live(console=err, refresh_per_second=4, transient=False) if err.is_terminal else None
        self._begun = self._said = monotonic()

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()
        else:
            err.print(self._sentence())

    async def run(self, reports: Reports) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._look(reports)
            except StoreUnavailable:
                pass  # the next look will show it
            self._show()
            await asyncio.sleep(0.5)

    async def picture(self, reports: Reports) -> RenderableType:
        """What a terminal shows now."""
        await self._look(reports)
        return self._picture()

    async def _look(self, reports: Reports) -> None:
        self._lines = await reports.orders(limit=_LINES)

    def _show(self) -> None:
        if self._live:
            self._live.update(self._picture())
        elif monotonic() - self._said > _PLAIN_EVERY:
            self._said = monotonic()
            err.print(self._sentence())

    def _sentence(self) -> str:
        sent = len(self._world.phone.ledger.messages)
        paid = sum(1 for transaction in self._world.lyra.ledger.transactions if transaction.paid)
        seconds = monotonic() - self._begun
        return say(
            f"{seconds:5.1f} s  {len(self._placed)} orders, {sent} messages, {paid} payments",
            f"{seconds:5.1f} s  {len(self._placed)} Bestellungen, {sent} Nachrichten, {paid} Zahlungen",
        )

    def _picture(self) -> RenderableType:
        table = Table(
            say("Order", "Bestellung"), say("Amount", "Betrag"), say("Request", "Anforderung"),
            say("Message", "Nachricht"), say("Shop told", "Laden informiert"), expand=True, box=None,
        )  # fmt: skip
        for line in self._lines:
            style = {"paid": "green", "expired": "dim", "cancelled": "dim"}.get(line.state, "")
            table.add_row(
                line.number or line.order_ref, line.amount, line.state, line.delivery, line.write_back, style=style
            )
        parts: list[RenderableType] = [Text(self._sentence(), style="bold"), table]
        if self._wanted:
            parts.insert(1, ProgressBar(total=self._wanted, completed=len(self._placed)))
        return Panel(Group(*parts), border_style="cyan", title="PayLinks")
