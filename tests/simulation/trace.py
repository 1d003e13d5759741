"""What happened in a run, line by line, and one hash of it all."""

import hashlib
from collections import deque
from collections.abc import Callable

SHOWN = 60
_DULL = ("shop.poll", "store poll:", "store published", "broker.publish", "store  commit order.")
"""Part of the hash, but of no interest to a reader."""


class Trace:
    """Hashes every line and keeps the last ones; `time` is the virtual time in seconds."""

    def __init__(self, time: Callable[[], float], kept: int = SHOWN) -> None:
        self._time = time
        self._hash = hashlib.sha256()
        self.lines: deque[str] = deque(maxlen=kept)

    def add(self, actor: str, what: str, *details: object) -> None:
        line = f"{self._time():14.3f} {actor:9} {what} {' '.join(str(detail) for detail in details)}"
        self._hash.update(line.encode())
        if not any(words in line for words in _DULL):
            self.lines.append(line)

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()
