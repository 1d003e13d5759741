"""Many PayLinks from a table: errors by row, progress, and the same table again."""

import re

import pytest

from connector_core.adapters.web.office import batch_pages
from connector_core.adapters.web.office.batch import MOST_ROWS, read_table
from connector_core.domain.errors import InvalidInput
from tests.flow.house import told
from tests.office.conftest import Front

TABLE = (
    "Telefon;Betrag;Bestellnummer;Name;Unbekannt\n"
    "0151 23456789;49,90;2026-1;Anna Berger;x\n"
    "'+49 1512 3456780;1.234,50;2026-2;;\n"
    "\n"
    "123;10;2026-3;;\n"
    "0151 23456789;zehn;2026-4;;\n"
    "0151 23456781;5;;Ohne Nummer;\n"
)


async def test_it_is_looked_through_first_and_nothing_is_kept(front: Front) -> None:
    status, text = await front.visitor.post("/batch/check", shop="main", table=TABLE)
    assert status == 200
    assert "✓ 3" in text
    assert "✗ 2" in text
    rows = re.findall(r"<tr><td>(\d+)</td>", text)
    assert rows == ["5", "6", "2", "3", "7"]  # what is wrong comes first, as the spreadsheet counts
    assert "€1,234.50" in text
    assert "does not exist in its country" in text
    await front.house.settles()
    assert front.house.messages() == []


async def test_good_rows_are_sent_once_however_often_the_table_comes(front: Front) -> None:
    for _ in range(2):
        status, text = await front.visitor.post("/batch/send", shop="main", table=TABLE)
        assert status == 200
        assert "Sent 5 / 5" in text
        assert text.count("✗ Row") == 2
    for reference in ("2026-1", "2026-2"):
        await front.house.until(lambda s: bool(told(s)), reference)
    await front.house.settles(1.5)
    assert len(front.house.messages("paylink")) == 3
    assert len(front.house.lyra.ledger.orders) == 3


async def test_it_goes_on_where_it_stood(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_pages, "_AT_ONCE", 2)
    fields = {"shop": "main", "table": TABLE}
    _, text = await front.visitor.post_from({"HX-Request": "true"}, "/batch/send", **fields)
    assert "Sent 2 / 5" in text
    assert 'name="next" value="2"' in text
    _, text = await front.visitor.post_from({"HX-Request": "true"}, "/batch/send", next="4", **fields)
    assert "Sent 5 / 5" in text
    assert 'hx-swap-oob="true"' in text
    assert 'name="next"' not in text


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("", "no row"),
        ("phone;amount", "no row"),
        ("phone;name\n1;2", "must name the columns"),
        ("phone;telefon;amount\n1;2;3", "same meaning"),
        ("phone;amount\n" + "1;2\n" * (MOST_ROWS + 1), "more than 2,000"),
        (f'phone;amount\n1;"{"9" * 140_000}"', "more text"),
    ],
)
async def test_a_table_that_is_none_is_refused_in_words(front: Front, table: str, words: str) -> None:
    status, text = await front.visitor.post("/batch/check", shop="main", table=table)
    assert (status, words in text) == (422, True)


def test_commas_tabs_and_marks_are_read() -> None:
    (line,) = read_table('\ufeffPhone,Amount,Text\r\n0151 23456789,"49,90","a, b"\r\n', "main")
    assert line.fields == {"phone": "0151 23456789", "amount": "49,90", "description": "a, b"}
    (line,) = read_table("phone\tamount\n1\t2", "main")
    assert (line.number, line.fields) == (2, {"phone": "1", "amount": "2"})
    (line,) = read_table("phone;amount\r1;2\r", "main")
    assert line.fields == {"phone": "1", "amount": "2"}


def test_the_same_row_is_the_same_request_and_twins_are_two() -> None:
    one = read_table("phone;amount\n1;2\n1;2\n3;4", "main")
    again = read_table("amount;phone\n4;3\n2;1", "main")
    assert len({line.once for line in one}) == 3
    assert {line.once for line in again} < {line.once for line in one}
    assert not {line.once for line in read_table("phone;amount\n1;2", "other")} & {line.once for line in one}
    with pytest.raises(InvalidInput):
        read_table("phone", "main")
