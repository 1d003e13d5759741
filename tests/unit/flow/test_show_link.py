"""The PayLink on the order in the merchant's system."""

from dataclasses import replace
from typing import Any, cast

import pytest

from connector_core.domain.request import LinkState
from connector_core.domain.step import StepKind
from connector_core.flow.write_back import write_back
from connector_core.sdk import OpenLink
from tests.unit.flow.ledger import EARLIER, EUR, ORDER, PORTS, link, order, step


class Source:
    shows_links = True

    def __init__(self) -> None:
        self.shown: list[OpenLink] = []

    async def show_link(self, link: OpenLink) -> None:
        self.shown.append(link)


@pytest.mark.parametrize("state", [LinkState.OPEN, LinkState.PAID, LinkState.CLOSED, LinkState.EXPIRED])
async def test_only_what_can_be_paid_is_shown(state: LinkState) -> None:
    source = Source()
    ports = replace(PORTS, sources={ORDER.connection: cast(Any, source)})
    made = replace(link(state=state), url="https://pay.example/t/1")
    outcome = await write_back(order(made), step(StepKind.WRITE_BACK, link_id=made.id), ports)
    assert not [*outcome.values, *outcome.steps, *outcome.events]
    wanted = OpenLink("a", ORDER.order_ref, "https://pay.example/t/1", EUR, EARLIER, "de")
    assert source.shown == ([wanted] if state is LinkState.OPEN else [])
