"""No attempt lasts longer than its limit, whatever the peer does (faults.md 31)."""

import asyncio

from connector_core.domain.errors import OutcomeUnknown, RetryLater
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step
from connector_core.flow.middleware.attempt import Attempt
from connector_core.flow.stage import Outcome


def limited(attempt: Attempt, seconds: float) -> Attempt:
    """After `seconds`, a stage with an effect has an unknown outcome; any other may simply be tried again."""

    async def within_limit(state: OrderState, step: Step) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                return await attempt(state, step)
        except TimeoutError:
            sentence = f"The peer did not answer within {seconds:g} seconds."
            raise (OutcomeUnknown if step.kind.has_effect else RetryLater)(sentence) from None

    return within_limit
