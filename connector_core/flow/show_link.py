"""People who look into the source system see the PayLink that the buyer was sent."""

from connector_core.domain.request import LinkState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.stage import NOTHING, Outcome, Ports
from connector_core.sdk.plugin import OpenLink


async def show_link(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`. A link that was paid or closed meanwhile is shown no more. Raises what the source raises."""
    link = next(link for link in state.links if link.id == step.payload["link_id"])
    if link.state is LinkState.OPEN and state.request is not None:
        language = state.request.terms.language
        shown = OpenLink(link.id, state.order.order_ref, link.url, link.amount, link.created_at, language)
        await ports.source(state.order.connection).show_link(shown)
    return NOTHING
