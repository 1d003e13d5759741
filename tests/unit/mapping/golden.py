"""What a mapping makes of a record, as the JSON of the `*.expected.json` files."""

from typing import Any

from connector_core.domain.errors import MappingError
from connector_core.domain.request import Terms
from connector_core.mapping import CompiledMapping, apply_mapping

REGION, LANGUAGE = "DE", "de"


def outcome(mapping: CompiledMapping, record: Any) -> dict[str, Any]:
    """Terms, the reason why nothing is asked for, or the error that parks the order; of a shop in Germany."""
    try:
        mapped = apply_mapping(mapping, record, REGION, LANGUAGE)
    except MappingError as error:
        return {"error": {"field": error.field, "sentence": error.sentence.partition(" (field")[0]}}
    seen: dict[str, Any] = {"version": mapped.version, "number": mapped.number}
    if mapped.terms is None:
        return {**seen, "withdrawn": mapped.withdrawn, "skipped": mapped.skipped}
    return {**seen, "terms": _terms(mapped.terms)}


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "amount": {"minor": terms.amount.minor, "currency": terms.amount.currency},
        "reference": terms.reference,
        "phone": terms.phone,
        "language": terms.language,
        "name": terms.name,
        "email": terms.email,
        "description": terms.description,
        "valid_until": terms.valid_until.isoformat() if terms.valid_until else None,
    }
