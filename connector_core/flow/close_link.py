"""A PayLink that nobody shall pay any more is closed at the PSP."""

from dataclasses import replace
from datetime import datetime

from connector_core.domain.event import EventType
from connector_core.domain.request import LinkState, PayLink
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.create_link import find_link
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened
from connector_core.flow.track_payment import record_facts


async def close_link(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. Idempotent. A buyer who was quicker is recorded as paid late (faults.md 58)."""
    link = find_link(state, step.payload["link_id"])
    if link.state not in (LinkState.OPEN, LinkState.WANTED):
        return NOTHING
    if not link.psp_link and _may_be_made(state, link):
        return NOTHING
    if not link.psp_link:
        return _settled(state, link, LinkState.CLOSED, ports.clock.now())
    gateway = ports.gateway(link.account)
    reading = await gateway.close_link(link)
    if reading.state is LinkState.PAID:
        return record_facts(state, await gateway.payments(link), ports)
    return _settled(state, link, reading.state, ports.clock.now())


def _may_be_made(state: OrderState, link: PayLink) -> bool:
    """Its making broke off, so that nobody knows: it is waited out, and not closed (docs/decisions/0004)."""
    making = (s for s in state.steps if s.kind is StepKind.CREATE_LINK and s.payload["link_id"] == link.id)
    return any(step.outcome_unknown for step in making)


def _settled(state: OrderState, link: PayLink, end: LinkState, now: datetime) -> Outcome:
    settled = replace(link, state=end, settled_at=now)
    return Outcome(values=[settled], events=[happened(EventType.LINK_CLOSED, state, now, link.id, state=end)])
