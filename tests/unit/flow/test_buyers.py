"""How whoever is looked for is read."""

import pytest

from connector_core.domain.errors import InvalidInput
from connector_core.flow.buyers import contact_of
from connector_core.ports.privacy import Contact


@pytest.mark.parametrize(
    ("typed", "contact"),
    [
        (" Ann@Example.ORG ", Contact(email="ann@example.org")),
        ("+49 151 12345678", Contact(phones=("+4915112345678",))),
        ("0151 12345678", Contact(phones=("+4915112345678", "+4315112345678"))),
        ("030 12345678", Contact(phones=("+493012345678",))),
    ],
)
def test_an_address_or_a_number_of_each_country(typed: str, contact: Contact) -> None:
    assert contact_of(typed, ["DE", "AT", "DE"]) == contact


@pytest.mark.parametrize("typed", ["", "Ann", "12", "+999999"])
def test_anything_else_is_refused_with_a_way_out(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        contact_of(typed, ["DE"])
    assert (refused.value.field, refused.value.status) == ("contact", 422)
    assert refused.value.cure


def test_nothing_to_look_for() -> None:
    assert Contact().texts == ()
    assert Contact(("+491",), "a@b").texts == ("+491", "a@b")
