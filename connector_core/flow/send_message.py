"""A message goes to the buyer: the PayLink, or the news that it has changed."""

from dataclasses import replace
from datetime import datetime, timedelta

from connector_core.domain.errors import ConnectorError, OutcomeUnknown, RetryLater, Unreachable
from connector_core.domain.event import EventType
from connector_core.domain.ids import MessageId, PaymentId, uuid7
from connector_core.domain.message import Delivery, Message, Purpose
from connector_core.domain.money import Money
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step, parked_steps, revived
from connector_core.ports.channel import MessageAsk


async def send_message(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `message_id`. Nothing is sent when the request was closed or the link replaced in the meantime."""
    message, request = find_message(state, step.payload["message_id"]), state.request
    link = state.open_link
    if message.delivery.rank > Delivery.UNKNOWN.rank:
        return NOTHING
    if request is None or request.state is not RequestState.OPEN or link is None or link.state is not LinkState.OPEN:
        return _not_needed(message, ports.clock.now())
    if step.outcome_unknown:
        return _unheard(state, message, ports)
    message = replace(message, revision=request.revision, to=request.terms.phone, url=link.url)
    return await deliver(state, message, request.terms.amount, ports)


async def deliver(state: OrderState, message: Message, amount: Money, ports: Ports) -> Outcome:
    """One send over the message's channel; a buyer out of its reach is tried over the shop's next channel."""
    request = state.request
    assert request is not None
    if await ports.opted_out(message.to):
        return _opted_out(message, ports.clock.now())
    ask = MessageAsk(
        attempt_id=message.id,
        purpose=message.purpose,
        to=message.to,
        language=message.language,
        shop=ports.shop(state).name,
        reference=request.terms.reference,
        amount=amount,
        name=request.terms.name,
        email=request.terms.email,
        url=message.url,
    )
    try:
        accepted = await ports.channel(message.channel).send(ask)
    except Unreachable as unreachable:
        return next_channel(state, message, unreachable, ports)
    now = ports.clock.now()
    sent = replace(message, delivery=Delivery.ACCEPTED, provider_id=accepted.provider_id, updated_at=now)
    event = happened(EventType.MESSAGE_ACCEPTED, state, now, sent.id, purpose=sent.purpose, channel=sent.channel)
    return Outcome(values=[sent], events=[event])


def next_channel(state: OrderState, message: Message, why: ConnectorError, ports: Ports) -> Outcome:
    """The failed message, and the same one over the shop's next channel; without a next one a person is asked."""
    now = ports.clock.now()
    failed = replace(message, delivery=Delivery.FAILED, error=why.sentence, updated_at=now)
    event = happened(
        EventType.MESSAGE_STATUS,
        state,
        now,
        message.id,
        cause=why.sentence,
        delivery=failed.delivery,
        channel=failed.channel,
    )
    channels = ports.shop(state).channels
    later = channels[channels.index(message.channel) + 1 :] if message.channel in channels else ()
    if not later:
        return Outcome(values=[failed], events=[event], parked=why)
    return Outcome(values=[failed], events=[event]) + queued_again(state, replace(message, channel=later[0]), now)


def queued_again(state: OrderState, message: Message, now: datetime) -> Outcome:
    """The same message once more, under an id of its own."""
    again = replace(
        message, id=MessageId(uuid7()), delivery=Delivery.QUEUED, created_at=now, updated_at=None,
        provider_id="", error="",
    )  # fmt: skip
    return queued(state, again, now)


def paylink_message(state: OrderState, link: PayLink, ports: Ports) -> Outcome:
    """Tells the buyer of the link as it is now; one who was told before hears what changed, or is reminded."""
    request = state.request
    told = [m for m in _told(state) if request is not None and m.to == request.terms.phone]
    if not told:
        return _new(state, Purpose.PAYLINK, link, ports)
    same_terms = max(m.revision for m in told) == link.revision
    return _new(state, Purpose.REMINDER if same_terms else Purpose.CHANGED, link, ports)


def receipt_message(
    state: OrderState, request: PaymentRequest, payment_id: PaymentId, now: datetime, ports: Ports
) -> Outcome:
    """One receipt per capture (invariant I19)."""
    message = _message(request, Purpose.RECEIPT, ports.shop(state).channels[0], now)
    return queued(state, replace(message, payment_id=payment_id), now)


def find_message(state: OrderState, message_id: str) -> Message:
    return next(message for message in state.messages if message.id == MessageId(message_id))


def await_report(message: Message, ports: Ports) -> None:
    """Raises `RetryLater` while a message whose sending broke off is given time to report itself."""
    left = ports.patience.left(message.id, ports.timing.unknown_wait, ports.clock)
    if left > timedelta():
        raise RetryLater(f"Waiting for the messenger to report the message ({message.purpose.value}).", after=left)


def _new(state: OrderState, purpose: Purpose, link: PayLink, ports: Ports) -> Outcome:
    """A message to queue, in place of nothing: a queued one of this request takes up the newest terms by itself."""
    request, now = state.request, ports.clock.now()
    assert request is not None
    parked = parked_steps(state, StepKind.SEND_MESSAGE)
    if any(m.delivery is Delivery.QUEUED and m.purpose is not Purpose.RECEIPT for m in state.messages):
        return Outcome(steps=revived(parked, now))
    message = _message(request, purpose, ports.shop(state).channels[0], now)
    superseded = Outcome(done=[step.id for step in parked])
    return superseded + queued(state, replace(message, url=link.url), now)


def _message(request: PaymentRequest, purpose: Purpose, channel: str, now: datetime) -> Message:
    return Message(
        id=MessageId(uuid7()),
        order_id=request.order_id,
        request_id=request.id,
        purpose=purpose,
        channel=channel,
        to=request.terms.phone,
        language=request.terms.language,
        revision=request.revision,
        delivery=Delivery.QUEUED,
        created_at=now,
    )


def queued(state: OrderState, message: Message, now: datetime) -> Outcome:
    """A new message, and the step that sends it."""
    kind = StepKind.SEND_RECEIPT if message.purpose is Purpose.RECEIPT else StepKind.SEND_MESSAGE
    event = happened(EventType.MESSAGE_QUEUED, state, now, message.id, purpose=message.purpose, channel=message.channel)
    step = new_step(message.order_id, kind, now, message_id=message.id)
    return Outcome(values=[message], events=[event], steps=[step])


def _told(state: OrderState) -> list[Message]:
    unheard = (Delivery.QUEUED, Delivery.FAILED)
    return [m for m in state.messages if m.purpose is not Purpose.RECEIPT and m.delivery not in unheard]


def _opted_out(message: Message, now: datetime) -> Outcome:
    """Nobody is written to against their will; for a request, a person finds another way (faults.md 52)."""
    why = Unreachable(
        "The buyer has opted out of messages.",
        cure="Reach the buyer another way; the PayLink stays payable until it ends.",
    )
    failed = replace(message, delivery=Delivery.FAILED, error=why.sentence, updated_at=now)
    return Outcome(values=[failed], parked=None if message.purpose is Purpose.RECEIPT else why)


def _not_needed(message: Message, now: datetime) -> Outcome:
    why = "not sent: nothing was to be paid any more when its turn came"
    return Outcome(values=[replace(message, delivery=Delivery.FAILED, error=why, updated_at=now)])


def _unheard(state: OrderState, message: Message, ports: Ports) -> Outcome:
    """No answer and, for long enough, no status either: at most one repeat, with the same link (faults.md 46)."""
    await_report(message, ports)
    now = ports.clock.now()
    unknown = replace(message, delivery=Delivery.UNKNOWN, updated_at=now)
    twins = [m for m in state.messages if m.purpose is message.purpose and m.revision == message.revision]
    if len(twins) > 1:
        lost = OutcomeUnknown(
            "The messenger answered neither the message nor its repeat, and reported neither.",
            cure="Ask the buyer whether the message came; if it did not, send it again: paylink replay ORDER.",
        )
        return Outcome(values=[unknown], parked=lost)
    return Outcome(values=[unknown]) + queued_again(state, message, now)
