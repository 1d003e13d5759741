"""Status webhooks of the sandbox, with their faults: nothing forged is read, and the highest rank is there."""

import pytest

from connector_core.adapters.channels.whatsapp import WhatsAppChannel
from connector_core.domain.errors import OutcomeUnknown
from connector_core.domain.message import Delivery
from tests.integration.whatsapp.conftest import Door, Sandbox
from tests.unit.adapters.channels.accounts import ask


async def test_sent_and_delivered_come_with_our_attempt_id(channel: WhatsAppChannel, door: Door) -> None:
    accepted = await channel.send(ask())
    statuses = await door.until(2)
    assert [status.delivery for status in statuses] == [Delivery.SENT, Delivery.DELIVERED]
    assert {status.provider_id for status in statuses} == {accepted.provider_id}
    assert {status.attempt_id for status in statuses} == {ask().attempt_id}


@pytest.mark.fault(46)
async def test_fault_46_the_status_names_a_message_whose_answer_was_lost(
    sandbox: Sandbox, channel: WhatsAppChannel, door: Door
) -> None:
    await sandbox.fault(mode="do_then_cut")
    with pytest.raises(OutcomeUnknown):
        await channel.send(ask())
    (first, *_) = await door.until(1)
    (message,) = await sandbox.messages()
    assert (first.attempt_id, first.provider_id) == (ask().attempt_id, message["id"])


@pytest.mark.fault(50)
@pytest.mark.parametrize("mode", ["duplicate", "reorder", "delay"])
async def test_fault_50_the_highest_rank_is_seen_whatever_the_order(
    mode: str, sandbox: Sandbox, channel: WhatsAppChannel, door: Door
) -> None:
    await sandbox.fault(operation="status", mode=mode, seconds=0.1)
    await channel.send(ask())
    statuses = await door.until(3 if mode == "duplicate" else 2)
    assert max(statuses, key=lambda status: status.delivery.rank).delivery is Delivery.DELIVERED


@pytest.mark.fault(37)
async def test_fault_37_a_forged_status_is_refused_and_the_true_ones_are_read(
    sandbox: Sandbox, channel: WhatsAppChannel, door: Door
) -> None:
    await sandbox.fault(operation="status", mode="forge")
    await channel.send(ask())
    statuses = await door.until(2)
    assert door.refused == 1
    assert Delivery.READ not in {status.delivery for status in statuses}


@pytest.mark.fault(47)
async def test_fault_47_a_failed_status_says_why(sandbox: Sandbox, channel: WhatsAppChannel, door: Door) -> None:
    await sandbox.fault(operation="status", mode="fail", code=131026)
    await channel.send(ask())
    (status,) = await door.until(1)
    assert (status.delivery, status.error_code) == (Delivery.FAILED, "131026")
    assert status.error.startswith("WhatsApp: the message cannot be delivered to this number.")
