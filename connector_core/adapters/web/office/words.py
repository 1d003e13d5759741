"""English words for states; the catalogue has their German."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "buyer": {"erased": "[erased]"},
    "state": {"open": "open", "paid": "paid", "cancelled": "cancelled", "expired": "expired"},
    "money": {
        "open": "nothing yet",
        "pending": "promised",
        "partly_paid": "partly paid",
        "paid": "paid",
        "overpaid": "overpaid",
    },
    "delivery": {
        "queued": "waits",
        "unknown": "unclear",
        "accepted": "handed to the messenger",
        "failed": "not delivered",
        "sent": "sent",
        "delivered": "delivered",
        "read": "read",
    },
    "write_back": {"due": "about to be booked", "done": "booked", "parked": "refused"},
    "link": {
        "wanted": "being made",
        "open": "payable",
        "paid": "paid",
        "closed": "closed",
        "expired": "expired",
        "failed": "failed",
        "lost": "never confirmed",
    },
    "purpose": {
        "paylink": "PayLink",
        "reminder": "reminder",
        "changed": "change of the amount",
        "cancelled": "cancellation",
        "receipt": "receipt",
    },
    "payment": {"capture": "payment", "refund": "refund", "chargeback": "chargeback"},
    "payment_state": {"pending": "promised", "failed": "failed", "done": "done"},
    "flag": {
        "surplus": "more than was asked for",
        "late": "after the request was closed",
        "wrong_amount": "another amount than was asked for",
        "wrong_currency": "another currency than was asked for",
        "unallocated": "belongs to no request",
    },
    "flag_cure": {
        "surplus": "Give back what is too much, or agree with the buyer what it is for.",
        "late": "Deliver the order after all, or give the money back.",
        "wrong_amount": "Ask for the rest, or give the money back.",
        "wrong_currency": "Agree with the buyer, or give the money back.",
        "unallocated": "Look it up at the payment service: it was asked for there, or by another program.",
    },
    "fact": {
        "captured": "payment",
        "refunded": "refund",
        "charged_back": "chargeback",
        "expired": "expiry",
    },
    "step": {
        "map_order": "reading the order",
        "cancel": "cancelling",
        "create_link": "making the PayLink",
        "update_link": "changing the PayLink",
        "prolong_link": "prolonging the PayLink",
        "close_link": "closing the PayLink",
        "notify": "sending again",
        "remind": "reminding the buyer",
        "settle": "noting that a payment is dealt with",
        "send_message": "sending the message",
        "send_receipt": "sending the receipt",
        "track_message": "noting what became of the message",
        "track_payment": "recording the payment",
        "write_back": "booking in the merchant's system",
        "refund": "the refund",
        "reconcile": "looking at the payment service",
        "erase": "erasing the buyer",
    },
    "trouble_title": {
        "database": "The database takes no changes at the moment",
        "broker": "The message broker is not there at the moment",
    },
    "trouble": {
        "database": "What you see is what was known last. Nothing can be sent or changed until it is back; "
        "tell your administrator if that lasts.",
        "broker": "Orders wait and go their way as soon as it is back. Nothing is lost.",
        "psp": "New PayLinks, refunds and readings wait, and go by themselves when it is back. Payments are still "
        "reported to us.",
        "channels": "Messages wait, and go by themselves when it is back.",
        "connections": "Its orders are read and its bookings are made when it is back.",
    },
    "told": {
        "payment_request.created.v1": "a buyer is asked",
        "payment_request.updated.v1": "what is asked for has changed",
        "payment_request.closed.v1": "paid, cancelled or expired",
        "message.queued.v1": "a message waits to be sent",
        "message.accepted.v1": "a message was handed over",
        "message.status_changed.v1": "a message was delivered, read or failed",
        "payment.captured.v1": "a payment has come",
        "payment.refunded.v1": "money was given back",
        "payment.refund_asked.v1": "a refund was ordered",
        "payment.disputed.v1": "a chargeback",
        "payment.attempted.v1": "an attempt to pay has failed",
        "payment.settled.v1": "a payment that did not fit was settled",
        "writeback.due.v1": "about to be booked",
        "writeback.done.v1": "booked in the merchant's system",
        "writeback.parked.v1": "the booking was refused",
        "webhook.test": "a test",
    },
    "delivered": {"due": "waits", "done": "delivered", "failed": "given up"},
    "role": {
        "owner": "owner",
        "admin": "administrator",
        "agent": "agent",
        "accountant": "accountant",
        "reader": "read only",
    },
}


def word(axis: str, value: str) -> str:
    """The value itself when it has no word, so that nothing new ever goes unseen."""
    return WORDS[axis].get(value, value.replace("_", " "))
