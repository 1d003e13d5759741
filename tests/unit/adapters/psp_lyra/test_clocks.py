"""Our clock and Lyra's differ (faults.md 22)."""

from datetime import UTC, datetime, timedelta

import pytest

from connector_core.adapters.psp_lyra import LyraGateway
from connector_core.domain.errors import Rejected, RetryLater
from tests.unit.adapters.psp_lyra.accounts import NOW, account, ask
from tests.unit.adapters.psp_lyra.scripted import refusal, scripted

VALIDITY = timedelta(days=7)


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    ("ahead", "error"),
    [(VALIDITY + timedelta(hours=1), RetryLater), (timedelta(), Rejected)],
    ids=["our clock is behind", "the clocks agree"],
)
async def test_an_end_that_has_passed_by_lyras_clock_alone_is_asked_for_again(
    ahead: timedelta, error: type[Exception]
) -> None:
    """Parked, every order of an hour with a wrong clock would wait for a person."""
    status, body = refusal("PSP_1007")
    there = (datetime.now(UTC) + ahead).isoformat(timespec="seconds")
    reply = (status, {**body, "serverDate": there})
    async with scripted(Charge_CreatePaymentOrder=reply) as lyra:
        gateway = LyraGateway(account(api_url=lyra.url), now=lambda: NOW)
        with pytest.raises(error) as refused:
            await gateway.create_link(ask())
        assert type(refused.value) is error
        assert gateway.clock_skew() == pytest.approx(-ahead.total_seconds(), abs=5)
        await gateway.close()
