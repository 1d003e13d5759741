"""A real Odoo, a daemon, a Lyra and a phone on this machine: from the confirmed order to the paid invoice."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from connector_core.domain.payment import WriteBackState
from connector_core.domain.state import OrderState
from connector_core.sdk import OrderRef
from connector_core.sdk.testing.vendor import BookedPayment
from tests.flow.house import House, house_of, told
from tests.plugins.odoo.live.server import GIVEN, OFFICE, asking_by_itself, settings
from tests.plugins.odoo.office import Office

if not all(GIVEN.values()):
    pytest.skip("no real Odoo: set PAYLINK_TEST_ODOO_URL, _DB, _LOGIN and _PASSWORD", allow_module_level=True)


class RealOdoo:
    """The given server as a house's merchant system. Its addon, where there is one, tells the house's daemon."""

    url = GIVEN["URL"]

    def __init__(self, office: Office) -> None:
        self._office = office
        self._put_back = ExitStack()

    def start(self) -> None: ...

    def stop(self) -> None:
        self._put_back.close()

    def settings(self) -> dict[str, object]:
        values = settings(journal=str(self._office.journal())).model_dump()
        secret = {name: values[name].get_secret_value() for name in ("password",)}
        secrets = [value.get_secret_value() for value in values["webhook_secrets"]]
        kept = {name: values[name] for name in ("url", "database", "login", "journal", "poll_lookback_hours")}
        return {**kept, **secret, "webhook_secrets": secrets, "poll_lookback_hours": 0}

    def set_webhook_url(self, url: str) -> None:
        self._put_back.enter_context(asking_by_itself(self._office, url))

    def ledger(self) -> dict[str, object]:
        return {"sale.order": []}

    def paid_orders(self) -> Mapping[str, Sequence[BookedPayment]]:
        return {}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office(settings(**OFFICE))
    yield made
    made.close()


@pytest.fixture
async def house(office: Office, tmp_path: Path) -> AsyncIterator[House]:
    async with house_of(tmp_path, {"odoo-live": RealOdoo(office)}) as opened:
        yield opened


def booked(state: OrderState) -> bool:
    return bool(state.write_backs) and all(row.state is WriteBackState.DONE for row in state.write_backs)


@pytest.mark.parametrize("invoiced", [True, False], ids=["invoice", "advance"])
async def test_confirmed_order_is_paid_in_odoo_within_seconds(house: House, office: Office, *, invoiced: bool) -> None:
    ref = await asyncio.to_thread(office.order)
    start = time.monotonic()
    await house.until(lambda state: bool(told(state)), ref)
    asked = time.monotonic() - start
    invoice = await asyncio.to_thread(office.invoice, ref) if invoiced else OrderRef("")
    start = time.monotonic()
    await pay(house, ref)
    state = await house.until(booked, ref)
    entered = time.monotonic() - start
    print(
        f"Odoo {office.version}{' with the addon' if office.addon else ''}: asked {asked:.1f} s, paid {entered:.1f} s"
    )
    assert len(await asyncio.to_thread(office.payments, ref)) == 1
    if invoiced:
        assert (await asyncio.to_thread(office.residual, invoice)).minor == 0
    await house.settles(3.0)
    assert len(await asyncio.to_thread(office.payments, ref)) == 1
    ours = [sent for sent in house.messages() if state.order.number in sent.text]  # others' orders are polled too
    assert len(ours) == 2  # the PayLink and its receipt
    if office.addon:
        (row,) = await asyncio.to_thread(office.read, ref, "paylink_status", "paylink_psp_ref")
        assert (row["paylink_status"], row["paylink_psp_ref"]) == ("paid", paid_at_lyra(house))


async def pay(house: House, ref: OrderRef) -> None:
    """By the newest link: one that ended on its short trial, on a machine that is busy, is replaced."""
    for _ in range(20):
        state = await house.order(ref)
        if state is not None and await house.pay(state.links[-1].url) == 303:
            return
        await asyncio.sleep(0.3)
    raise AssertionError(f"the PayLink cannot be paid: {await house.order(ref)}")


def paid_at_lyra(house: House) -> str:
    """The transaction at Lyra."""
    (transaction,) = [t for t in house.lyra.ledger.transactions if t.paid]
    return transaction.uuid
