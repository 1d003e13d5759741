"""Whatever stopped for one and the same cause is tried again with one click, once the cause is gone."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from connector_core.adapters.web.office.gate import Gate, Visitor, count_of
from connector_core.adapters.web.office.pages import Pages
from connector_core.domain.errors import InvalidInput
from connector_core.domain.person import Permission
from connector_core.domain.step import Step
from connector_core.flow.actions import Actions
from connector_core.flow.replay import retry
from connector_core.ports.store import Reports

_AT_ONCE = 25
"""So many are tried between two signs of progress."""
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Alike:
    """`count` steps that stopped like `first`; `name` tells them from all others in a form."""

    name: str
    first: Step
    count: int


class AlikePages:
    def __init__(self, gate: Gate, pages: Pages, reports: Reports, actions: Actions) -> None:
        self._gate = gate
        self._pages = pages
        self._reports = reports
        self._actions = actions

    def add_to(self, router: APIRouter) -> None:
        router.post("/attention/retry")(self.retry)

    async def alike(self, visitor: Visitor) -> Sequence[Alike]:
        """What more than one order stopped for, of the shops whose requests the visitor may repair; most first."""
        stopped = await self._stopped(visitor)
        counts = Counter(_name(step) for step in stopped)
        first = {_name(step): step for step in reversed(stopped)}
        return [Alike(name, first[name], count) for name, count in counts.most_common() if count > 1]

    async def retry(self, request: Request) -> Response:
        """The next ones of those that had stopped before the click: one that stops again is not tried for ever."""
        visitor = await self._gate.visitor(request)
        sent = await self._gate.sent(request, visitor)
        visitor.needs_somewhere(Permission.REPAIR)
        name, before = sent.get("alike", ""), self._before(sent.get("before", ""))
        left = [step for step in await self._stopped(visitor) if _name(step) == name and step.due_at < before]
        now = left[:_AT_ONCE]
        for step in now:
            await self._again(step, visitor.person.email)
        if "hx-request" not in request.headers:
            return RedirectResponse("/office/attention", 303)
        earlier = count_of(sent.get("done", ""))
        return self._pages.page(
            request, "_alike_tried.html", visitor, name=name, before=before.isoformat(), done=earlier + len(now),
            count=earlier + len(left),
        )  # fmt: skip

    async def _stopped(self, visitor: Visitor) -> Sequence[Step]:
        return await self._reports.parked_of(visitor.person.shops(Permission.REPAIR, visitor.shops), _MOST)

    async def _again(self, step: Step, actor: str) -> None:
        state = await self._reports.order(step.order_id)
        if state is not None and step in state.steps:  # else somebody was quicker
            await self._actions.do(state, actor, "retry", retry(state, step, self._actions.clock.now()), step=step.kind)

    def _before(self, text: str) -> datetime:
        now = self._actions.clock.now()
        try:
            said = datetime.fromisoformat(text) if text else now
        except ValueError:
            said = None
        if said is None or said.tzinfo is None:
            raise InvalidInput("The form cannot be read.", status=422, cure="Load the page anew.")
        return min(said, now)


def _name(step: Step) -> str:
    return hashlib.sha256(f"{step.kind}:{step.cause}".encode()).hexdigest()[:16]
