"""The addon's own booking: few calls for a batch, one savepoint for each payment, one payment for each key."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from connector_core.sdk import (
    ConfigurationError,
    Money,
    OutcomeUnknown,
    PaymentUpdate,
    RateLimited,
    Rejected,
    RetryLater,
    WriteBackFact,
    WriteBackOutcome,
    WriteBackResult,
)
from connector_odoo.documents import parse_ref
from connector_odoo.mark import memo_of
from connector_odoo.note import note_html
from connector_odoo.server import ADDON, OdooServer
from connector_odoo.settings import OdooSettings

_FIRST = 10
_SECONDS_A_CALL = 8.0
_SECONDS = 35.0
"""A real Odoo takes half a second for a payment, and ends calls that last long; the core waits 55 s for a batch."""


def record_payments(
    server: OdooServer, settings: OdooSettings, updates: Sequence[PaymentUpdate]
) -> Sequence[WriteBackResult]:
    """The updates as plain values, and what became of each. A reference that is none is refused here."""
    known = [update for update in updates if parse_ref(update.order_ref)]
    results = _in_parts(server, [_values(update, settings) for update in known])
    return [results.get(update.id) or _missing(update, asked=update in known) for update in updates]


def _in_parts(server: OdooServer, values: Sequence[Mapping[str, Any]]) -> Mapping[str, WriteBackResult]:
    """Few at first, and then as many as Odoo has shown to take in good time. What is left over is for a later try."""
    start, size, results = monotonic(), _FIRST, dict[str, WriteBackResult]()
    rest = list(values)
    while rest and monotonic() - start < _SECONDS:
        part, rest = rest[:size], rest[size:]
        before = monotonic()
        try:
            results |= {str(row.get("id")): _result(row) for row in _call(server, part)}
        except (RetryLater, OutcomeUnknown) as error:
            if isinstance(error, RateLimited) or not results:
                raise
            return results
        took = max(monotonic() - before, 0.001)
        size = max(1, min(2 * size, int(len(part) * _SECONDS_A_CALL / took)))
    return results


def _call(server: OdooServer, values: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """An addon that went, or a right that was taken, concerns every payment and not this one."""
    try:
        rows = server.rpc.run_model(ADDON, "record_payments", vals_list=values)
    except Rejected as error:
        raise ConfigurationError(
            f"The PayLink addon does not take payments: {error.detail}",
            cure="Install it again, or give the connector's user the right PayLink: Connector API.",
            detail=error.detail,
        ) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise OutcomeUnknown("The addon answered something else than results.", cure="Update the addon in Odoo.")
    return rows


def _values(update: PaymentUpdate, settings: OdooSettings) -> Mapping[str, Any]:
    """Amounts are decimal text of `currency`, `at` is UTC as Odoo writes it, `memo` and `note` are ready to store."""
    model, number = parse_ref(update.order_ref) or ("", 0)
    return {
        "id": update.id,
        "order_ref": update.order_ref,
        "model": model,
        "res_id": number,
        "fact": update.fact.value,
        "amount": _text(update.amount),
        "currency": update.amount.currency,
        "asked": _text(update.asked),
        "captured": _text(update.captured),
        "psp_ref": update.psp_ref,
        "at": f"{update.at:%Y-%m-%d %H:%M:%S}",
        "method": update.method,
        "url": update.url,
        "language": update.language,
        "flag": update.flag,
        "settled": update.fact is WriteBackFact.CAPTURED and update.captured.minor >= update.asked.minor,
        "memo": memo_of(update),
        "note": note_html(update) if settings.notes else "",
        "journal": settings.journal,
    }


def _result(row: Mapping[str, Any]) -> WriteBackResult:
    try:
        outcome = WriteBackOutcome(str(row.get("outcome")))
    except ValueError:
        outcome = WriteBackOutcome.RETRY
    message, cure, ref = (str(row.get(name) or "") for name in ("message", "cure", "source_ref"))
    if outcome is WriteBackOutcome.REFUSED:
        message, cure = message or "Odoo refuses the payment.", cure or "Correct it in Odoo, then try again."
    return WriteBackResult(str(row.get("id")), outcome, message, cure, ref)


def _missing(update: PaymentUpdate, *, asked: bool) -> WriteBackResult:
    if asked:
        return WriteBackResult(update.id, WriteBackOutcome.RETRY, "Odoo has not come to this payment yet.")
    message, cure = "Odoo has no such document (any more).", "Book the payment by hand, or pay it back to the buyer."
    return WriteBackResult(update.id, WriteBackOutcome.REFUSED, message, cure)


def _text(money: Money) -> str:
    return f"{money.decimal():f}"
