"""The list as a table."""

import csv
import io

from tests.flow.house import told
from tests.office.conftest import Front


async def test_it_holds_what_the_list_shows_and_no_formula(front: Front) -> None:
    house = front.house
    evil = {"first_name": "=HYPERLINK(1)", "last_name": "x", "phone": "0151 23456789", "country": "DE"}
    refs = [house.shop.place_order(total="20.00", billing=evil), house.shop.place_order(total="12.50")]
    for ref in refs:
        await house.until(lambda s: bool(told(s)), ref)
    for _ in range(100):
        _, text = await front.visitor.get("/export.csv")
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
        if len(rows) == 2 and all(row["amount"] for row in rows):
            break
        await house.settles(0.05)
    assert [row["amount"] for row in rows] == ["12.50", "20.00"]
    assert rows[1]["name"].startswith("'=HYPERLINK(1)")
    assert rows[1]["phone"] == "'+4915123456789"
    _, some = await front.visitor.get(f"/export.csv?text={rows[0]['order']}")
    assert len(some.splitlines()) == 2
    assert "requests.exported" in (await front.visitor.get("/audit"))[1]
