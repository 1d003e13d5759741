"""Requests that people or API clients make: the orders of a merchant's system of our own, one for each shop.

They go the way of every order, so dedupe, revisions, replay, receipts and refunds are the same.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from connector_core.domain.card_numbers import without_card_numbers
from connector_core.domain.errors import InvalidInput, MappingError
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.domain.request import Terms
from connector_core.domain.shop import Shop
from connector_core.ports.clock import Clock
from connector_core.ports.drafts import Draft, Drafts
from connector_core.ports.mapper import Mapper

DOCUMENT = "paylink.payment_request"
_PREFIX = "by-hand."
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,49}")
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to ask for, as it was typed: `amount` ``14.70``, `phone` with or without country (`region`,
    else the shop's), `valid_until` RFC 3339. Empty texts are left to the shop's rules; a missing `reference` is made.
    """

    amount: str
    currency: str
    phone: str
    reference: str = ""
    region: str = ""
    name: str = ""
    email: str = ""
    description: str = ""
    language: str = ""
    valid_until: str = ""


def connection_of(shop: ShopId) -> ConnectionId:
    """A name that no connection of the configuration can have."""
    return ConnectionId(f"{_PREFIX}{shop}")


def is_by_hand(connection: ConnectionId) -> bool:
    return connection.startswith(_PREFIX)


class ByHand:
    """Everything returns after its commit; then the request goes its way by itself. `published` wakes the outbox."""

    def __init__(
        self,
        drafts: Drafts,
        mapper: Mapper,
        shops: Mapping[ShopId, Shop],
        clock: Clock,
        published: Callable[[], None],
    ) -> None:
        self._drafts = drafts
        self._mapper = mapper
        self._shops = shops
        self._clock = clock
        self._published = published

    def preview(self, shop: ShopId, wish: Wish) -> Terms:
        """What the buyer would be asked for. Raises `InvalidInput` that names the field."""
        return self._terms(connection_of(shop), self._record(wish, wish.reference or "H-…", 1))

    async def create(self, shop: ShopId, wish: Wish, actor: str) -> OrderRef:
        """Raises `InvalidInput`; 409 for a reference that was asked for before in this shop."""
        reference = wish.reference.strip() or f"H-{''.join(secrets.choice(_LETTERS) for _ in range(6))}"
        if not _REFERENCE.fullmatch(reference):
            raise InvalidInput(
                "The reference cannot be used.",
                field="reference",
                status=422,
                cure="Write up to 50 letters, digits, spaces and . _ / # -, such as 2026-1009.",
            )
        connection = connection_of(shop)
        record = self._record(wish, reference, 1)
        self._terms(connection, record)
        draft = Draft(connection, OrderRef(reference), shop, record, 1, actor, self._clock.now())
        if not await self._drafts.put_draft(draft, self._event(draft, OrderChange.RECEIVED)):
            raise InvalidInput(
                f"There is a request with the reference {reference} already.",
                field="reference",
                status=409,
                cure="Change that one, or take another reference: nobody is asked twice for the same thing.",
            )
        self._published()
        return draft.order_ref

    async def change(self, shop: ShopId, order_ref: OrderRef, changes: Mapping[str, str], actor: str) -> None:
        """`changes` are fields of `Wish`, but for the reference. Raises `InvalidInput`."""
        draft = await self._known(shop, order_ref)
        if draft.record["status"] != "open":
            raise InvalidInput("The request was cancelled.", status=409, cure="Make another one.")
        await self._next(draft, {**draft.record, **_given(changes)}, OrderChange.CHANGED)

    async def cancel(self, shop: ShopId, order_ref: OrderRef) -> None:
        draft = await self._known(shop, order_ref)
        if draft.record["status"] != "cancelled":
            await self._next(draft, {**draft.record, "status": "cancelled"}, OrderChange.WITHDRAWN)

    async def _known(self, shop: ShopId, order_ref: OrderRef) -> Draft:
        draft = await self._drafts.draft(connection_of(shop), order_ref)
        if draft is None:
            raise InvalidInput("There is no such request.", status=404, cure="Look for it in the list.")
        return draft

    async def _next(self, draft: Draft, record: Mapping[str, Any], change: OrderChange) -> None:
        version = draft.version + 1
        record = {**record, "version": _sortable(version)}
        self._terms(draft.connection, record)
        newer = replace(draft, record=record, version=version, changed_at=self._clock.now())
        if not await self._drafts.put_draft(newer, self._event(newer, change)):
            raise InvalidInput(
                "Somebody else has just changed this request.", status=409, cure="Look at it again, then change it."
            )
        self._published()

    def _record(self, wish: Wish, reference: str, version: int) -> dict[str, Any]:
        own = {**asdict(wish), "reference": reference, "status": "open", "version": _sortable(version)}
        return dict(without_card_numbers(own) or {})

    def _terms(self, connection: ConnectionId, record: Mapping[str, Any]) -> Terms:
        """What the record means: the mapping is the judge of every field."""
        try:
            mapped = self._mapper.map(connection, DOCUMENT, record)
        except MappingError as error:
            raise InvalidInput(_plain(error), field=error.field, status=422, cure=error.cure) from None
        if mapped.terms is None:
            return self._terms(connection, {**record, "status": "open"})
        if mapped.terms.valid_until is not None and mapped.terms.valid_until <= self._clock.now():
            raise InvalidInput(
                "The end lies in the past.", field="valid_until", status=422, cure="Choose a later day, or none."
            )
        return mapped.terms

    def _event(self, draft: Draft, change: OrderChange) -> OrderEvent:
        at: datetime = self._clock.now()
        name = f"{draft.order_ref}:{draft.version}"
        return OrderEvent(name, draft.connection, draft.connection, draft.order_ref, change, at, None, DOCUMENT)


def _given(changes: Mapping[str, str]) -> dict[str, str]:
    known = {field for field in Wish.__dataclass_fields__ if field != "reference"}
    if unknown := sorted(changes.keys() - known):
        raise InvalidInput(
            f"{unknown[0]} cannot be changed.", field=unknown[0], status=422, cure=f"Change one of: {sorted(known)}."
        )
    return dict(without_card_numbers(dict(changes)) or {})


def _sortable(version: int) -> str:
    return f"{version:09d}"


def _plain(error: MappingError) -> str:
    """Without where in which file the field is read from: whoever typed it knows."""
    return error.sentence.split(" (field ")[0].rstrip(".") + "."
