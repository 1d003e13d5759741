"""What an order costs does not grow with the orders that are there already: SQLite finds everything by an index."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from connector_core.domain.payment import WriteBackState
from connector_core.domain.state import OrderState
from tests.flow.house import open_house, told

_FEW = {"cursors", "holds", "paused", "shop_settings", "webhook_endpoints"}
"""Tables with a row for each thing of the configuration."""
_BROUGHT = ("anon_", "(subquery", "json_each")
"""Lists that a statement brings along, or has cut to a page before."""
_HOURLY = {"webhook_deliveries"}
"""Gone through once an hour, for what is too old."""
_HARMLESS = re.compile(r"SCAN \S+ USING (COVERING )?INDEX ix_|CONSTANT ROW")
"""Along a partial index, which holds only what waits, or through the values of the statement itself."""


async def test_no_statement_of_an_orders_life_looks_at_every_row(tmp_path: Path) -> None:
    with _noted() as statements:
        async with open_house(tmp_path) as house:
            statements.clear()  # what brings the schema up to date may look at everything
            billing = {"first_name": "Ada", "phone": "+4915123456789", "country": "DE"}
            refs = [house.shop.place_order(billing=billing) for _ in range(8)]  # so that look-ups are gathered
            for ref in refs:
                state = await house.until(lambda found: bool(told(found)), ref)
                await house.pay(state.links[0].url)
            for ref in refs:
                await house.until(_told_the_shop, ref)
            await house.settles(1.5)
    assert len(statements) > 30
    with sqlite3.connect(tmp_path / "paylink.db") as database:
        scans = {text: found for text in statements if (found := _scanned(database, text, statements[text]))}
    database.close()
    assert scans == {}


def _told_the_shop(state: OrderState) -> bool:
    return any(row.state is WriteBackState.DONE for row in state.write_backs)


@contextmanager
def _noted() -> Iterator[dict[str, Any]]:
    """Each statement with the parameters of its last run."""
    found: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        if text.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            found[text] = values[0] if values and isinstance(values[0], tuple) else values

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _scanned(database: sqlite3.Connection, text: str, values: Any) -> list[str]:
    """The tables that the statement goes through from end to end."""
    plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {text}", values)]
    scans = [step for step in plan if step.startswith("SCAN ") and not _HARMLESS.search(step)]
    tables = [step.split()[1] for step in scans]
    return [table for table in tables if table not in _FEW | _HOURLY and not table.startswith(_BROUGHT)]
