"""A buyer who has not paid is reminded, by the rules of the shop."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connector_core.domain.message import Delivery, Purpose
from connector_core.domain.phone import zone_of
from connector_core.domain.request import LinkState, MoneyState, RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepKind
from connector_core.flow.create_link import valid_until
from connector_core.flow.send_message import paylink_message
from connector_core.flow.stage import NOTHING, Outcome, Ports, new_step

_APART = timedelta(hours=1)
"""Between a message and a reminder, unless the rules want less, and between two looks at who cannot be reminded yet."""


async def remind(state: OrderState, step: Step, ports: Ports) -> Outcome:
    """Payload: `link_id`, `nth` of the moments of the shop's rules. Nobody is reminded of what is paid, closed or on
    its way (faults.md 44a), of another PayLink, in their quiet hours, or against their will.
    """
    request, link, now = state.request, state.open_link, ports.clock.now()
    if request is None or link is None or link.id != step.payload["link_id"]:
        return NOTHING
    if request.state is not RequestState.OPEN or link.state is not LinkState.OPEN:
        return NOTHING
    if await ports.opted_out(request.terms.phone):
        return NOTHING
    later = _later(state, now, ports)
    if later > now:
        return Outcome(steps=[new_step(state.order.id, StepKind.REMIND, now, later, **step.payload)])
    return paylink_message(state, link, ports) + _next(state, step, now, ports)


def _later(state: OrderState, now: datetime, ports: Ports) -> datetime:
    """The moment from which on the buyer may be reminded: now, or one that is to come."""
    request, shop = state.request, ports.shop(state)
    assert request is not None
    asking = [message for message in state.messages if message.purpose is not Purpose.RECEIPT]
    reached = [message for message in asking if message.delivery not in (Delivery.QUEUED, Delivery.FAILED)]
    if not reached or request.money is not MoneyState.OPEN:
        return now + _APART
    if (rested := max(message.created_at for message in reached) + min([_APART, *shop.reminders])) > now:
        return rested
    zone = ZoneInfo(zone_of(request.terms.phone))
    return max(now, shop.quiet_hours.over_at(now.astimezone(zone)).astimezone(now.tzinfo))


def _next(state: OrderState, step: Step, now: datetime, ports: Ports) -> Outcome:
    link = state.open_link
    assert link is not None
    moments = ports.shop(state).reminder_moments(link.created_at, valid_until(state, link, ports))
    following = int(step.payload["nth"]) + 1
    if following >= len(moments):
        return NOTHING
    due = max(moments[following], now)
    return Outcome(steps=[new_step(state.order.id, StepKind.REMIND, now, due, link_id=link.id, nth=following)])
