"""What becomes of a message after the send: sent, delivered, read, with the status webhooks and their faults."""

from collections.abc import Callable
from dataclasses import dataclass

from connector_core.sandbox.whatsapp.agenda import Agenda
from connector_core.sandbox.whatsapp.courier import Courier
from connector_core.sandbox.whatsapp.faults import Fault, FaultBoard
from connector_core.sandbox.whatsapp.ledger import Sent
from connector_core.sandbox.whatsapp.payloads import Notice, status_notice


@dataclass(frozen=True, slots=True)
class _Due:
    """Either the message reaches `status`, or a notice that a fault held back goes out."""

    message: Sent
    status: str = ""
    notice: Notice | None = None


class Progress:
    """Moves messages on. `changed` is called with the phone's digits each time the chat looks different."""

    def __init__(
        self,
        courier: Courier,
        faults: FaultBoard,
        *,
        delivered_after: float,
        now: Callable[[], float],
        changed: Callable[[str], None],
    ) -> None:
        self._courier = courier
        self._faults = faults
        self._delivered_after = delivered_after
        self._now = now
        self._changed = changed
        self._held: dict[str, Notice] = {}
        self.agenda: Agenda[_Due] = Agenda(self._happen)

    def start(self, message: Sent) -> None:
        self._reach(message, "sent")
        if message.status != "failed":
            self.agenda.add(self._delivered_after, _Due(message, "delivered"))

    def read(self, message: Sent) -> None:
        """A message read before it was delivered gives no `delivered` (reference/messaging.md A5)."""
        self._reach(message, "read")

    def _happen(self, due: _Due) -> None:
        if due.notice is None:
            if due.message.status != "failed":
                self._reach(due.message, due.status)
        elif self._held.get(due.message.id) is due.notice:
            self._release(due.message.id)
        elif due.status == "delayed":
            self._courier.post(due.notice)

    def _reach(self, message: Sent, status: str) -> None:
        if not message.advance(status):
            return
        fault = self._faults.take("status", message.to)
        if fault is not None and fault.mode == "fail":
            message.status = "failed"
        self._changed(message.to)
        notice = status_notice(message, message.status, self._now(), fault.code if fault else 0)
        if fault is None or fault.mode == "fail":
            self._post(notice)
        else:
            self._spoil(message, notice, fault)

    def _spoil(self, message: Sent, notice: Notice, fault: Fault) -> None:
        if fault.mode == "duplicate":
            self._post(notice)
            self.agenda.add(0, _Due(message, "delayed", notice))
        elif fault.mode == "reorder":
            self._held[message.id] = notice
            self.agenda.add(fault.seconds, _Due(message, notice=notice))
        elif fault.mode == "delay":
            self.agenda.add(fault.seconds, _Due(message, "delayed", notice))
        elif fault.mode == "forge":
            self._courier.post_forged(status_notice(message, "read", self._now()))
            self._post(notice)

    def _post(self, notice: Notice) -> None:
        self._courier.post(notice)
        self._release(notice.message_id)

    def _release(self, message_id: str) -> None:
        held = self._held.pop(message_id, None)
        if held is not None:
            self._courier.post(held)
