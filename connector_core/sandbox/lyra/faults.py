"""Faults on order: what the sandbox shall do wrong next, and how often."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

API_MODES = ("do_then_cut", "cut_before", "http_500", "http_429", "error_code", "truncated", "html", "slow")
IPN_MODES = ("drop", "duplicate", "delay", "forge", "reorder")
PAGE_MODES = ("allow_double_payment",)
ANY = "*"


class FaultRefused(ValueError):
    """The order for a fault is wrong: `field` is the part, `allowed` what may stand there."""

    def __init__(self, field: str, given: object, allowed: list[str]) -> None:
        super().__init__(f"{field}: {given!r} is not known here. Allowed: {', '.join(allowed)}.")
        self.field = field
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Fault:
    """`count` is how many more times it strikes; `seconds` is for slow, delay, reorder and Retry-After."""

    operation: str
    mode: str
    count: int = 1
    seconds: float = 1.0
    code: str = "PSP_513"


class FaultBook:
    """Faults in the order in which they were asked for; each strikes `count` times and is gone."""

    def __init__(self, operations: tuple[str, ...]) -> None:
        self._modes = {
            **dict.fromkeys((*operations, ANY), API_MODES),
            "ipn": IPN_MODES,
            "page": PAGE_MODES,
        }
        self._faults: list[Fault] = []

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Raises `FaultRefused` and changes nothing when a part of the wish is unknown."""
        fault = self._read(wish)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def listing(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def peek(self, operation: str) -> Fault | None:
        """The next fault of that operation, which stays."""
        return next((fault for fault in self._faults if _meets(fault, operation)), None)

    def take(self, operation: str) -> Fault | None:
        """The next fault of that operation, counted down."""
        fault = self.peek(operation) if self._faults else None
        if fault is None:
            return None
        at = self._faults.index(fault)
        if fault.count > 1:
            self._faults[at] = replace(fault, count=fault.count - 1)
        else:
            del self._faults[at]
        return fault

    def _read(self, wish: Mapping[str, Any]) -> Fault:
        for name in wish:
            if name not in Fault.__slots__:
                raise FaultRefused("field", name, list(Fault.__slots__))
        operation, mode = wish.get("operation"), wish.get("mode")
        if not isinstance(operation, str) or operation not in self._modes:
            raise FaultRefused("operation", operation, sorted(self._modes))
        if mode not in self._modes[operation]:
            raise FaultRefused("mode", mode, list(self._modes[operation]))
        return Fault(
            operation,
            str(mode),
            count=_count(wish.get("count", 1)),
            seconds=_seconds(wish.get("seconds", 1.0)),
            code=_code(wish.get("code", "PSP_513")),
        )


def _meets(fault: Fault, operation: str) -> bool:
    return fault.operation == operation or (fault.operation == ANY and operation not in ("ipn", "page"))


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FaultRefused("count", value, ["a whole number from 1"])
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise FaultRefused("seconds", value, ["a number from 0"])
    return float(value)


def _code(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise FaultRefused("code", value, ["an error code such as PSP_513"])
    return value
