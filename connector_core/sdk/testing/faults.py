"""Faults that a fake of a vendor commits when asked to (faults.md, section 3, T3)."""

import re
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    CUT_BEFORE = "cut_before"
    """The connection ends before anything is done."""
    DO_THEN_CUT = "do_then_cut"
    """The work is done, and the connection ends without an answer."""
    ERROR = "error"
    """HTTP 500 before anything is done."""
    RATE_LIMIT = "rate_limit"
    """HTTP 429 with Retry-After."""
    SLOW = "slow"
    """The answer comes after `seconds`."""
    HTML = "html"
    """HTTP 200 with a page of HTML before anything is done."""
    TRUNCATED = "truncated"
    """The work is done, and half of the answer's JSON comes back."""
    DROP_WEBHOOK = "drop_webhook"
    """A webhook delivery is lost."""


class Fault(BaseModel):
    """Strikes `times` requests whose ``METHOD /path`` the regular expression `match` finds; `after` pass before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    match: str = ""
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0, le=120)
    after: int = Field(default=0, ge=0)


class FaultSwitches:
    """The faults that are armed. Touched by the fake's own loop only."""

    def __init__(self) -> None:
        self._armed: list[tuple[Fault, int]] = []

    def arm(self, fault: Fault) -> None:
        self._armed.append((fault, fault.times))

    def clear(self) -> None:
        self._armed.clear()

    def armed(self) -> list[dict[str, object]]:
        return [{**fault.model_dump(mode="json"), "left": left} for fault, left in self._armed]

    def take(self, line: str, *, webhook: bool = False) -> Fault | None:
        """The fault that strikes this request, used up by one."""
        for index, (fault, left) in enumerate(self._armed):
            if (fault.kind is FaultKind.DROP_WEBHOOK) is webhook and re.search(fault.match, line):
                if fault.after:
                    self._armed[index] = (fault.model_copy(update={"after": fault.after - 1}), left)
                    continue
                self._armed[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None
