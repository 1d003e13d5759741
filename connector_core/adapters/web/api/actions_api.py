"""What is done with one payment request: cancelled, sent again, handed over, asked anew, given back."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.api.access import ONE, Api, answer
from connector_core.adapters.web.api.models import Again, Done, Ends, HandedOver, NewRefund, Reason
from connector_core.adapters.web.declared import API_PROBLEMS, IDEMPOTENT
from connector_core.adapters.web.office.message_view import as_sent, own_whatsapp
from connector_core.domain.message import HANDED_OVER
from connector_core.domain.person import Permission


class ActionsApi:
    """``POST /api/v1/payment-requests/{id}/…``."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add_to(self, router: APIRouter, about: dict[str, Any]) -> None:
        soon: dict[str, Any] = {"status_code": 202, "response_model": Done, "responses": API_PROBLEMS, **about}
        given = {**soon, "status_code": 200, "response_model": HandedOver}
        router.post(f"{ONE}/cancel", summary="Ask for it no more", **soon)(self.cancel)
        router.post(f"{ONE}/notify", summary="Send its PayLink again", **soon)(self.notify)
        router.post(f"{ONE}/hand-over", summary="Send it from a phone of your own", **given)(self.hand_over)
        router.post(f"{ONE}/reissue", summary="Ask anew after it has expired", **soon)(self.reissue)
        router.post(f"{ONE}/refunds", summary="Give money back", openapi_extra=IDEMPOTENT, **soon)(self.refund)

    async def cancel(self, request: Request, request_id: str, why: Reason) -> Response:
        client = self._api.client(request, Permission.CHANGE)
        state = await self._api.known(client, request_id)
        return _done(await self._api.actions.cancel(state, client.actor, why.reason))

    async def notify(self, request: Request, request_id: str, again: Again) -> Response:
        client = self._api.client(request, Permission.SEND)
        state = await self._api.known(client, request_id)
        return _done(await self._api.actions.notify(state, client.actor, again.channel))

    async def hand_over(self, request: Request, request_id: str) -> Response:
        """From then on the buyer counts as written to: nothing else goes out by itself."""
        client = self._api.client(request, Permission.SEND)
        state = await self._api.known(client, request_id)
        await self._api.actions.notify(state, client.actor, HANDED_OVER)
        assert state.request is not None
        assert state.open_link is not None
        terms, shop, url = state.request.terms, self._api.shops[client.shop].name, state.open_link.url
        return answer(HandedOver(text=as_sent(terms, shop, url), open=own_whatsapp(terms, shop, url)))

    async def reissue(self, request: Request, request_id: str, until: Ends) -> Response:
        client = self._api.client(request, Permission.SEND)
        state = await self._api.known(client, request_id)
        end = until.end(self._api.clock.now())
        return _done(await self._api.actions.reissue(state, client.actor, end))

    async def refund(self, request: Request, request_id: str, wanted: NewRefund) -> Response:
        client = self._api.client(request, Permission.REFUND)

        async def give_back(name: str) -> Response:
            state = await self._api.known(client, request_id)
            return _done(
                await self._api.actions.refund(
                    state, client.actor, f"api:{name}", wanted.amount or "", wanted.payment, wanted.comment
                )
            )

        return await self._api.once.run(request, client, give_back)


def _done(new: bool) -> Response:
    return answer(Done(new=new), 202)
