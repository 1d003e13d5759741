"""What a person or a program does with requests: each act is stored with who did it, noted, and begun at once.

The pages of the back office and the API call exactly these.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import OrderId, OrderRef, ShopId
from connector_core.domain.payment import Payment
from connector_core.domain.phone import E164
from connector_core.domain.request import Terms
from connector_core.domain.shop import Shop
from connector_core.domain.state import OrderState
from connector_core.flow.by_hand import ByHand, Wish, is_by_hand
from connector_core.flow.cancel import ask_cancel
from connector_core.flow.notify import ask_notify
from connector_core.flow.refund import ask_refund_once, refund_amount
from connector_core.flow.reissue import check_reissue
from connector_core.flow.replay import replay
from connector_core.flow.settle import ask_settle, settled_how
from connector_core.flow.stage import Outcome
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, AuditTrail
from connector_core.ports.store import Batch, Reports, Store


@dataclass(frozen=True, slots=True)
class Actions:
    """`state` is the order as its viewer saw it, `actor` an e-mail address or ``api:`` and the name of a key. All raise
    `InvalidInput` that names the field and the way out, and `StoreUnavailable`. Those that return a truth say False
    when the same was asked for before: nothing has changed.
    """

    store: Store
    reports: Reports
    audit: AuditTrail
    by_hand: ByHand
    shops: Mapping[ShopId, Shop]
    clock: Clock
    opted_out: Callable[[E164], Awaitable[bool]]
    advance: Callable[[OrderId], Awaitable[None]]

    async def create(self, shop: ShopId, wish: Wish, actor: str, once: str = "") -> OrderRef:
        """See `ByHand.create`."""
        order_ref = await self.by_hand.create(shop, wish, actor, once)
        await self.audit.note(Act(actor, "request.created", order_ref, shop))
        return order_ref

    async def change(self, state: OrderState, changes: Mapping[str, str], actor: str) -> Terms:
        """See `ByHand.change`."""
        terms = await self.by_hand.change(state, changes, actor)
        await self._note(state, actor, "changed", fields=sorted(changes))
        return terms

    async def cancel(self, state: OrderState, actor: str, reason: str = "") -> bool:
        """A request that was made by hand is withdrawn; an order's own system is not told. A later record of it opens
        the request again only when it asks for something else.
        """
        batch = ask_cancel(state, self.clock, actor, reason.strip())
        if is_by_hand(state.order.connection):
            await self.by_hand.cancel(state, actor)
        return await self.do(state, actor, "cancel", batch)

    async def notify(self, state: OrderState, actor: str, channel: str = "") -> bool:
        """`channel` is one of the shop's, else its first; `HANDED_OVER`: the actor writes to the buyer themselves."""
        shop = self.shops.get(state.order.shop)
        if shop is None:
            raise InvalidInput("Its shop is not there any more.", status=409, cure="Put it back into paylink.toml.")
        batch = await ask_notify(state, shop.channels, self.clock, self.opted_out, actor, channel)
        return await self.do(state, actor, "notify", batch, channel=channel)

    async def reissue(self, state: OrderState, actor: str, valid_until: str = "") -> bool:
        """A new PayLink for what has expired, until `valid_until` or for as long as the shop's live. An order of
        another system is read again, and says itself how long it can be paid.
        """
        check_reissue(state)
        if is_by_hand(state.order.connection):
            await self.by_hand.reissue(state, actor, valid_until)
            await self._note(state, actor, "reissue")
            return True
        if valid_until:
            raise InvalidInput(
                "Its order says how long it can be paid.", field="valid_until", status=422, cure="Leave it out."
            )
        return await self.do(state, actor, "reissue", replay(state, "map", self.clock))

    async def refund(
        self, state: OrderState, actor: str, key: str, amount: str = "", psp_ref: str = "", comment: str = ""
    ) -> bool:
        """`amount` ``10.00`` or ``10,00`` in the payment's currency, empty for all that is left. The same `key` again
        is the same refund.
        """
        wanted = refund_amount(state, amount)
        batch = await ask_refund_once(state, self.store, self.clock, wanted, psp_ref, key, comment)
        return await self.do(state, actor, "refund", batch, payment=psp_ref, amount=str(wanted or ""))

    async def settle(self, state: OrderState, actor: str, payment_id: str, reason: str) -> bool:
        """The payment that did not fit needs nobody's attention any more."""
        return await self.do(state, actor, "settle", ask_settle(state, self.clock, actor, payment_id, reason))

    async def settle_unallocated(self, payment: Payment, shop: ShopId, actor: str, reason: str) -> bool:
        """The same for one that belongs to no order; `shop` is one whose account has received it. How it was dealt with
        stands in the audit trail: there is no timeline that it could stand in.
        """
        how = settled_how(reason)
        fresh = await self.reports.settle_unallocated(payment.id, actor)
        await self.audit.note(Act(actor, "payment.settled", payment.id, shop, {"new": fresh, "how": how}))
        return fresh

    async def do(self, state: OrderState, actor: str, action: str, what: Batch | Outcome, **data: Any) -> bool:
        """Stores any other act on an order, in the same manner."""
        batch = what if isinstance(what, Batch) else Batch(what.values, what.events, what.steps, what.done)
        fresh = await self.store.commit(replace(batch, events=[replace(event, actor=actor) for event in batch.events]))
        await self._note(state, actor, action, **data, new=fresh)
        await self.advance(state.order.id)
        return fresh

    async def _note(self, state: OrderState, actor: str, action: str, **data: Any) -> None:
        await self.audit.note(Act(actor, f"request.{action}", state.order.id, state.order.shop, data))
