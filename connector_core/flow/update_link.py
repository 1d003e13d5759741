"""An open PayLink follows its edited order: in place where the PSP allows it, else by closing it and making another."""

from dataclasses import replace

from connector_core.domain.errors import NotFound, Rejected
from connector_core.domain.event import EventType
from connector_core.domain.request import LinkState, PayLink, PaymentRequest, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.create_link import find_link, link_ask
from connector_core.flow.request_payment import wanted_link
from connector_core.flow.send_message import changed_message
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened
from connector_core.flow.track_payment import record_facts


async def update_link(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. Repeating it is harmless: it always sends the newest revision (faults.md 57)."""
    link, request = find_link(state, step.payload["link_id"]), state.request
    if request is None or request.state is not RequestState.OPEN or link.state is not LinkState.OPEN:
        return NOTHING
    if link.revision == request.revision:
        return NOTHING
    gateway = ports.gateway(link.account)
    try:
        reading = await gateway.update_link(link, link_ask(state, request, link, ports))
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
    return Outcome(values=[updated], events=[event]) + changed_message(state, updated, ports)


async def _replace(state: OrderState, request: PaymentRequest, link: PayLink, ports: Ports) -> Outcome:
    """The link is open no more: paid, which is recorded, or dead, and then a new one takes its place."""
    facts = await ports.gateway(link.account).payments(link)
    recorded = record_facts(state, facts, ports)
    after = state.with_values(recorded.values)
    if after.request is None or after.request.state is not RequestState.OPEN:
        return recorded
    now = ports.clock.now()
    dead = replace(link, state=LinkState.CLOSED, settled_at=now)
    closed = Outcome(values=[dead], events=[happened(EventType.LINK_CLOSED, state, now, link.id)])
    return recorded + closed + wanted_link(after.with_values([dead]), request, ports)
