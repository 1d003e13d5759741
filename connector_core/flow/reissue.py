"""What has expired is asked for anew, with a new PayLink."""

from connector_core.domain.errors import InvalidInput
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState


def check_reissue(state: OrderState) -> None:
    """Raises `InvalidInput` that says why there is nothing to ask for anew. What a person has cancelled here against
    the will of its order may be asked for anew too.
    """
    request = state.request
    if state.order.erased_at is not None:
        raise _refused("Its buyer was erased here.", "Make another request; it asks for the number anew.")
    if request is None:
        raise _refused("Nothing was asked for yet.", "See what stopped, and try that anew.")
    match request.state:
        case RequestState.OPEN:
            raise _refused("The buyer can still pay it.", "Send its PayLink again, or change the request.")
        case RequestState.PAID:
            raise _refused("It is paid.", "Make another request for more money.")
        case RequestState.CANCELLED if not request.cancelled_by:
            raise _refused("Its order was cancelled.", "Make another one.")
        case RequestState.CANCELLED | RequestState.EXPIRED:
            return


def _refused(sentence: str, cure: str) -> InvalidInput:
    return InvalidInput(sentence, status=409, cure=cure)
