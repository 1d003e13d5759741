"""The daemon as a process of its own, as it runs anywhere else."""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, cycle, islice
from pathlib import Path

import aiohttp

from connector_core.domain.errors import ConfigurationError

_QUIET = range(20_000, 32_000)
"""Below the ports that Linux gives to outgoing connections."""
_BLOCK = 100
_START_SECONDS = 60.0
_STOP_SECONDS = 25.0


class DaemonProcess:
    """`log` is where its output goes; `url` its base address."""

    def __init__(self, config: Path, url: str) -> None:
        self.url = url
        self.log = config.with_name("daemon.log")
        self._config = config
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, **environment: str) -> None:
        """Returns when the daemon is ready. Raises `ConfigurationError` with the end of its log when it is not."""
        await self.launch(**environment)
        if not await self._becomes_ready():
            await self.stop()
            tail = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
            raise ConfigurationError(f"The daemon did not become ready:\n{tail}", cure=f"See its log: {self.log}")

    async def launch(self, **environment: str) -> None:
        """Starts the process and does not wait until it is ready; `environment` is all that it sees of `PAYLINK_*`."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PAYLINK_")}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "connector_core", "run", "--config", str(self._config),
                stdout=log, stderr=log, env={**ours, **environment}, start_new_session=True,
            )  # fmt: skip

    async def ended(self) -> int:
        """Waits for the end of the process; its exit code, or the negative number of the signal that ended it."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        """As a service manager does it: asked first, ended when it does not go."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Ends it without a word, as a power cut does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _becomes_ready(self) -> bool:
        assert self._process is not None
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        async with aiohttp.ClientSession() as session:
            while asyncio.get_running_loop().time() < deadline and self._process.returncode is None:
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return True
                except aiohttp.ClientError:
                    pass  # it does not listen yet
                await asyncio.sleep(0.05)
        return False


def free_port(preferred: int = 0) -> int:
    """The preferred port when it is free, else one that is, that no other process is given as long as this one lives,
    and that no outgoing connection is given by chance: a daemon that was killed finds its port again.
    """
    for port in chain([preferred] if preferred else [], islice(_own_ports(os.getpid()), _BLOCK)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ConfigurationError("No free port was found.", cure="End some programs that listen on ports.")


@cache
def _own_ports(_pid: int) -> Iterator[int]:
    return _in_turn()


def _in_turn() -> Iterator[int]:
    """One that was given may belong to somebody who is away for a moment: it comes again when there are no others."""
    own: list[int] = []
    while block := _block():
        own += block
        yield from block
    yield from cycle(own)


def _block() -> Sequence[int]:
    """Ports that no other process has; none when all are given. The one before them is kept until this process ends:
    a block whose first port cannot be had is another's.
    """
    for first in random.sample(_QUIET[::_BLOCK], len(_QUIET[::_BLOCK])):
        mark = socket.socket()
        try:
            mark.bind(("127.0.0.1", first))
        except OSError:
            mark.close()
        else:
            mark.detach()
            return range(first + 1, first + _BLOCK)
    return ()
