"""The sandbox's own record of what was sent, answered and reported: tests compare the connector with it."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

WINDOW_SECONDS = 24 * 3600
_RANK = {"accepted": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}


@dataclass(slots=True)
class Sent:
    """A message from the business on the buyer's phone. `to` is digits; `at` is Unix seconds; only `status` changes."""

    id: str
    to: str
    type: str
    text: str
    at: float
    template: str = ""
    language: str = ""
    category: str = "service"
    button_text: str = ""
    button_url: str = ""
    attempt_id: str = ""
    status: str = "accepted"

    def advance(self, status: str) -> bool:
        """Whether the message really moved on: a status never goes back, and `delivered` may follow `failed`."""
        if _RANK[status] <= _RANK[self.status]:
            return False
        self.status = status
        return True


@dataclass(slots=True)
class Answer:
    """A text that the buyer typed; `status` is `delivered` once the subscribed address has taken it."""

    id: str
    sender: str
    text: str
    at: float
    status: str = "sent"


@dataclass(frozen=True, slots=True)
class WebhookPost:
    """One try to hand one status or answer over; `http_status` 0: no answer came; `forged`: our own forgery."""

    message_id: str
    status: str
    attempt: int
    http_status: int
    forged: bool = False


@dataclass(slots=True)
class Ledger:
    """Everything since the start, in order; `chats` has every number's messages, the last used chat last."""

    messages: dict[str, Sent] = field(default_factory=dict)
    inbound: dict[str, Answer] = field(default_factory=dict)
    chats: dict[str, list[Sent | Answer]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    webhooks: deque[WebhookPost] = field(default_factory=lambda: deque(maxlen=200_000))
    _last_answer: dict[str, float] = field(default_factory=dict)

    def add_sent(self, message: Sent) -> None:
        self.messages[message.id] = message
        self._to_top(message.to, message)

    def add_answer(self, answer: Answer) -> None:
        self.inbound[answer.id] = answer
        self._last_answer[answer.sender] = answer.at
        self._to_top(answer.sender, answer)

    def window_open(self, phone: str, now: float) -> bool:
        """Whether this number wrote in the last 24 hours, so that free text may go to it."""
        last = self._last_answer.get(phone)
        return last is not None and now - last < WINDOW_SECONDS

    def unread(self, phone: str) -> Iterator[Sent]:
        return (
            entry
            for entry in self.chats.get(phone, ())
            if isinstance(entry, Sent) and entry.status not in ("read", "failed")
        )

    def _to_top(self, phone: str, entry: Sent | Answer) -> None:
        thread = self.chats.pop(phone, None) or []
        thread.append(entry)
        self.chats[phone] = thread

    def as_json(self) -> dict[str, Any]:
        return {
            "messages": list(self.messages.values()),
            "inbound": list(self.inbound.values()),
            "calls": dict(self.calls),
            "webhooks": list(self.webhooks),
        }
