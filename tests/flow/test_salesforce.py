"""Salesforce, from the activated order to the payment that it shows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from connector_salesforce.fake import FakeSalesforce, FakeSalesforceConfig

from connector_core.domain.message import Purpose
from connector_core.domain.request import LinkState, RequestState
from connector_core.sdk.testing.faults import FaultKind
from tests.flow.house import House, house_of, told
from tests.flow.states import booked, parked, sent, withdrawn

PATIENT = {"link_trial": "20s"}


@pytest.fixture
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    org = FakeSalesforce(FakeSalesforceConfig(multicurrency=getattr(request, "param", False)))
    async with house_of(tmp_path, {"crm": org}, timing=PATIENT) as opened:
        yield opened


async def shown(house: House, ref: str, status: str) -> dict[str, object]:
    """The order in Salesforce, as soon as it shows this status."""
    for _ in range(400):
        if (row := house.crm.row(ref))["PayLink_Status__c"] == status:
            return row
        await house.settles(0.05)
    raise AssertionError(f"it never came to that: {row}")


@pytest.mark.parametrize("house", [False, True], ids=["one-currency", "several-currencies"], indirect=True)
async def test_order_is_paid_and_shown_once(house: House) -> None:
    ref = house.crm.place_order(total="119.00")
    state = await house.until(sent, ref)
    assert [link.amount.minor for link in state.links] == [11_900]
    assert (await shown(house, ref, "Sent"))["PayLink_URL__c"] == state.links[0].url
    assert await house.pay(state.links[0].url) == 303
    state = await house.until(booked, ref)
    (payment,) = house.crm.rows("PayLink_Payment__c")
    assert (str(payment["Amount__c"]), payment["Transaction_Ref__c"]) == ("119.00", state.payments[0].psp_ref)
    assert str((await shown(house, ref, "Paid"))["PayLink_Paid_Amount__c"]) == "119.00"
    await house.settles(2.5)  # what we wrote comes back with the next polls
    assert len(house.crm.rows("PayLink_Payment__c")) == 1
    assert [message.purpose for message in (await house.until(booked, ref)).messages] == [
        Purpose.PAYLINK,
        Purpose.RECEIPT,
    ]


async def test_edited_order_asks_for_the_new_amount(house: House) -> None:
    ref = house.crm.place_order(total="20.00")
    before = await house.until(sent, ref)
    house.crm.set_total(ref, "35.50")
    after = await house.until(lambda state: bool(told(state, Purpose.CHANGED)), ref)
    assert [link.url for link in after.links] == [before.links[0].url]
    assert after.links[0].amount.minor == 3_550


@pytest.mark.parametrize("end", ["deactivate", "delete"])
async def test_order_that_is_taken_back_closes_its_link(house: House, end: str) -> None:
    ref = house.crm.place_order(total="20.00")
    await house.until(sent, ref)
    await shown(house, ref, "Sent")
    getattr(house.crm, end)(ref)
    state = await house.until(lambda state: withdrawn(state) and state.links[0].state is LinkState.CLOSED, ref)
    assert await house.pay(state.links[0].url) != 303


async def test_many_orders_at_once_are_each_asked_once(house: House) -> None:
    refs = [house.crm.place_order(total=f"{number}.00") for number in range(10, 40)]
    for ref in refs:
        await house.until(sent, ref)
    await house.settles(2.5)
    assert len(house.messages()) == len(refs)


async def test_an_order_without_number_waits_for_a_person_and_goes_on_when_it_has_one(house: House) -> None:
    nobody = {"LastName": "Mustermann", "MobilePhone": None, "Phone": None}
    ref = house.crm.place_order(contact=nobody, account={"Name": "Muster GmbH", "Phone": None})
    state = await house.until(parked, ref)
    assert any("no telephone number" in step.cause for step in state.steps)
    house.crm.edit(str(house.crm.row(ref)["BillToContactId"]), MobilePhone="0151 23456789")
    await house.until(sent, ref)


async def test_who_asks_in_salesforce_has_an_expired_paylink_made_anew(house: House) -> None:
    ref = house.crm.place_order(total="20.00")
    state = await house.until(sent, ref)
    await house.lyra_expire(state.links[0].psp_link)
    await house.until(lambda state: state.request is not None and state.request.state is RequestState.EXPIRED, ref)
    await shown(house, ref, "Expired")
    house.crm.edit(ref, PayLink_Requested_At__c=datetime.now(UTC).isoformat())
    state = await house.until(lambda state: bool(told(state, Purpose.CHANGED)), ref)
    assert (await shown(house, ref, "Sent"))["PayLink_URL__c"] == state.links[1].url


@pytest.mark.fault(54, 55)
async def test_what_salesforce_forbids_is_parked_in_its_words_and_done_after_the_cure(house: House) -> None:
    ref = house.crm.place_order(total="20.00")
    state = await house.until(sent, ref)
    await shown(house, ref, "Sent")
    house.crm.validation_rule("PayLink_Payment__c", "The period is closed.")
    assert await house.pay(state.links[0].url) == 303
    state = await house.until(parked, ref)
    assert any("The period is closed." in step.cause for step in state.steps)
    house.crm.validation_rule("PayLink_Payment__c", "")
    await house.command("parked", "retry", "--all")
    await house.until(booked, ref)
    await shown(house, ref, "Paid")


@pytest.mark.fault(56)
async def test_a_lost_answer_books_once(house: House) -> None:
    ref = house.crm.place_order(total="20.00")
    state = await house.until(sent, ref)
    await shown(house, ref, "Sent")
    house.crm.arm(FaultKind.DO_THEN_CUT, "PATCH .*PayLink_Payment__c")
    assert await house.pay(state.links[0].url) == 303
    await house.until(booked, ref)
    assert len(house.crm.rows("PayLink_Payment__c")) == 1


@pytest.mark.fault(60)
async def test_a_connector_that_was_set_up_anew_asks_for_nothing_that_was_paid(house: House, tmp_path: Path) -> None:
    ref = house.crm.place_order(total="20.00")
    state = await house.until(sent, ref)
    assert await house.pay(state.links[0].url) == 303
    await shown(house, ref, "Paid")
    asked = len(house.messages())
    await house.daemon.stop()
    await house.store.close()
    for file in house.folder.glob("paylink.db*"):
        file.unlink()
    await house.start_daemon()
    await house.open_store()
    house.crm.edit(ref, Description="edited afterwards")
    await house.until(lambda state: state.order.version != "", ref)
    await house.settles(1.0)
    assert len(house.messages()) == asked
