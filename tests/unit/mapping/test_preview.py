from connector_core.mapping import preview
from tests.unit.mapping.documents import RECORD, compiled


def test_every_field_is_shown_with_source_converter_and_result() -> None:
    shown = preview(compiled(), RECORD, "DE")
    rows = {row.field: row for row in shown.rows}
    assert list(rows) == ["order.version", "order.number", "amount", "reference", "phone", "language"]
    amount = rows["amount"]
    assert (amount.expression, amount.source, amount.converter, amount.result) == (
        "total",
        "33.90",
        "money",
        "33.90 EUR",
    )
    assert shown.outcome is not None
    assert shown.error == ""


def test_telephone_and_card_numbers_are_masked() -> None:
    record = {**RECORD, "number": "4111111111111111", "note": "call 0151 23456789"}
    rows = preview(compiled(name="{ from: '[note]', as: join }"), record, "DE").rows
    assert not any(secret in str(rows) for secret in ("4111", "0151", "+4915123", "23456"))
    assert next(row for row in rows if row.field == "phone").result == "***789"


def test_all_faults_are_shown_and_the_first_parks_the_order() -> None:
    shown = preview(compiled(), {**RECORD, "total": "0", "phone": ""}, "DE")
    assert [row.field for row in shown.rows if row.error] == ["amount", "phone"]
    assert shown.outcome is None
    assert "(field amount" in shown.error


def test_an_order_that_is_not_asked_for_is_shown_all_the_same() -> None:
    shown = preview(compiled("when: \"status == 'open'\""), RECORD, "DE")
    assert shown.outcome is not None
    assert shown.outcome.skipped
    assert [row.result for row in shown.rows if row.field == "amount"] == ["33.90 EUR"]


def test_any_kind_of_source_value_can_be_shown() -> None:
    spec = "{ from: x, as: text }"
    for value in (None, True, False, 5, 1.5, "x" * 500, [1, [2]], {"a": 1}, [{"a": 1}] * 50):
        rows = preview(compiled(name=spec), {**RECORD, "x": value}, "DE").rows
        assert len(next(row for row in rows if row.field == "name").source) <= 120
