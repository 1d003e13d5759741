import pytest

from connector_core.domain.errors import MappingError
from connector_core.domain.ids import ConnectionId
from connector_core.mapping import Library, MappingEngine, apply_mapping
from connector_core.ports.mapper import Mapper
from tests.unit.mapping.documents import RECORD, compiled

MAIN, OTHER = ConnectionId("shop-main"), ConnectionId("shop-other")
WITHDRAWN = """
withdrawn: { is: "status == 'cancelled'", reason: The order was cancelled, show: status }
when: { is: "status == 'open'", reason: The order is not open. , show: status }
"""


def test_withdrawn_goes_before_when() -> None:
    mapping = compiled(WITHDRAWN)
    cancelled = apply_mapping(mapping, {**RECORD, "status": "cancelled"}, "DE")
    assert (cancelled.withdrawn, cancelled.skipped, cancelled.terms) == (
        True,
        "The order was cancelled (cancelled).",
        None,
    )
    draft = apply_mapping(mapping, {**RECORD, "status": "draft"}, "DE")
    assert (draft.withdrawn, draft.skipped, draft.terms) == (False, "The order is not open (draft).", None)
    opened = apply_mapping(mapping, {**RECORD, "status": "open"}, "DE")
    assert opened.terms is not None
    assert (opened.withdrawn, opened.skipped) == (False, "")


def test_a_skipped_record_need_not_be_complete() -> None:
    mapped = apply_mapping(compiled(WITHDRAWN), {"id": 156}, "DE")
    assert mapped.skipped == "The order is not open (nothing)."
    assert (mapped.version, mapped.number) == ("", "")


def test_without_words_of_its_own_the_condition_is_shown() -> None:
    mapped = apply_mapping(compiled("when: status == 'open'"), RECORD, "DE")
    assert mapped.skipped == "The mapping's condition 'when' decides so: status == 'open'."


def test_a_reason_shows_no_card_number_and_no_essay() -> None:
    mapped = apply_mapping(compiled(WITHDRAWN), {**RECORD, "status": "4111111111111111 " + "x" * 200}, "DE")
    assert "4111" not in mapped.skipped
    assert len(mapped.skipped) < 80


def test_a_condition_that_meets_a_wrong_type_parks_the_order() -> None:
    with pytest.raises(MappingError) as caught:
        apply_mapping(compiled("when: starts_with(status, 'o')"), {**RECORD, "status": 5}, "DE")
    assert caught.value.field == "when"


@pytest.mark.parametrize("record", [None, [], "text", 5])
def test_a_record_that_is_no_object_is_refused(record: object) -> None:
    with pytest.raises(MappingError, match="no object"):
        apply_mapping(compiled(), record, "DE")  # type: ignore[arg-type]  # what a broken plugin may hand over


def test_the_engine_is_a_mapper_of_each_connections_shop() -> None:
    engine: Mapper = MappingEngine(
        Library({"shop.order": compiled()}),
        regions={MAIN: "DE", OTHER: "AT"},
        default_documents={MAIN: "shop.order"},
        languages={MAIN: "de"},
    )
    record = {**RECORD, "phone": "0664 1234567", "country": None, "lang": None}
    mapped = engine.map(OTHER, "shop.order", record)
    assert mapped.terms is not None
    assert (mapped.terms.phone, mapped.terms.language) == ("+436641234567", "en")
    mapped = engine.map(MAIN, "", RECORD | {"lang": ""})
    assert mapped.terms is not None
    assert mapped.terms.language == "de"


def test_a_connections_own_document_replaces_the_librarys() -> None:
    own = compiled(name="{ as: constant, value: own }")
    engine = MappingEngine(Library({"shop.order": compiled()}), {}, {}, overrides={MAIN: {"shop.order": own}})
    assert engine.mapping_of(MAIN, "shop.order") is own
    assert engine.mapping_of(OTHER, "shop.order") is not own


def test_an_unknown_kind_of_record_is_parked_with_a_hint() -> None:
    engine = MappingEngine(Library({"shop.order": compiled()}), {}, {})
    with pytest.raises(MappingError, match=r"no mapping for shop\.ordr.*Did you mean 'shop\.order'"):
        engine.map(MAIN, "shop.ordr", RECORD)
