"""Calls that are made together go out together."""

import asyncio
from collections.abc import Sequence

import pytest

from connector_core.adapters.plugin_host.gather import Gather


async def test_asks_of_one_moment_are_one_call() -> None:
    calls: list[Sequence[int]] = []

    async def double(asked: Sequence[int]) -> Sequence[int]:
        calls.append(asked)
        return [2 * number for number in asked]

    gather = Gather(double, wait=0.01, most=50)
    assert await asyncio.gather(*(gather.ask(number) for number in range(20))) == [2 * n for n in range(20)]
    assert len(calls) == 1


async def test_a_full_batch_does_not_wait() -> None:
    async def same(asked: Sequence[int]) -> Sequence[int]:
        assert len(asked) <= 5
        return asked

    gather = Gather(same, wait=60, most=5)
    assert await asyncio.wait_for(asyncio.gather(*(gather.ask(n) for n in range(10))), 1) == list(range(10))


async def test_an_error_reaches_everyone_of_the_batch_and_nobody_else() -> None:
    broken = True

    async def fail(asked: Sequence[int]) -> Sequence[int]:
        if broken:
            raise RuntimeError("down")
        return asked

    gather = Gather(fail, wait=0.001, most=50)
    results = await asyncio.gather(*(gather.ask(n) for n in range(3)), return_exceptions=True)
    assert all(isinstance(result, RuntimeError) for result in results)
    broken = False
    assert await gather.ask(7) == 7


async def test_who_no_longer_waits_harms_nobody() -> None:
    async def same(asked: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0.02)
        return asked

    gather = Gather(same, wait=0.001, most=50)
    gone = asyncio.create_task(gather.ask(1))
    stays = asyncio.create_task(gather.ask(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await gone
