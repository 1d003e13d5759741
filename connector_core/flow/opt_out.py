"""Buyers who want no more messages, remembered by a digest of their number."""

import hashlib
from collections.abc import Sequence

from connector_core.domain.message import InboundMessage
from connector_core.domain.phone import E164
from connector_core.ports.store import Store

_ANSWERS = {"stop": True, "start": False}


class OptOuts:
    """Takes effect with the next message (faults.md 52); the number itself is not stored."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def heard(self, messages: Sequence[InboundMessage]) -> None:
        """``stop`` opts out, ``start`` in again; every other word changes nothing.

        The newest word counts, by the messenger's time: one that is delivered late, or once more, undoes nothing
        (faults.md 38). Of two in one second, ``stop`` counts.
        """
        for message in messages:
            if message.keyword not in _ANSWERS:
                continue
            name, at, stop = _name(message.sender), message.at.timestamp(), _ANSWERS[message.keyword]
            known = await self._store.cursor(name)
            if not isinstance(known, dict) or (at, stop) > (known["at"], known["stop"]):
                await self._store.save_cursor(name, {"at": at, "stop": stop})

    async def opted_out(self, phone: E164) -> bool:
        known = await self._store.cursor(_name(phone))
        return bool(known["stop"] if isinstance(known, dict) else known)


def _name(phone: str) -> str:
    return f"opt-out:{hashlib.sha256(phone.encode()).hexdigest()}"
