"""Everything that is simulated, in one: peers, daemons, their reports, and the time that passes."""

import asyncio
import contextvars
import traceback
import warnings
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Self
from unittest.mock import patch

import structlog

from connector_core.domain.errors import Rejected
from connector_core.domain.message import InboundMessage, MessageStatus
from connector_core.domain.order import OrderEvent
from connector_core.domain.payment import PaymentFact
from connector_core.domain.state import OrderState
from connector_core.domain.step import Step, StepState
from connector_core.flow import steps
from tests.simulation.chance import Dice, seeded
from tests.simulation.daemon import Outside, SimDaemon
from tests.simulation.doors import Doors
from tests.simulation.exchange import SimExchange
from tests.simulation.host import Host, HostClock
from tests.simulation.memory_database import MemoryDatabase
from tests.simulation.memory_store import MemoryStore
from tests.simulation.messenger import Sent, SimMessenger
from tests.simulation.network import Network
from tests.simulation.options import Options
from tests.simulation.psp import SimLyra
from tests.simulation.shop import SimShop
from tests.simulation.trace import SHOWN, Trace
from tests.simulation.virtual_loop import OWNER, VirtualLoop
from tests.simulation.watch import Watch

_PLAIN_DEFECT = steps._defect
_RESTART = (1.0, 300.0)
_PAUSE = (5.0, 300.0)


