"""A person has the PayLink sent once more, by the same messenger or another."""

from collections.abc import Sequence
from datetime import timedelta

from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import MessageId, uuid7
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.flow.send_message import queued
from connector_core.flow.stage import Outcome
from connector_core.ports.clock import Clock

PAUSE = timedelta(minutes=1)
"""A second click is no second wish."""


def notify(state: OrderState, channels: Sequence[str], clock: Clock, channel: str = "") -> Outcome:
    """`channels` are the shop's; `channel` is one of them, else the first. Raises `InvalidInput` that says why nothing
    is sent.
    """
    request, link, now = state.request, state.open_link, clock.now()
    if request is None or request.state is not RequestState.OPEN or link is None or link.state is not LinkState.OPEN:
        raise InvalidInput(
            "There is no PayLink that could be paid now.", status=409, cure="Ask again with a new PayLink first."
        )
    if channel and channel not in channels:
        raise InvalidInput(
            f"The shop has no channel {channel}.", field="channel", status=422, cure=f"Take one of: {list(channels)}."
        )
    asking = [message for message in state.messages if message.purpose is not Purpose.RECEIPT]
    if any(message.delivery is Delivery.QUEUED or message.created_at > now - PAUSE for message in asking):
        raise InvalidInput(
            "The buyer was written to within the last minute.", status=409, cure="Wait a minute before you send again."
        )
    told = any(message.delivery is not Delivery.FAILED for message in asking)
    message = Message(
        id=MessageId(uuid7()),
        order_id=state.order.id,
        request_id=request.id,
        purpose=Purpose.REMINDER if told else Purpose.PAYLINK,
        channel=channel or channels[0],
        to=request.terms.phone,
        language=request.terms.language,
        revision=request.revision,
        delivery=Delivery.QUEUED,
        created_at=now,
        url=link.url,
    )
    return queued(state, message, now)
