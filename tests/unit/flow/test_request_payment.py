"""The order id at the PSP."""

from hypothesis import given
from hypothesis import strategies as st

from connector_core.flow.request_payment import psp_order_id


@given(st.text(max_size=60))
def test_the_psp_takes_it_whatever_the_reference_is(reference: str) -> None:
    made = psp_order_id(reference)
    assert len(made) <= 26
    assert made.isascii()
    assert made.replace("-", "").replace("_", "").isalnum()


def test_it_is_unique_and_shows_the_reference() -> None:
    made = {psp_order_id("2001") for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(one.startswith("2001-") for one in made)
