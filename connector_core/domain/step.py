"""Steps: durable units of work on one order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from connector_core.domain.ids import OrderId, StepId


class StepKind(StrEnum):
    """The stages of the flow, in the order in which due ones of one order run."""

    TRACK_PAYMENT = "track_payment"
    TRACK_MESSAGE = "track_message"
    MAP_ORDER = "map_order"
    CANCEL = "cancel"
    CLOSE_LINK = "close_link"
    CREATE_LINK = "create_link"
    UPDATE_LINK = "update_link"
    PROLONG_LINK = "prolong_link"
    NOTIFY = "notify"
    REMIND = "remind"
    SETTLE = "settle"
    SEND_MESSAGE = "send_message"
    SEND_RECEIPT = "send_receipt"
    WRITE_BACK = "write_back"
    REFUND = "refund"
    RECONCILE = "reconcile"
    ERASE = "erase"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    @property
    def has_effect(self) -> bool:
        """Whether the stage changes something at a peer, so that its attempt is committed before the call."""
        return self in _EFFECTS


_RANKS = {kind: rank for rank, kind in enumerate(StepKind)}
_EFFECTS = frozenset(
    {
        StepKind.CLOSE_LINK,
        StepKind.CREATE_LINK,
        StepKind.UPDATE_LINK,
        StepKind.PROLONG_LINK,
        StepKind.SEND_MESSAGE,
        StepKind.SEND_RECEIPT,
        StepKind.WRITE_BACK,
        StepKind.REFUND,
        StepKind.ERASE,
    }
)


class StepState(StrEnum):
    """`started` is an attempt without an outcome: found so by another run, it counts as `unknown`."""

    WAITING = "waiting"
    STARTED = "started"
    UNKNOWN = "unknown"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Step:
    """`payload` holds JSON values and names what the stage works on, never what it can look up.

    A parked step carries its `cause` in plain language and its `cure`.
    """

    id: StepId
    order_id: OrderId
    kind: StepKind
    due_at: datetime
    created_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    state: StepState = StepState.WAITING
    attempts: int = 0
    cause: str = ""
    cure: str = ""

    @property
    def outcome_unknown(self) -> bool:
        """An earlier attempt went out and its outcome was never recorded."""
        return self.state is StepState.UNKNOWN
