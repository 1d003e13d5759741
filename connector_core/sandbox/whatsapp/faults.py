"""Faults on demand: what goes wrong with sends and with status webhooks, how often, and for whom."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from connector_core.sandbox.whatsapp.graph_errors import TITLES
from connector_core.sandbox.whatsapp.sending import digits_of

MODES = {
    "send": ("do_then_cut", "cut_before", "http_500", "http_429", "error_code", "truncated", "html", "slow"),
    "status": ("drop", "duplicate", "reorder", "delay", "forge", "fail"),
}
_FIELDS = ("operation", "mode", "code", "count", "seconds", "to")
_NEEDS_CODE = {"error_code", "fail"}


class FaultError(ValueError):
    """A fault that cannot be set; the text names the field and what it may be."""


@dataclass(slots=True)
class Fault:
    """One fault. `count` is how often it still happens; `to` is one recipient's digits, or empty for all.

    Sends: `do_then_cut` (accepted, then no answer), `cut_before` (nothing happened, no answer), `http_500` (no Graph
    body), `http_429` (130429 with Retry-After `seconds`), `error_code` (the Graph error `code`), `truncated` (accepted,
    half the JSON), `html` (nothing happened, a proxy's page with 200), `slow` (accepted after `seconds`).
    Statuses: `drop`, `duplicate`, `reorder` (comes after the message's next status), `delay` (by `seconds`), `forge`
    (a wrongly signed `read` comes first), `fail` (`failed` with `code` in its place; nothing follows).
    """

    operation: str
    mode: str
    code: int = 0
    count: int = 1
    seconds: float = 1.0
    to: str = ""


class FaultBoard:
    """The faults that wait to happen, the oldest first; one call or status meets one fault at most."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, body: object) -> Fault:
        """Raises `FaultError`."""
        fault = parse_fault(body)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def take(self, operation: str, to: str) -> Fault | None:
        if not self._faults:
            return None
        for fault in self._faults:
            if fault.operation == operation and fault.to in ("", to):
                fault.count -= 1
                if fault.count <= 0:
                    self._faults.remove(fault)
                return fault
        return None


def parse_fault(body: object) -> Fault:
    if not isinstance(body, dict):
        raise FaultError("the body must be a JSON object with the field mode")
    for name in body:
        if name not in _FIELDS:
            raise FaultError(f"{name}: no such field; allowed are {', '.join(_FIELDS)}")
    operation = _one_of(body.get("operation", "send"), "operation", MODES)
    mode = _one_of(body.get("mode"), "mode", MODES[operation])
    return Fault(
        operation=operation,
        mode=mode,
        code=_code(body, mode),
        count=_number(body, "count", 1, lambda value: isinstance(value, int) and value >= 1, "a whole number from 1"),
        seconds=_number(body, "seconds", 1.0, lambda value: 0 <= value <= 3600, "a number from 0 to 3600"),
        to=_phone(body.get("to", "")),
    )


def _one_of(value: object, name: str, allowed: Mapping[str, object] | tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise FaultError(f"{name}: {value!r} is not known; allowed are {', '.join(allowed)}")
    return value


def _code(body: Mapping[str, Any], mode: str) -> int:
    code = body.get("code", 131000)
    if type(code) is not int or code not in TITLES:
        raise FaultError(f"code: {code!r} is not known; allowed are {', '.join(map(str, TITLES))}")
    if "code" in body and mode not in _NEEDS_CODE:
        raise FaultError(f"code: belongs to the modes {' and '.join(sorted(_NEEDS_CODE))} only")
    return int(code)


def _number(body: Mapping[str, Any], name: str, default: Any, valid: Callable[[Any], bool], allowed: str) -> Any:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not valid(value):
        raise FaultError(f"{name}: {value!r} is not possible; allowed is {allowed}")
    return value


def _phone(value: object) -> str:
    digits = digits_of(value) if isinstance(value, str) else "?"
    if digits and not digits.isdigit():
        raise FaultError(f"to: {value!r} is no telephone number; allowed are digits with the country code")
    return digits
