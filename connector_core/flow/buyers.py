"""What is kept of one buyer: found, given out, erased. Pages and commands do exactly this."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderId, ShopId
from connector_core.domain.message import Message, Purpose
from connector_core.domain.phone import E164, PhoneError, parse_phone
from connector_core.domain.request import Terms
from connector_core.domain.state import OrderState
from connector_core.flow.erase import ask_erase
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, AuditTrail
from connector_core.ports.privacy import Beside, Contact, Privacy
from connector_core.ports.store import Batch

_OPTED_OUT = "wants no messages (only a digest of the number is kept)"


class Orders(Protocol):
    async def order(self, number_or_id: str) -> OrderState | None: ...

    async def commit(self, batch: Batch) -> bool: ...


@dataclass(frozen=True, slots=True)
class Buyers:
    """`read` gives a message as its buyer reads it, of its purpose, its terms and the `shop_name`. All get the shops
    in which whoever asks may do this.
    """

    privacy: Privacy
    orders: Orders
    audit: AuditTrail
    clock: Clock
    opted_out: Callable[[E164], Awaitable[bool]]
    shop_name: Callable[[ShopId], str]
    read: Callable[[Purpose, Terms, str], str]
    advance: Callable[[OrderId], Awaitable[None]]

    async def find(self, contact: Contact, shops: Sequence[ShopId]) -> Sequence[OrderState]:
        """Every order that ever named them, oldest first."""
        ids = await self.privacy.orders_of(contact, shops)
        found = [await self.orders.order(order_id) for order_id in ids]
        return [state for state in found if state is not None]

    async def export(self, contact: Contact, shops: Sequence[ShopId], actor: str) -> dict[str, Any]:
        """All that is kept of them, as JSON values."""
        states = await self.find(contact, shops)
        opted = [phone for phone in contact.phones if await self.opted_out(E164(phone))]
        orders = [self._document(state, await self.privacy.beside(state)) for state in states]
        await self._note("buyer.exported", states, actor)
        document = {"made_at": self.clock.now(), "asked_for": asdict(contact), "orders": orders}
        return {**document, "messages": dict.fromkeys(opted, _OPTED_OUT)}

    async def erase(self, contact: Contact, shops: Sequence[ShopId], actor: str, reason: str = "") -> int:
        """Asks for all of their orders at once; each follows as soon as nothing of it is on its way. How many."""
        states = await self.find(contact, shops)
        if not states:
            return 0
        await self.orders.commit(ask_erase(states, self.clock.now(), actor, reason))
        await self._note("buyer.erased", states, actor)
        for state in states:
            await self.advance(state.order.id)
        return len(states)

    async def _note(self, action: str, states: Iterable[OrderState], actor: str) -> None:
        """Names orders, and nobody: a line of the trail can never be changed again."""
        for state in states:
            await self.audit.note(Act(actor, action, state.order.id, state.order.shop))

    def _document(self, state: OrderState, beside: Beside) -> dict[str, Any]:
        kept = {name: value for name, value in asdict(state).items() if name != "messages"}
        messages = [{**asdict(message), "text": self._text(state, beside, message)} for message in state.messages]
        return {**kept, "messages": messages, **asdict(beside)}

    def _text(self, state: OrderState, beside: Beside, message: Message) -> str:
        known = [one.terms for one in beside.revisions if one.revision == message.revision]
        terms = known[0] if known else state.request.terms if state.request else None
        if terms is None or terms.erased:
            return ""
        paid = next((p.amount for p in state.payments if p.id == message.payment_id), terms.amount)
        return self.read(message.purpose, replace(terms, amount=paid), self.shop_name(state.order.shop))


def contact_of(text: str, regions: Iterable[str]) -> Contact:
    """An e-mail address, or a number as people write it; without its country it is read as one of each region. Raises
    `InvalidInput`.
    """
    typed = text.strip()
    if "@" in typed:
        return Contact(email=typed.lower())
    phones = [phone for region in dict.fromkeys(regions) if (phone := _phone(typed, region))]
    if phones:
        return Contact(phones=tuple(dict.fromkeys(phones)))
    raise InvalidInput(
        "This is neither a telephone number nor an e-mail address.",
        field="contact",
        status=422,
        cure="Write the number with its country's code, such as +49 1512 3456789, or the whole address.",
    )


def _phone(text: str, region: str) -> str:
    try:
        return parse_phone(text, region)
    except PhoneError:
        return ""
