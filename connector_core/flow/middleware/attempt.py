"""What a middleware wraps."""

from collections.abc import Awaitable, Callable

from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.stage import Outcome

Attempt = Callable[[OrderState, Step], Awaitable[Outcome]]
"""One try of one step: the stage itself, or the stage with policy around it."""
