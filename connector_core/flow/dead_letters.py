"""A buyer who is erased is erased from the dead letters too."""

from collections.abc import Awaitable, Callable

from connector_core.domain.cloudevent import decode_order_event
from connector_core.domain.erasure import buyer_of
from connector_core.domain.errors import InvalidInput, RetryLater
from connector_core.domain.state import OrderState
from connector_core.ports.broker import BrokerUnavailable, DeadLetters, DeadLetterView


def forget_letters(letters: DeadLetters | None) -> list[Callable[[OrderState], Awaitable[None]]]:
    """What removes letters about an order, and those that nobody can read but hold how its buyer is reached. Nothing
    where no letters are kept.
    """
    if letters is None:
        return []

    async def forget(state: OrderState) -> None:
        try:
            await letters.remove(lambda letter: _about(letter, state))
        except BrokerUnavailable as error:
            raise RetryLater("The dead letters cannot be looked through at present.", detail=str(error)) from None

    return [forget]


def _about(letter: DeadLetterView, state: OrderState) -> bool:
    try:
        event = decode_order_event(letter.body)
    except InvalidInput:
        return buyer_of(state).is_in(letter.body.decode(errors="replace"))
    return (event.connection, event.order_ref) == (state.order.connection, state.order.order_ref)
