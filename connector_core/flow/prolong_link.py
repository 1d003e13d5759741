"""A PayLink that came through its trial gets its whole validity."""

from dataclasses import replace

from connector_core.domain.errors import NotFound, Rejected
from connector_core.domain.request import LinkState, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.create_link import find_link, link_ask, on_trial, reconcile_step, valid_until
from connector_core.flow.reconcile import reconcile
from connector_core.flow.stage import NOTHING, Outcome, Ports


async def prolong_link(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. Repeating it is harmless. A link that the PSP changes no more is read at once instead:
    it was paid, which is recorded early, or a card was refused, and it is replaced after its end.
    """
    link, request = find_link(state, step.payload["link_id"]), state.request
    if request is None or request.state is not RequestState.OPEN or link.state is not LinkState.OPEN:
        return NOTHING
    if not on_trial(state, link, ports):
        return NOTHING
    until = valid_until(state, link, ports)
    asked = replace(request, terms=replace(request.terms, amount=link.amount))
    try:
        reading = await ports.gateway(link.account).update_link(link, link_ask(state, asked, link, until, ports))
    except (Rejected, NotFound) as refusal:
        if isinstance(refusal, Rejected) and refusal.code != "closed":
            raise
        return _without(state, link.id) + await reconcile(state, step, ports)
    prolonged = replace(link, expires_at=reading.expires_at)
    return _without(state, link.id) + Outcome(values=[prolonged], steps=[reconcile_step(state, prolonged, ports)])


def _without(state: OrderState, link_id: str) -> Outcome:
    """The reading that was planned for the end of the trial is planned anew."""
    planned = [s.id for s in state.steps if s.kind is StepKind.RECONCILE and s.payload.get("link_id") == link_id]
    return Outcome(done=planned)
