"""The internal notes that a merchant reads in the chatter of an order or invoice."""

from html import escape

from connector_core.sdk import Money, PaymentUpdate, WriteBackFact
from connector_odoo.mark import note_mark

_TEXTS: dict[str, dict[WriteBackFact, str]] = {
    "en": {
        WriteBackFact.CAPTURED: "Paid by PayLink: {amount}{method}. Transaction {ref}.",
        WriteBackFact.REFUNDED: "Paid back by PayLink: {amount}. Transaction {ref}.",
        WriteBackFact.CHARGED_BACK: "The buyer's bank took {amount} back (chargeback). Transaction {ref}.",
        WriteBackFact.EXPIRED: "The PayLink about {asked} has expired unpaid.",
    },
    "de": {
        WriteBackFact.CAPTURED: "Mit PayLink bezahlt: {amount}{method}. Transaktion {ref}.",
        WriteBackFact.REFUNDED: "Über PayLink erstattet: {amount}. Transaktion {ref}.",
        WriteBackFact.CHARGED_BACK: "Die Bank des Käufers hat {amount} zurückgeholt (Chargeback). Transaktion {ref}.",
        WriteBackFact.EXPIRED: "Der PayLink über {asked} ist unbezahlt abgelaufen.",
    },
}
_PARTLY = {
    "en": " Received so far: {captured} of {asked}.",
    "de": " Bisher eingegangen: {captured} von {asked}.",
}
_SURPLUS = {
    "en": " This is more than was asked for: pay the difference back.",
    "de": " Das ist mehr als gefordert: bitte die Differenz erstatten.",
}


def note_text(update: PaymentUpdate) -> str:
    """German for German, else English. It ends with `note_mark`, by which a repeat finds it."""
    language = "de" if update.language.lower().startswith("de") else "en"
    text = _TEXTS[language][update.fact]
    if update.fact is WriteBackFact.CAPTURED and update.captured.minor < update.asked.minor:
        text += _PARTLY[language]
    if update.fact is WriteBackFact.CAPTURED and update.captured.minor > update.asked.minor:
        text += _SURPLUS[language]
    filled = text.format(
        amount=_show(update.amount, language),
        asked=_show(update.asked, language),
        captured=_show(update.captured, language),
        method=f" ({update.method})" if update.method else "",
        ref=update.psp_ref,
    )
    return f"{filled} {note_mark(update)}"


def note_html(update: PaymentUpdate) -> str:
    """Escaped here, because Odoo 16 takes the text for HTML and later ones only when told so (reference/odoo.md 6)."""
    return f"<p>{escape(note_text(update))}</p>"


def _show(money: Money, language: str) -> str:
    text = str(money)
    return text.replace(".", ",") if language == "de" else text