class World:
    """Used as a context; `run_for` lets virtual time pass. `reads` is called with every message on a phone."""

    def __init__(self, options: Options, shown: int = SHOWN) -> None:
        self.options = options
        self.loop = VirtualLoop()
        self._stack = ExitStack()
        rng = self._stack.enter_context(seeded(self.loop, options.seed))
        self._stack.enter_context(structlog.testing.capture_logs())
        self._stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)  # work that a crash ended
        self._stack.enter_context(patch.object(steps, "_defect", self._defect))
        self._tasks: list[asyncio.Task[Any]] = []
        self._context = contextvars.copy_context()
        self._context.run(OWNER.set, self._tasks)
        self.dice = Dice(rng, options.rates)
        self.trace = Trace(self.loop.time, shown)
        self.clock = HostClock(self.loop)
        self.database = MemoryDatabase()
        self.arrived: list[Sent] = []
        self.reads: Callable[[Sent], None] = self.arrived.append
        self.daemons: list[SimDaemon] = []
        self._numbers = 0
        self.doors = Doors(self.dice, self.trace, self.spawn, lambda: [d for d in self.daemons if d.host.alive])
        self.outside = self._outside()
        self.watch = Watch(self.database, self.outside, self.clock)
        self.database.watchers.append(self.watch.value)
        self.loop.set_exception_handler(self._failed)
        for _ in range(options.daemons):
            self.start_daemon()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.turns = 0
        self.loop.run_until_complete(self._end())
        self.loop.close()
        self._stack.close()

    # -- time ------------------------------------------------------------------------------------------------------

    def run_for(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Work that belongs to no daemon."""
        self.loop.create_task(work, context=self._context.copy())
        if len(self._tasks) > 1000:
            self._tasks[:] = [task for task in self._tasks if not task.done()]

    def quiet(self) -> bool:
        """Nothing is left to do, now or later, but what a person is asked to do."""
        rows = self.database.rows
        waiting = any(step.state is not StepState.PARKED for step in rows.steps.values())
        return not (waiting or rows.unpublished or self.outside.exchange.pending or self.doors.underway)

    # -- daemons ---------------------------------------------------------------------------------------------------

    def start_daemon(self) -> SimDaemon:
        self.daemons = [daemon for daemon in self.daemons if daemon.host.alive]
        self._numbers += 1
        host = Host(f"daemon-{self._numbers}", HostClock(self.loop), self._between)
        self.trace.add("world", "starts", host.name)
        store = MemoryStore(self.database, host, self.dice, self.trace, self.spawn)
        self.daemons.append(SimDaemon(host, store, self.outside, self.options.settings))
        return self.daemons[-1]

    def crash(self, host: Host, restart_after: float) -> None:
        """SIGKILL, and a service manager that starts it anew."""
        self.trace.add("world", "kills", host.name)
        host.crash()
        self.loop.call_later(restart_after, self.start_daemon)

    def _between(self, host: Host) -> None:
        """Whatever may happen to a process between two of its instructions."""
        if not host.paused and self.dice.happens("daemon.pause"):
            host.pause()
            self.spawn(self._sleep(host))
        if self.dice.happens("daemon.clock_step"):
            host.clock.error = timedelta(seconds=self.dice.rng.choice((-3600, -300, 300, 3600)))
            self.trace.add("world", "sets the clock of", host.name, host.clock.error)
        if self.dice.happens("daemon.crash"):
            self.crash(host, self.dice.between(*_RESTART))

    async def _sleep(self, host: Host) -> None:
        self.trace.add("world", "stops", host.name)
        await asyncio.sleep(self.dice.between(*_PAUSE))
        self.trace.add("world", "wakes", host.name)
        host.wake()

    # -- reports ---------------------------------------------------------------------------------------------------

    def _outside(self) -> Outside:
        psp_clock = HostClock(self.loop, self.options.psp_clock)
        return Outside(
            Network(self.dice, self.trace, self.spawn),
            SimLyra(psp_clock, self._paid, lambda link: self.watch.made(link)),
            SimMessenger(
                self.clock, self.dice, self.spawn, lambda sent: self.watch.taken(sent), self._arrives, self._status
            ),
            SimShop(self.clock, self.dice, self._changed),
            SimExchange(self.dice, self.trace, self.spawn),
        )  # fmt: skip

    def _paid(self, fact: PaymentFact) -> None:
        what = f"{fact.kind} {fact.psp_ref} {fact.state} {fact.amount} of {fact.psp_order}"
        self.trace.add("psp", what)
        if not self.doors.bring("notice", what, lambda daemon: daemon.intake.payments([fact])):
            self.watch.unheard(fact)

    def _arrives(self, sent: Sent) -> None:
        self.trace.add("phone", sent.ask.purpose, sent.ask.reference, sent.ask.url)
        self.reads(sent)

    def _status(self, status: MessageStatus) -> None:
        what = f"{status.provider_id} {status.delivery}"
        self.doors.bring("status", what, lambda daemon: daemon.intake.statuses([status]))

    def _changed(self, event: OrderEvent) -> None:
        self.trace.add("shop", "changes", event.id)
        self.doors.bring("webhook", event.id, lambda daemon: daemon.intake.orders([event]))

    def stop_word(self, phone: str, word: str) -> None:
        """The buyer writes STOP or START."""
        message = InboundMessage("in", phone, self.clock.now(), word)
        self.doors.bring("word", word, lambda daemon: daemon.opt_outs.heard([message]))

    # -- what has become of it -------------------------------------------------------------------------------------

    def states(self) -> list[OrderState]:
        return [self.database.state(order_id) for order_id in self.database.rows.orders]

    def _defect(self, step: Step, error: Exception) -> Rejected:
        """A stage failed by an error of its own."""
        where = traceback.extract_tb(error.__traceback__)[-1]
        self.watch.violation(f"defect in {step.kind}: {error!r} at {where.filename}:{where.lineno}")
        return _PLAIN_DEFECT(step, error)

    def _failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.watch.violation(f"{context.get('message')}: {context.get('exception')!r}")

    async def _end(self) -> None:
        self.loop.set_exception_handler(lambda _loop, _context: None)
        for daemon in self.daemons:
            daemon.host.alive = False
        me = asyncio.current_task()
        while left := asyncio.all_tasks() - {me}:
            for task in left:
                task.cancel()
            await asyncio.sleep(0)
