"""Field values: from JSON into exact types, and out again as Salesforce writes them (reference 2.2)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from connector_salesforce.fake.fault import ApiError, bad_json
from connector_salesforce.fake.ids import normal_id
from connector_salesforce.fake.schema import IDS, TEXTUAL, Field, Kind

_LIMIT = Decimal(10) ** 16


def show(value: Any) -> Any:
    """A stored value as JSON."""
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)  # only here, where Salesforce sends a JSON number
    return value


def read(field: Field, value: Any) -> Any:
    """`value` of a request as it is stored; text loses its outer blanks, and empty text is null.

    Raises `ApiError` JSON_PARSER_ERROR for what the field's type cannot take; such a body is refused as a whole.
    """
    if value is None:
        return None
    try:
        return _READERS[field.kind](value)
    except (TypeError, ValueError, InvalidOperation):
        raise bad_json(
            f"Cannot deserialize instance of {field.kind.value} from {_token(value)} value {value} "
            "or request may be missing a required field"
        ) from None


def check(field: Field, value: Any) -> None:
    """Raises `ApiError` for a value of the right type that the field does not take; such a row fails alone."""
    if value is None:
        return
    if field.kind in IDS and normal_id(value) is None:
        raise ApiError(400, "MALFORMED_ID", f"{field.name}: id value of incorrect type: {value}", [field.name])
    if field.values and value not in field.values:
        text = f"{field.name}: bad value for restricted picklist field: {value}"
        raise ApiError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, [field.name])
    if field.kind in TEXTUAL and len(value) > field.length:
        text = f"{field.name}: data value too large: {value} (max length={field.length})"
        raise ApiError(400, "STRING_TOO_LONG", text, [field.name])
    if field.kind is Kind.CURRENCY and abs(value) >= _LIMIT:
        text = f"{field.name}: value outside of valid range on numeric field: {value}"
        raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", text, [field.name])


def moment(text: str) -> datetime:
    """A date and time with Z or an offset; seconds are the finest (reference 2.2). Raises `ValueError`."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or "T" not in text:
        raise ValueError(text)
    return found.astimezone(UTC).replace(microsecond=0)


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise TypeError
    return value.strip() or None


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _money(value: Any) -> Decimal:
    """Takes a number, and a number in quotes."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    return number if abs(number) >= _LIMIT else number.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _moment(value: Any) -> datetime:
    return value.replace(microsecond=0) if isinstance(value, datetime) else moment(value)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _token(value: Any) -> str:
    match value:
        case bool():
            return "VALUE_TRUE" if value else "VALUE_FALSE"
        case str():
            return "VALUE_STRING"
        case int():
            return "VALUE_NUMBER_INT"
        case list():
            return "START_ARRAY"
        case dict():
            return "START_OBJECT"
    return "VALUE_NUMBER_FLOAT"


_READERS: dict[Kind, Callable[[Any], Any]] = {
    **dict.fromkeys((*TEXTUAL, *IDS), _text),
    Kind.BOOLEAN: _boolean,
    Kind.CURRENCY: _money,
    Kind.DATE: _day,
    Kind.DATETIME: _moment,
}
