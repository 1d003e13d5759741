"""A loop that stands still ends the process, which a service manager starts anew (faults.md 17)."""

import asyncio
import signal
import subprocess
import sys
import time

import pytest

from connector_core.adapters.observability.watchdog import Watchdog

STUCK = """
import asyncio, time
from connector_core.adapters.observability.watchdog import Watchdog

async def main():
    beating = asyncio.create_task(Watchdog(limit=1.0).beat())
    await asyncio.sleep(0.1)
    time.sleep(60)

asyncio.run(main())
"""


@pytest.mark.fault(17)
def test_a_blocked_loop_ends_the_process_and_says_where_it_stood() -> None:
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == -signal.SIGABRT
    assert time.monotonic() - begin < 40
    assert "in main" in done.stderr


@pytest.mark.fault(17)
async def test_a_loop_that_turns_is_left_alone() -> None:
    ended: list[bool] = []
    beating = asyncio.create_task(Watchdog(limit=3.0, end=lambda: ended.append(True)).beat())
    await asyncio.sleep(4.5)
    beating.cancel()
    assert not ended


@pytest.mark.fault(16)
def test_a_process_that_was_asleep_as_a_whole_goes_on() -> None:
    awake = "print('awake', flush=True); await asyncio.sleep(4); print('well', flush=True)"
    program = STUCK.replace("time.sleep(60)", awake).replace("limit=1.0", "limit=4.0")
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "awake\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(6)
    process.send_signal(signal.SIGCONT)
    assert process.stdout.readline() == "well\n"
    assert process.wait(30) == 0
    process.stdout.close()
