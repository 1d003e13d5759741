"""What may be asked for anew."""

from dataclasses import replace

import pytest

from connector_core.domain.errors import InvalidInput
from connector_core.domain.request import RequestState
from connector_core.flow.reissue import check_reissue
from tests.unit.flow.ledger import REQUEST, order


@pytest.mark.parametrize("by", ["", "anna@shop.example"])
@pytest.mark.parametrize("state", list(RequestState))
def test_what_has_expired_or_was_cancelled_here_may_be_asked_for_anew(state: RequestState, by: str) -> None:
    request = replace(REQUEST, state=state, cancelled_by=by)
    if state is RequestState.EXPIRED or (state is RequestState.CANCELLED and by):
        check_reissue(order(request=request))
        return
    with pytest.raises(InvalidInput) as caught:
        check_reissue(order(request=request))
    assert caught.value.status == 409
    assert caught.value.cure


def test_what_was_never_asked_for_is_not_asked_for_anew() -> None:
    with pytest.raises(InvalidInput, match="Nothing was asked for"):
        check_reissue(order(request=None))
