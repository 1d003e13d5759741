"""The PSP makes the PayLink that the open request wants."""

from dataclasses import replace
from datetime import timedelta

from connector_core.domain.event import EventType
from connector_core.domain.ids import LinkId
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.send_message import paylink_message
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step
from connector_core.flow.track_payment import record_facts
from connector_core.ports.gateway import LinkAsk, LinkReading


async def create_link(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. Raises what the gateway raises.

    The PSP cannot be asked for a link by our order id (reference/lyra.md 4). After an attempt without an outcome we
    look for payments under that id, and create again under the same one: the address of a link that was made unseen was
    told to nobody, and whatever might be paid on it still finds its order (docs/decisions/0004).
    """
    link = find_link(state, step.payload["link_id"])
    request = state.request
    if request is None or link.state is not LinkState.WANTED:
        return NOTHING
    if request.state is not RequestState.OPEN:
        return Outcome(values=[replace(link, state=LinkState.CLOSED, settled_at=ports.clock.now())])
    gateway = ports.gateway(link.account)
    if step.outcome_unknown and (facts := await gateway.payments(link)):
        return record_facts(state, facts, ports)
    reading = await gateway.create_link(link_ask(state, request, link, ports))
    return _open(state, request, link, reading, ports)


def find_link(state: OrderState, link_id: str) -> PayLink:
    return next(link for link in state.links if link.id == LinkId(link_id))


def link_ask(state: OrderState, request: PaymentRequest, link: PayLink, ports: Ports) -> LinkAsk:
    """What the request's newest revision asks the PSP for."""
    shop = ports.shop(state)
    return LinkAsk(
        psp_order=link.psp_order,
        terms=request.terms,
        valid_until=request.terms.valid_until or link.expires_at or ports.clock.now() + shop.link_validity,
        payment_methods=shop.payment_methods,
        ours={"order": state.order.id, "link": link.id},
    )


def reconcile_step(state: OrderState, link: PayLink, ports: Ports) -> Step:
    """The next time at which an open link is read at the PSP: regularly, and once more after its end."""
    now, timing = ports.clock.now(), ports.timing
    due = now + timing.reconcile_every
    if link.expires_at:
        due = min(due, max(link.expires_at + timing.expiry_grace, now + timedelta(seconds=1)))
    return new_step(state.order.id, StepKind.RECONCILE, now, due, link_id=link.id)


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
    replaced = any(other.state is not LinkState.WANTED for other in state.links if other.id != link.id)
    type_ = EventType.LINK_REPLACED if replaced else EventType.LINK_CREATED
    event = happened(type_, state, now, made.id, psp_link=made.psp_link, revision=made.revision)
    after = state.with_values([made])
    opened = Outcome(values=[made], events=[event], steps=[reconcile_step(after, made, ports)])
    return opened + paylink_message(after, made, ports)
