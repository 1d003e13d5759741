"""Places at which a test ends the process without a word, as a power cut does (faults.md 12 to 14).

Inert unless the process is started with `PAYLINK_CRASH_AT=NAME` or `NAME:N`: then the N-th passage of that point ends
it by SIGKILL. tests/faults/test_crash_points.py finds every point in the source and proves that nothing is lost there.
"""

import os
import signal

VARIABLE = "PAYLINK_CRASH_AT"


class _Armed:
    """The one point that kills; each point is passed by one thread only, so counting needs no lock."""

    def __init__(self, text: str) -> None:
        self._name, _, passage = text.partition(":")
        self._left = int(passage or 1)

    def pass_by(self, name: str) -> None:
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


_armed = _Armed(text) if (text := os.environ.get(VARIABLE)) else None


def crash_point(name: str, kind: str = "") -> None:
    """`name` is a literal, so that it can be found in the source; with a `kind` of step the point is `name/kind`."""
    if _armed is not None:
        _armed.pass_by(f"{name}/{kind}" if kind else name)
