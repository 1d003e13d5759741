"""The comparing of the ledgers: what is not finished yet does not agree, however equal the counts are."""

from typing import Any, cast

import pytest

from connector_core.domain.request import LinkState
from connector_core.sandbox.world import audit
from tests.unit.flow.ledger import link, order
from tests.unit.sandbox.lyra_client import running
from tests.unit.sandbox.whatsapp_bed import bed


class _NothingBooked:
    def paid_orders(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(("state", "finished"), [(LinkState.WANTED, False), (LinkState.OPEN, True)])
async def test_a_paylink_whose_making_broke_off_is_waited_for(state: LinkState, finished: bool) -> None:
    """The PSP has it, we have no address of it, and nobody was written to: all counts are the same."""
    ours = order(link("a", state))
    async with running() as lyra, bed() as phone:
        await lyra.order(orderId="P-a")
        shop = cast(Any, _NothingBooked())
        findings = audit([ours.order.order_ref], [ours], shop, lyra.sandbox, phone.sandbox)
    differing = {finding.name for finding in findings if not finding.agrees}
    assert differing == (set() if finished else {"parked or unfinished"})
