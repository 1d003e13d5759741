"""An open PayLink follows its edited order: in place where the PSP allows it, else by closing it and making another."""

from dataclasses import replace

from connector_core.domain.errors import NotFound, Rejected
from connector_core.domain.event import EventType
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.create_link import find_link, link_ask, valid_until
from connector_core.flow.request_payment import wanted_link
from connector_core.flow.send_message import paylink_message
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened
from connector_core.flow.track_payment import record_facts

_STILL_PAYABLE = Rejected(
    "The order was edited, but after a refused card the PSP neither changes nor closes its PayLink, which asks for the "
    "old amount and may still be paid.",
    code="still_payable",
    cure="Agree with the buyer. When the PayLink has expired, replay the order: it then gets a new one.",
)


async def update_link(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. Repeating it is harmless: it always sends the newest revision (faults.md 57)."""
    link, request = find_link(state, step.payload["link_id"]), state.request
    if request is None or request.state is not RequestState.OPEN or link.state is not LinkState.OPEN:
        return NOTHING
    if link.revision == request.revision:
        return NOTHING
    gateway = ports.gateway(link.account)
    try:
        until = valid_until(state, link, ports)
        reading = await gateway.update_link(link, link_ask(state, request, link, until, ports))
    except (Rejected, NotFound) as refusal:
        if isinstance(refusal, Rejected) and refusal.code != "closed":
            raise
        return await _replace(state, request, link, ports)
    now = ports.clock.now()
    updated = replace(
        link,
        amount=reading.amount,
        revision=request.revision,
        url=reading.url or link.url,
        expires_at=reading.expires_at,
    )
    event = happened(EventType.LINK_REPLACED, state, now, link.id, revision=updated.revision, in_place=True)
    return Outcome(values=[updated], events=[event]) + paylink_message(state, updated, ports)


async def _replace(state: OrderState, request: PaymentRequest, link: PayLink, ports: Ports) -> Outcome:
    """The link cannot be changed: it was paid, which is recorded, or it is closed first and another takes its place."""
    gateway = ports.gateway(link.account)
    end = (await gateway.close_link(link)).state
    recorded = record_facts(state, await gateway.payments(link), ports)
    after = state.with_values(recorded.values)
    if end is LinkState.PAID or after.request is None or after.request.state is not RequestState.OPEN:
        return recorded
    if end is LinkState.FAILED:
        return recorded + Outcome(parked=_STILL_PAYABLE)
    now = ports.clock.now()
    dead = replace(link, state=end, settled_at=now)
    closed = Outcome(values=[dead], events=[happened(EventType.LINK_CLOSED, state, now, link.id, state=end)])
    return recorded + closed + wanted_link(after.with_values([dead]), request, ports)
