"""What keeps a daemon running: it is started again whenever it ends, as systemd or Kubernetes would do."""

import asyncio
import signal
from collections import Counter
from contextlib import suppress

from connector_core.sandbox.world.daemon import DaemonProcess


class ServiceManager:
    """`ends` counts how the daemon ended, by exit code: all but our own SIGKILLs are faults of the daemon."""

    def __init__(self, daemon: DaemonProcess) -> None:
        self.ends: Counter[int] = Counter()
        self._daemon = daemon
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """The daemon runs already, and is looked after from now on."""
        self._task = asyncio.create_task(self._look_after())

    async def kill(self) -> None:
        """SIGKILL, wherever the daemon stands: also in the middle of its start."""
        before = self.ends.total()
        while self.ends.total() == before:
            await self._daemon.kill()
            await asyncio.sleep(0.01)

    async def end(self) -> None:
        """From now on it stays down."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._daemon.stop()

    @property
    def killed(self) -> int:
        return self.ends[-signal.SIGKILL]

    @property
    def faults(self) -> int:
        """How often it ended without being killed."""
        return self.ends.total() - self.killed

    async def _look_after(self) -> None:
        while True:
            self.ends[await self._daemon.ended()] += 1
            await self._daemon.launch()
