"""The payment page `/t/<code>`: reading it changes nothing, only its forms do."""

from aiohttp import web

from connector_core.sandbox.lyra.cards import CARDS, find_card
from connector_core.sandbox.lyra.cashier import Cashier, Challenge
from connector_core.sandbox.lyra.ledger import Ledger
from connector_core.sandbox.lyra.render import Renderer
from connector_core.sandbox.lyra.texts import choose_language
from connector_core.sandbox.lyra.values import CANCELLED, EXPIRED, PAID, RUNNING, PaymentOrder


class PaymentPage:
    """Its forms: `pay` with a `card`, the bank's question with an `answer`, and `abandon`."""

    def __init__(self, ledger: Ledger, cashier: Cashier, renderer: Renderer) -> None:
        self._ledger = ledger
        self._cashier = cashier
        self._renderer = renderer

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/t/{code}", self.show),
            web.post("/t/{code}/pay", self.pay),
            web.get("/t/{code}/result", self.result),
            web.get("/t/{code}/confirm/{challenge}", self.ask),
            web.post("/t/{code}/confirm/{challenge}", self.confirm),
            web.post("/t/{code}/abandon", self.abandon),
        ]

    async def show(self, request: web.Request) -> web.Response:
        order = self._order(request)
        if not self._cashier.payable(order):
            return self._outcome(request, order, dead=True)
        return self._form(request, order)

    async def pay(self, request: web.Request) -> web.Response:
        order = self._order(request)
        if not self._cashier.payable(order):
            return self._outcome(request, order, dead=True, status=409)
        card = find_card(str((await request.post()).get("card", "")), order.currency)
        if card is None:
            return self._form(request, order, wrong=True)
        done = self._cashier.pay(order, card)
        end = f"confirm/{done.id}" if isinstance(done, Challenge) else "result"
        raise web.HTTPSeeOther(f"/t/{order.code}/{end}")

    async def result(self, request: web.Request) -> web.Response:
        return self._outcome(request, self._order(request))

    async def ask(self, request: web.Request) -> web.Response:
        order = self._order(request)
        challenge = self._challenge(request, order)
        return self._page(request, "challenge.html", order, challenge=challenge)

    async def confirm(self, request: web.Request) -> web.Response:
        order = self._order(request)
        challenge = self._challenge(request, order)
        answer = (await request.post()).get("answer")
        if self._cashier.answer(challenge, confirmed=answer == "confirm") is None:
            return self._outcome(request, order, dead=True, status=409)
        raise web.HTTPSeeOther(f"/t/{order.code}/result")

    async def abandon(self, request: web.Request) -> web.Response:
        order = self._order(request)
        if not self._cashier.payable(order):
            return self._outcome(request, order, dead=True, status=409)
        self._cashier.abandon(order)
        return self._message(request, order, "abandoned", again="pay_now")

    def _form(self, request: web.Request, order: PaymentOrder, *, wrong: bool = False) -> web.Response:
        cards = [card for card in CARDS if card.offered]
        return self._page(request, "pay.html", order, status=422 if wrong else 200, cards=cards, wrong=wrong)

    def _outcome(
        self, request: web.Request, order: PaymentOrder, *, dead: bool = False, status: int = 0
    ) -> web.Response:
        """What became of the order; a `dead` link answers 410, or 200 when it is dead because it is paid."""
        if order.status == RUNNING:
            raise web.HTTPSeeOther(f"/t/{order.code}")
        if order.status == PAID:
            return self._message(request, order, "paid", status=status or 200)
        if order.status in (EXPIRED, CANCELLED):
            return self._message(request, order, order.status.lower(), status=status or 410)
        if order.final:
            return self._message(request, order, "exhausted", status=status or (410 if dead else 200))
        return self._message(request, order, "refused", again="try_again")

    def _message(
        self, request: web.Request, order: PaymentOrder, kind: str, *, again: str = "", status: int = 200
    ) -> web.Response:
        return self._page(request, "message.html", order, status=status, kind=kind, again=again)

    def _page(
        self, request: web.Request, template: str, order: PaymentOrder | None, *, status: int = 200, **values: object
    ) -> web.Response:
        locale = order.locale if order else None
        language = choose_language(locale, request.headers.get("Accept-Language", ""))
        return self._renderer.page(template, language, status=status, order=order, **values)

    def _order(self, request: web.Request) -> PaymentOrder:
        order = self._ledger.order_by_code(request.match_info["code"])
        if order is None:
            raise _Shown(self._page(request, "message.html", None, status=404, kind="unknown", again=""))
        return order

    def _challenge(self, request: web.Request, order: PaymentOrder) -> Challenge:
        challenge = self._cashier.challenge(request.match_info["challenge"])
        if challenge is None or challenge.payment_order_id != order.id:
            raise _Shown(self._message(request, order, "gone", again="try_again", status=410))
        return challenge


class _Shown(web.HTTPException):
    """Ends a request with a page."""

    def __init__(self, page: web.Response) -> None:
        self.status_code = page.status
        super().__init__(text=page.text, headers=page.headers)
