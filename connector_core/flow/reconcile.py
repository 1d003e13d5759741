"""The safety net under the PSP's notifications: open PayLinks are read at the PSP, regularly and after their end."""

from dataclasses import replace

from connector_core.domain.event import EventType
from connector_core.domain.ids import WriteBackId, uuid7
from connector_core.domain.payment import WriteBack, WriteBackFact, WriteBackState
from connector_core.domain.request import LinkState, PayLink, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.create_link import find_link, on_trial, reconcile_step
from connector_core.flow.request_payment import wanted_link
from connector_core.flow.stage import NOTHING, Outcome, Ports, happened, new_step
from connector_core.flow.track_payment import record_facts

_MOST_REPLACED = 2
"""So many links of one request end before their time and are replaced; every replacement is a message to the buyer."""


async def reconcile(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. No notice is sent for a link that expires without an attempt (faults.md 36)."""
    link = find_link(state, step.payload["link_id"])
    if link.state is not LinkState.OPEN:
        return NOTHING
    gateway = ports.gateway(link.account)
    reading = await gateway.read_link(link)
    recorded = NOTHING
    if reading.state is not LinkState.OPEN:
        recorded = record_facts(state, await gateway.payments(link), ports)
    after = state.with_values(recorded.values)
    if find_link(after, link.id).state is not LinkState.OPEN:
        return recorded
    if reading.state in (LinkState.OPEN, LinkState.PAID):
        return recorded + Outcome(steps=[reconcile_step(state, replace(link, expires_at=reading.expires_at), ports)])
    return recorded + _ended(after, link, reading.state, ports)


def _ended(state: OrderState, link: PayLink, end: LinkState, ports: Ports) -> Outcome:
    """The link has come to its end unpaid; with it the request, unless another link lives or takes its place."""
    now = ports.clock.now()
    ended = replace(link, state=end, settled_at=now)
    outcome = Outcome(values=[ended], events=[happened(EventType.LINK_CLOSED, state, now, link.id, state=end)])
    request = state.request
    if request is None or request.state is not RequestState.OPEN or state.with_values([ended]).open_link:
        return outcome
    if end is LinkState.EXPIRED and on_trial(state, link, ports) and _replaced(state) < _MOST_REPLACED:
        return outcome + wanted_link(state.with_values([ended]), request, ports)
    closed = replace(request, state=RequestState.EXPIRED, updated_at=now, closed_at=now)
    write_back = WriteBack(WriteBackId(uuid7()), state.order.id, WriteBackFact.EXPIRED, WriteBackState.DUE, now)
    return outcome + Outcome(
        values=[closed, write_back],
        events=[
            happened(EventType.REQUEST_CLOSED, state, now, closed.id, state=closed.state),
            happened(EventType.WRITEBACK_DUE, state, now, write_back.id, fact=write_back.fact),
        ],
        steps=[new_step(state.order.id, StepKind.WRITE_BACK, now, write_back_id=write_back.id)],
    )


def _replaced(state: OrderState) -> int:
    return sum(link.state is LinkState.EXPIRED for link in state.links)
