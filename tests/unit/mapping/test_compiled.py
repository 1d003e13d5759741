import pytest

from connector_core.domain.errors import MappingError
from connector_core.mapping import apply_mapping
from tests.unit.mapping.documents import RECORD, compiled, document, refusal


def test_an_error_names_file_line_field_path_and_cure() -> None:
    error = refusal("phone", phone="")
    line = document().splitlines().index("  phone: { from: phone, as: phone, region: country }") + 1
    assert error.sentence == (
        f"The order has no telephone number (field phone, read from phone, shop/order.yaml:{line})."
    )
    assert error.where == f"shop/order.yaml:{line}"
    assert error.cure == f"Fill phone in the order, or change shop/order.yaml:{line}."


def test_of_several_paths_each_is_a_way_out() -> None:
    error = refusal("phone", "{ from: buyer.mobile || buyer.phone || phone, as: phone, region: country }", phone="")
    assert "read from buyer.mobile or buyer.phone or phone, " in error.sentence
    assert error.cure.startswith("Fill buyer.mobile or buyer.phone or phone in the order")


def test_an_expression_that_meets_a_wrong_type_parks_the_order() -> None:
    error = refusal("reference", "{ from: \"join(' ', parts)\", as: text }", parts=5)
    assert "does not fit the record" in error.sentence


def test_whole_numbers_of_a_version_sort_as_text() -> None:
    versions = [apply_mapping(compiled(), {**RECORD, "modified": n}, "DE").version for n in (9, 10, 100)]
    assert versions == sorted(versions)
    assert versions[0].endswith("9")


@pytest.mark.parametrize(("key", "field"), [("modified", "version"), ("number", "number")])
def test_an_order_that_is_asked_for_needs_mark_and_number(key: str, field: str) -> None:
    with pytest.raises(MappingError) as caught:
        apply_mapping(compiled(), {**RECORD, key: None}, "DE")
    assert caught.value.field == field
    with pytest.raises(MappingError, match="65 characters"):
        apply_mapping(compiled(), {**RECORD, key: "x" * 65}, "DE")


def test_the_label_follows_the_content_and_not_the_comments() -> None:
    assert compiled().label == compiled("# a comment").label
    assert compiled().label != compiled("when: number").label
    name, _, fingerprint = compiled().label.partition("+")
    assert name == "shop.order@1"
    assert len(fingerprint) == 8
