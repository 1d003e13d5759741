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
        """``stop`` opts out, ``start`` in again; every other word changes nothing."""
        for message in messages:
            if message.keyword in _ANSWERS:
                await self._store.save_cursor(_name(message.sender), _ANSWERS[message.keyword])

    async def opted_out(self, phone: E164) -> bool:
        return bool(await self._store.cursor(_name(phone)))


def _name(phone: str) -> str:
    return f"opt-out:{hashlib.sha256(phone.encode()).hexdigest()}"
