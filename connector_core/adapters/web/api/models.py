"""What the API takes and gives. Money is text, never a floating-point number; moments are RFC 3339."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from connector_core.domain.errors import InvalidInput
from connector_core.domain.money import Money
from connector_core.domain.state import OrderState
from connector_core.domain.step import StepState
from connector_core.ports.listing import Row

Text = Annotated[str, Field(max_length=255)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$", examples=["14.70"])]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]


def _text_of_moment(value: object) -> object:
    """pydantic takes numbers for seconds since 1970."""
    if value is None or isinstance(value, str):
        return value
    raise ValueError("must be a text such as 2026-12-24T18:00:00+01:00")


Moment = Annotated[AwareDatetime | None, BeforeValidator(_text_of_moment)]
SomeMoment = Annotated[AwareDatetime, BeforeValidator(_text_of_moment)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ends(_In):
    """When something ends: at a moment, or after so long."""

    valid_until: Moment = Field(None, description="The end of the PayLink, with its offset; empty: the shop's rule.")
    expires_in: int | None = Field(
        None, ge=60, le=31_622_400, strict=True, description="Or in how many seconds from now it ends."
    )

    def end(self, now: datetime) -> str:
        """RFC 3339, or empty. Raises `InvalidInput`."""
        if self.valid_until and self.expires_in:
            raise InvalidInput(
                "There are two ends.", field="expires_in", status=422, cure="Send valid_until or expires_in."
            )
        if self.expires_in:
            return (now + timedelta(seconds=self.expires_in)).isoformat()
        return self.valid_until.isoformat() if self.valid_until else ""


class NewRequest(Ends):
    """What a buyer is to be asked for."""

    amount: Amount
    currency: Currency
    phone: str = Field(max_length=40, description="With country code, or as in `region`.", examples=["+493012345678"])
    region: str = Field("", pattern="^([A-Z]{2})?$", description="Country of a number without one (ISO 3166).")
    reference: str = Field("", max_length=50, description="Yours, unique in the shop; empty: one is made.")
    name: str = Field("", max_length=120)
    email: str = Field("", max_length=254)
    description: Text = ""
    language: str = Field("", max_length=35, description="BCP 47; empty: the shop's.", examples=["de"])


class Changes(Ends):
    """What is to be changed of a request that was made here; what is left out stays."""

    amount: Amount | None = None
    currency: Currency | None = None
    phone: str | None = Field(None, max_length=40)
    region: str | None = Field(None, pattern="^([A-Z]{2})?$")
    name: str | None = Field(None, max_length=120)
    email: str | None = Field(None, max_length=254)
    description: Text | None = None
    language: str | None = Field(None, max_length=35)


class Reason(_In):
    reason: str = Field("", max_length=200)


class Again(_In):
    channel: str = Field("", max_length=50, description="One of the shop's channels; empty: its first.")


class NewRefund(_In):
    amount: Amount | None = Field(None, description="Empty: all that is left of the payment.")
    payment: str = Field("", max_length=64, description="The PSP's id, when there are several payments.")
    comment: str = Field("", max_length=200)


class Sum(BaseModel):
    amount: str = Field(examples=["14.70"])
    currency: str = Field(examples=["EUR"])


class Link(BaseModel):
    url: str
    state: str
    expires_at: datetime | None


class MessageSeen(BaseModel):
    purpose: str
    channel: str
    delivery: str
    at: datetime


class PaymentSeen(BaseModel):
    kind: str
    state: str
    amount: Sum
    psp_ref: str
    method: str
    flag: str
    at: datetime


class Stopped(BaseModel):
    """What waits for a person."""

    step: str
    cause: str
    cure: str


class RequestSeen(BaseModel):
    """One payment request, as it stands. `id` is ours; it is empty for the moment until a new request has one."""

    id: str
    reference: str
    connection: str
    state: str
    money: str
    amount: Sum | None
    captured: Sum | None
    refunded: Sum | None
    phone: str
    name: str
    description: str
    language: str
    link: Link | None
    messages: list[MessageSeen]
    payments: list[PaymentSeen]
    stopped: list[Stopped]
    created_at: datetime
    updated_at: datetime


class Line(BaseModel):
    """One line of a list."""

    id: str
    reference: str
    connection: str
    state: str
    money: str
    delivery: str
    write_back: str
    attention: str
    amount: Sum | None
    name: str
    created_at: datetime
    updated_at: datetime


class Lines(BaseModel):
    """Newest first; `next` leads to older ones, and is empty at the end."""

    items: list[Line]
    next: str


class Happened(BaseModel):
    type: str
    at: datetime
    actor: str
    cause: str
    data: dict[str, Any]


class HandedOver(BaseModel):
    """For the buyer, from a phone of your own: `text` to be copied, or `open` to be followed on that phone."""

    text: str
    open: str


class Done(BaseModel):
    """`new` is false when this was asked for before: nothing has changed."""

    new: bool


def money_of(value: Money | None) -> Sum | None:
    return Sum(amount=str(value.decimal()), currency=value.currency) if value else None


def line_of(row: Row) -> Line:
    return Line(
        id=row.order_id, reference=row.number, connection=row.connection, state=row.state, money=row.money,
        delivery=row.delivery, write_back=row.write_back, attention=row.attention, amount=money_of(row.amount),
        name=row.name, created_at=row.created_at, updated_at=row.changed_at,
    )  # fmt: skip


def seen_of(state: OrderState) -> RequestSeen:
    order, request = state.order, state.request
    terms = request.terms if request else None
    like = terms.amount if terms else None
    link = state.open_link or (state.links[-1] if state.links else None)
    return RequestSeen(
        id=order.id,
        reference=order.number or order.order_ref,
        connection=order.connection,
        state=request.state if request else "",
        money=request.money if request else "",
        amount=money_of(like),
        captured=money_of(Money(request.captured, like.currency)) if request and like else None,
        refunded=money_of(Money(request.refunded, like.currency)) if request and like else None,
        phone=terms.phone if terms else "",
        name=terms.name if terms else "",
        description=terms.description if terms else "",
        language=terms.language if terms else "",
        link=Link(url=link.url, state=link.state, expires_at=link.expires_at) if link else None,
        messages=[
            MessageSeen(purpose=m.purpose, channel=m.channel, delivery=m.delivery, at=m.updated_at or m.created_at)
            for m in state.messages
        ],
        payments=[_payment(payment) for payment in state.payments],
        stopped=[
            Stopped(step=step.kind, cause=step.cause, cure=step.cure)
            for step in state.steps
            if step.state is StepState.PARKED
        ],
        created_at=order.created_at,
        updated_at=request.updated_at if request else order.created_at,
    )


def not_yet(connection: str, reference: str, now: datetime) -> RequestSeen:
    """A request that is stored, and about to become one."""
    return RequestSeen(
        id="", reference=reference, connection=connection, state="", money="", amount=None, captured=None,
        refunded=None, phone="", name="", description="", language="", link=None, messages=[], payments=[], stopped=[],
        created_at=now, updated_at=now,
    )  # fmt: skip


def _payment(payment: Any) -> PaymentSeen:
    amount = money_of(payment.amount)
    assert amount is not None
    return PaymentSeen(
        kind=payment.kind, state=payment.state, amount=amount, psp_ref=payment.psp_ref, method=payment.method,
        flag=payment.flag, at=payment.at,
    )  # fmt: skip
