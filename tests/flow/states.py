"""How an order of a house stands."""

from connector_core.domain.payment import WriteBackState
from connector_core.domain.request import RequestState
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from tests.flow.house import told


def sent(state: OrderState) -> bool:
    return bool(told(state))


def booked(state: OrderState) -> bool:
    return bool(state.write_backs) and all(row.state is WriteBackState.DONE for row in state.write_backs)


def withdrawn(state: OrderState) -> bool:
    return state.request is not None and state.request.state is RequestState.CANCELLED


def parked(state: OrderState) -> bool:
    return any(step.state is StepState.PARKED for step in state.steps)
