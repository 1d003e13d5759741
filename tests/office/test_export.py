"""The list as a table."""

import csv
import io
from datetime import datetime

import openpyxl
import pytest

from connector_core.adapters.web.office import export
from tests.flow.house import told
from tests.office.conftest import Front


async def listed(front: Front, count: int) -> None:
    """Two orders, one of a buyer who calls herself a formula, as soon as the list has them."""
    house = front.house
    evil = {"first_name": "=HYPERLINK(1)", "last_name": "x", "phone": "0151 23456789", "country": "DE"}
    refs = [house.shop.place_order(total="20.00", billing=evil) for _ in range(count)]
    for ref in refs:
        await house.until(lambda s: bool(told(s)), ref)
    for _ in range(100):
        _, text = await front.visitor.get("/export.csv")
        if text.count("20.00") == count:
            return
        await house.settles(0.05)


async def test_the_workbook_has_numbers_moments_and_no_formula(front: Front) -> None:
    await listed(front, 2)
    async with front.visitor.http.get(f"{front.house.url}/office/export.xlsx?state=open") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].endswith('filename="paylink.xlsx"')
        sheet = openpyxl.load_workbook(io.BytesIO(await answer.read())).active
    assert sheet is not None
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    by_name = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["amount"] for row in by_name] == [20, 20]
    assert all(isinstance(row["made"], datetime) for row in by_name)
    assert by_name[0]["name"] == "=HYPERLINK(1) x"
    assert {cell.data_type for cell in sheet["J"][1:]} == {"s"}
    assert "requests.exported" in (await front.visitor.get("/audit"))[1]


async def test_more_than_a_sheet_takes_is_refused_in_words(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    await listed(front, 2)
    monkeypatch.setattr(export, "MOST_ROWS", 1)
    status, text = await front.visitor.get("/export.xlsx")
    assert (status, "more than a sheet of Excel takes" in text) == (422, True)


async def test_it_holds_what_the_list_shows_and_no_formula(front: Front) -> None:
    house = front.house
    evil = {"first_name": "=HYPERLINK(1)", "last_name": "x", "phone": "0151 23456789", "country": "DE"}
    for order in ({"total": "20.00", "billing": evil}, {"total": "12.50"}):
        await house.until(lambda s: bool(told(s)), house.shop.place_order(**order))
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
