"""The PSP makes the PayLink that the open request wants, first on trial and then for its whole validity."""

from dataclasses import replace
from datetime import datetime, timedelta

from connector_core.domain.errors import RetryLater
from connector_core.domain.event import EventType
from connector_core.domain.ids import LinkId
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.middleware.retry import pause_after
from connector_core.flow.request_payment import wanted_link
from connector_core.flow.send_message import paylink_message
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step
from connector_core.flow.track_payment import record_facts
from connector_core.ports.gateway import LinkAsk, LinkReading

_PROLONG_AFTER = 0.1
"""The part of its trial after which a PayLink is prolonged: the rest is for us to be away."""
_WHOLE_SECOND = timedelta(seconds=1)
"""PSPs keep the end of a link in whole seconds."""
_SHOWN_AFTER = timedelta(seconds=1)
"""Off the hot path: no order waits until the merchant's system has taken the link of another."""


def link_ahead(state: OrderState, step: Step, ports: Ports) -> tuple[Step, Outcome]:
    """What the attempt will ask for, stored before the call: when the link will end if its answer is lost."""
    link = find_link(state, step.payload["link_id"])
    if step.outcome_unknown or link.state is not LinkState.WANTED:
        return step, NOTHING
    asked = replace(link, created_at=ports.clock.now())
    end = valid_until(state, asked, ports)
    trial = ports.timing.link_trial
    until = min(end, asked.created_at + trial) if trial else end
    return step, Outcome(values=[replace(asked, expires_at=until)])


async def create_link(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. Raises what the gateway raises.

    The PSP cannot be asked for a link by our order id (reference/lyra.md 4), so an attempt without an outcome is waited
    out: no other link is made while the lost one may be payable (docs/decisions/0004; faults.md 13 and 24).
    """
    link = find_link(state, step.payload["link_id"])
    request = state.request
    if request is None or link.state is not LinkState.WANTED:
        return NOTHING
    if step.outcome_unknown:
        return await _wait_out(state, request, link, ports)
    if request.state is not RequestState.OPEN:
        return Outcome(values=[replace(link, state=LinkState.CLOSED, settled_at=ports.clock.now())])
    await _nothing_payable(state, link, step, ports)
    assert link.expires_at is not None
    reading = await ports.gateway(link.account).create_link(link_ask(state, request, link, link.expires_at, ports))
    return _open(state, request, link, reading, ports)


def find_link(state: OrderState, link_id: str) -> PayLink:
    return next(link for link in state.links if link.id == LinkId(link_id))


def valid_until(state: OrderState, link: PayLink, ports: Ports) -> datetime:
    """The end of the link's whole validity: the order's own, else the shop's from the making of the link."""
    own = state.request.terms.valid_until if state.request else None
    return own or link.created_at + ports.shop(state).link_validity


def on_trial(state: OrderState, link: PayLink, ports: Ports) -> bool:
    """Whether the link would end before its whole validity, because it was not prolonged yet."""
    trial = ports.timing.link_trial + _WHOLE_SECOND
    short = link.expires_at is not None and link.expires_at <= link.created_at + trial
    return short and link.expires_at is not None and link.expires_at + _WHOLE_SECOND < valid_until(state, link, ports)


def link_ask(state: OrderState, request: PaymentRequest, link: PayLink, until: datetime, ports: Ports) -> LinkAsk:
    """What the request's newest revision asks the PSP for."""
    return LinkAsk(
        psp_order=link.psp_order,
        terms=request.terms,
        valid_until=until,
        payment_methods=ports.shop(state).payment_methods,
        ours={"order": state.order.id, "link": link.id},
    )


def reconcile_step(state: OrderState, link: PayLink, ports: Ports) -> Step:
    """The next time at which an open link is read at the PSP: regularly, and once more after its end."""
    now, timing = ports.clock.now(), ports.timing
    due = now + timing.reconcile_every
    if link.expires_at:
        due = min(due, max(link.expires_at + timing.expiry_grace, now + timedelta(seconds=1)))
    return new_step(state.order.id, StepKind.RECONCILE, now, due, link_id=link.id)


async def _nothing_payable(state: OrderState, link: PayLink, step: Step, ports: Ports) -> None:
    """Raises `RetryLater` while the order has another link that may be payable (invariant I2): its closing or its
    making is not through yet, or a card was refused on it, so that it could not be closed.

    The pause is named, because it is no failure of the PSP's.
    """
    for other in state.links:
        asked = other.state is LinkState.WANTED and other.expires_at is not None
        if other.id != link.id and (other.state is LinkState.OPEN or asked):
            pause = pause_after(step.attempts)
            raise RetryLater("The order's former PayLink has not come to its end yet.", after=pause)
        if other.state is LinkState.FAILED and other.expires_at is not None:
            left = other.expires_at + _WHOLE_SECOND - await ports.gateway(other.account).now()
            if left > timedelta():
                raise RetryLater("The order's former PayLink could not be closed and may still be paid.", after=left)


async def _wait_out(state: OrderState, request: PaymentRequest, link: PayLink, ports: Ports) -> Outcome:
    """A link that may have been made unseen: paid, still payable, or past its end by the PSP's own clock."""
    gateway = ports.gateway(link.account)
    if facts := await gateway.payments(link):
        return record_facts(state, facts, ports)
    end = link.expires_at or valid_until(state, link, ports)
    if (left := end + _WHOLE_SECOND - await gateway.now()) > timedelta():
        raise RetryLater(
            "The answer to the making of the PayLink was lost; another one is made when that one's end has passed.",
            after=left,
        )
    now = ports.clock.now()
    lost = replace(link, state=LinkState.LOST, settled_at=now)
    closed = happened(
        EventType.LINK_CLOSED, state, now, link.id, cause="its making was never confirmed", state=lost.state
    )
    after = state.with_values([lost])
    if request.state is not RequestState.OPEN or after.open_link:
        return Outcome(values=[lost], events=[closed])
    return Outcome(values=[lost], events=[closed]) + wanted_link(after, request, ports)


def _open(state: OrderState, request: PaymentRequest, link: PayLink, reading: LinkReading, ports: Ports) -> Outcome:
    now = ports.clock.now()
    made = replace(
        link,
        state=LinkState.OPEN,
        psp_link=reading.psp_link,
        url=reading.url,
        mode=reading.mode,
        amount=reading.amount,
        revision=request.revision,
        expires_at=reading.expires_at,
    )
    replaced = any(
        other.state not in (LinkState.WANTED, LinkState.LOST) for other in state.links if other.id != link.id
    )
    type_ = EventType.LINK_REPLACED if replaced else EventType.LINK_CREATED
    event = happened(type_, state, now, made.id, psp_link=made.psp_link, revision=made.revision)
    after = state.with_values([made])
    steps = [reconcile_step(after, made, ports)]
    if on_trial(after, made, ports):
        due = now + ports.timing.link_trial * _PROLONG_AFTER
        steps.append(new_step(state.order.id, StepKind.PROLONG_LINK, now, due, link_id=made.id))
    if reminders := ports.shop(state).reminder_moments(made.created_at, valid_until(state, made, ports)):
        steps.append(new_step(state.order.id, StepKind.REMIND, now, reminders[0], link_id=made.id, nth=0))
    told = Outcome(values=[made], events=[event], steps=steps) + paylink_message(after, made, ports)
    if ports.source(state.order.connection).shows_links:
        told += Outcome(steps=[new_step(state.order.id, StepKind.WRITE_BACK, now, now + _SHOWN_AFTER, link_id=made.id)])
    return told
