"""Ports for daemons that start later: nobody else may be given one in between."""

import subprocess
import sys

from connector_core.sandbox.world.daemon import free_port

_TAKE = (
    "from connector_core.sandbox.world.daemon import free_port; print(*(free_port() for _ in range(60)), flush=True)"
)


def test_processes_that_live_at_one_time_are_never_given_the_same_port() -> None:
    takers = [
        subprocess.Popen([sys.executable, "-c", f"{_TAKE}; input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    given = {free_port() for _ in range(60)}
    for taker in takers:
        assert taker.stdout is not None
        given |= {int(port) for port in taker.stdout.readline().split()}
    for taker in takers:
        taker.communicate(b"\n", timeout=10)
    assert len(given) == 5 * 60


def test_one_process_is_not_given_a_port_again() -> None:
    """Whoever it was given to may be away for a moment: a daemon that was killed, a broker that starts again."""
    assert len({free_port() for _ in range(500)}) == 500
