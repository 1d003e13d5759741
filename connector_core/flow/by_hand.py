"""Requests that people or API clients make: the orders of a merchant's system of our own, one for each shop.

They go the way of every order, so dedupe, revisions, replay, receipts and refunds are the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from connector_core.domain.card_numbers import without_card_numbers
from connector_core.domain.errors import InvalidInput, MappingError
from connector_core.domain.ids import ConnectionId, OrderRef, ShopId
from connector_core.domain.order import OrderChange, OrderEvent
from connector_core.domain.request import RequestState, Terms
from connector_core.domain.shop import Shop
from connector_core.domain.state import OrderState
from connector_core.flow.own_reference import references
from connector_core.ports.clock import Clock
from connector_core.ports.drafts import Draft, Drafts
from connector_core.ports.mapper import Mapper

DOCUMENT = "paylink.payment_request"
_PREFIX = "by-hand."
_CURES: Mapping[str, str] = {
    "amount": "Write digits with a dot, such as 49.90, and the currency as three capitals, such as EUR.",
    "phone": "Write it with its country's code, such as +49 1512 3456789, or name the country.",
    "language": "Write a tag such as de or en-GB, or nothing.",
    "valid_until": "Choose a later day, or none.",
}
"""Whoever types a field has no order to correct and no mapping to change."""


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

    async def create(self, shop: ShopId, wish: Wish, actor: str, once: str = "") -> OrderRef:
        """Raises `InvalidInput`; 409 for a reference that was asked for before in this shop. The same wish again under
        the same `once` (a name that nothing else has) is the request that it made before.
        """
        if shop not in self._shops:
            raise InvalidInput(
                f"There is no shop {shop} (any more).", field="shop", status=422, cure="Take another one."
            )
        connection = connection_of(shop)
        for reference in references(wish.reference.strip(), once):
            record = self._record(wish, reference, 1)
            self._terms(connection, record)
            draft = Draft(connection, OrderRef(reference), shop, {**record, "once": once}, 1, actor, self._clock.now())
            if await self._drafts.put_draft(draft, _event(draft, OrderChange.RECEIVED, actor)):
                self._published()
                return draft.order_ref
            known = await self._drafts.draft(connection, draft.order_ref)
            if once and known is not None and known.record.get("once") == once:
                return known.order_ref
        raise InvalidInput(
            f"There is a request with the reference {reference} already.",
            field="reference",
            status=409,
            cure="Change that one, or take another reference: nobody is asked twice for the same thing.",
        )

    async def change(self, state: OrderState, changes: Mapping[str, str], actor: str) -> Terms:
        """`changes` are fields of `Wish`, but for the reference; what the buyer will be asked for. Raises
        `InvalidInput`, also for a request that is not open any more.
        """
        if state.request is not None and state.request.state is not RequestState.OPEN:
            raise InvalidInput(
                "Only an open request can be changed.", status=409, cure="Ask anew, or give money back by a refund."
            )
        draft = await self._known(state)
        record = {**draft.record, **_given(changes)}
        terms = self._terms(draft.connection, record)
        await self._next(draft, record, OrderChange.CHANGED, actor)
        return terms

    async def reissue(self, state: OrderState, actor: str, valid_until: str = "") -> None:
        """An expired request is asked for anew, until `valid_until` or for as long as the shop's PayLinks live."""
        draft = await self._known(state)
        record = {**draft.record, "valid_until": valid_until}
        self._terms(draft.connection, record)
        await self._next(draft, record, OrderChange.CHANGED, actor, again=True)

    async def cancel(self, state: OrderState, actor: str) -> None:
        """Nothing happens when it was cancelled before."""
        draft = await self._known(state)
        if draft.record["status"] != "cancelled":
            await self._next(draft, {**draft.record, "status": "cancelled"}, OrderChange.WITHDRAWN, actor)

    async def _known(self, state: OrderState) -> Draft:
        draft = await self._drafts.draft(state.order.connection, state.order.order_ref)
        if draft is None:
            raise InvalidInput(
                "This request belongs to an order of another system.", status=409, cure="Change the order there."
            )
        return draft

    async def _next(
        self, draft: Draft, record: Mapping[str, Any], change: OrderChange, actor: str, *, again: bool = False
    ) -> None:
        version = draft.version + 1
        record = {**record, "version": _sortable(version)}
        newer = replace(draft, record=record, version=version, changed_at=self._clock.now())
        if not await self._drafts.put_draft(newer, _event(newer, change, actor, again=again)):
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
            cure = _CURES.get(error.field, "Correct it.")
            raise InvalidInput(_plain(error), field=error.field, status=422, cure=cure) from None
        if mapped.terms is None:
            raise InvalidInput("The request was cancelled.", status=409, cure="Make another one.")
        if mapped.terms.valid_until is not None and mapped.terms.valid_until <= self._clock.now():
            raise InvalidInput(
                "The end lies in the past.", field="valid_until", status=422, cure="Choose a later day, or none."
            )
        return mapped.terms


def _event(draft: Draft, change: OrderChange, actor: str, *, again: bool = False) -> OrderEvent:
    name, source = f"{draft.order_ref}:{draft.version}", draft.connection
    at = draft.changed_at
    return OrderEvent(name, source, source, draft.order_ref, change, at, None, DOCUMENT, again, actor)


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
