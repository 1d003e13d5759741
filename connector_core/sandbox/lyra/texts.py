"""What the pages say, in German and English, and how they write amounts and dates."""

from datetime import datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, get_currency_symbol

from connector_core.sandbox.lyra.currencies import DECIMALS

_PATTERNS = {"de": "#,##0{} ¤", "en": "¤#,##0{}"}
_LOCALES = {"de": "de_DE", "en": "en_GB"}

_GERMAN = {
    "test": "Testbetrieb – es fließt kein Geld",
    "pay_title": "Bezahlen",
    "to_pay": "Zu zahlen",
    "amount": "Betrag",
    "reference": "Referenz",
    "valid_until": "Gültig bis",
    "card_number": "Kartennummer",
    "card_hint": "Im Testbetrieb gelten nur Testkarten, siehe unten.",
    "card_wrong": "Diese Nummer ist keine Testkarte für diesen Betrag. Bitte prüfen Sie die Nummer.",
    "pay": "{amount} bezahlen",
    "test_cards": "Oder mit einer Testkarte",
    "accepted": "wird angenommen",
    "refused": "wird abgelehnt",
    "challenge": "mit Bestätigung bei der Bank",
    "abandon": "Zahlung abbrechen",
    "privacy": "{shop} sieht Ihre Kartendaten nicht.",
    "challenge_title": "Bitte bestätigen Sie",
    "challenge_text": "Ihre Bank fragt, ob Sie diese Zahlung selbst beauftragt haben (3-D Secure).",
    "card": "Karte",
    "confirm": "Ja, Zahlung bestätigen",
    "deny": "Nein, ablehnen",
    "paid_title": "Bezahlt. Vielen Dank!",
    "paid_text": "Ihre Zahlung ist bei {shop} angekommen. Sie können diese Seite schließen.",
    "refused_title": "Die Karte wurde abgelehnt",
    "refused_text": "Es wurde nichts abgebucht. Versuchen Sie es noch einmal oder nehmen Sie eine andere Karte.",
    "try_again": "Noch einmal versuchen",
    "exhausted_title": "Zu viele Versuche",
    "exhausted_text": "Es wurde nichts abgebucht. Bitten Sie {shop} um einen neuen Zahlungslink.",
    "expired_title": "Dieser Link ist abgelaufen",
    "expired_text": "Es wurde nichts abgebucht. Bitten Sie {shop} um einen neuen Zahlungslink.",
    "cancelled_title": "Diese Zahlung wird nicht mehr gebraucht",
    "cancelled_text": "{shop} hat den Link zurückgezogen. Sie müssen nichts tun.",
    "abandoned_title": "Zahlung abgebrochen",
    "abandoned_text": "Es wurde nichts abgebucht. Der Link bleibt gültig, Sie können später bezahlen.",
    "pay_now": "Doch jetzt bezahlen",
    "unknown_title": "Diesen Link gibt es nicht",
    "unknown_text": "Bitte prüfen Sie, ob die Adresse vollständig ist.",
    "gone_title": "Diese Bestätigung gilt nicht mehr",
    "gone_text": "Sie ist beantwortet oder abgelaufen.",
    "back_to_shop": "Zurück zu {shop}",
    "overview": "Zahlungslinks",
    "none_yet": "Noch kein Zahlungslink. Sobald einer angelegt wird, steht er hier.",
    "orders": "Links",
    "paid_count": "bezahlt",
    "notices": "Meldungen zugestellt",
    "notices_failed": "nicht angenommen",
    "newest": "Die neuesten {count}",
    "RUNNING": "offen",
    "PAID": "bezahlt",
    "REFUSED": "abgelehnt",
    "EXPIRED": "abgelaufen",
    "CANCELLED": "zurückgezogen",
    "no_reference": "ohne Referenz",
    "open_link": "Zahlungsseite öffnen",
}
_ENGLISH = {
    "test": "Test mode – no money moves",
    "pay_title": "Pay",
    "to_pay": "Amount due",
    "amount": "Amount",
    "reference": "Reference",
    "valid_until": "Valid until",
    "card_number": "Card number",
    "card_hint": "In test mode only test cards work, see below.",
    "card_wrong": "This number is not a test card for this amount. Please check the number.",
    "pay": "Pay {amount}",
    "test_cards": "Or use a test card",
    "accepted": "will be accepted",
    "refused": "will be refused",
    "challenge": "asks your bank to confirm",
    "abandon": "Cancel payment",
    "privacy": "{shop} does not see your card details.",
    "challenge_title": "Please confirm",
    "challenge_text": "Your bank asks whether you have ordered this payment yourself (3-D Secure).",
    "card": "Card",
    "confirm": "Yes, confirm payment",
    "deny": "No, refuse",
    "paid_title": "Paid. Thank you!",
    "paid_text": "Your payment has reached {shop}. You can close this page.",
    "refused_title": "The card was refused",
    "refused_text": "Nothing was charged. Please try again or use another card.",
    "try_again": "Try again",
    "exhausted_title": "Too many attempts",
    "exhausted_text": "Nothing was charged. Please ask {shop} for a new payment link.",
    "expired_title": "This link has expired",
    "expired_text": "Nothing was charged. Please ask {shop} for a new payment link.",
    "cancelled_title": "This payment is no longer needed",
    "cancelled_text": "{shop} has withdrawn the link. There is nothing for you to do.",
    "abandoned_title": "Payment cancelled",
    "abandoned_text": "Nothing was charged. The link stays valid, so you can pay later.",
    "pay_now": "Pay now after all",
    "unknown_title": "This link does not exist",
    "unknown_text": "Please check that the address is complete.",
    "gone_title": "This confirmation is no longer valid",
    "gone_text": "It was answered already, or its time is up.",
    "back_to_shop": "Back to {shop}",
    "overview": "Payment links",
    "none_yet": "No payment link yet. As soon as one is made, it appears here.",
    "orders": "links",
    "paid_count": "paid",
    "notices": "notifications taken",
    "notices_failed": "not taken",
    "newest": "The newest {count}",
    "RUNNING": "open",
    "PAID": "paid",
    "REFUSED": "refused",
    "EXPIRED": "expired",
    "CANCELLED": "withdrawn",
    "no_reference": "no reference",
    "open_link": "Open payment page",
}
TEXTS = {"de": _GERMAN, "en": _ENGLISH}


def choose_language(locale: str | None, accept_language: str) -> str:
    """The order's locale when it is one of ours, else the first of ours that the browser names, else English."""
    wishes = [locale or "", *accept_language.split(",")]
    return next((wish.strip()[:2].lower() for wish in wishes if wish.strip()[:2].lower() in TEXTS), "en")


def write_amount(minor: int, currency: str, language: str) -> str:
    """Such as ``1.234,50 €`` or ``€1,234.50``, with the gateway's decimals of the currency."""
    decimals = DECIMALS[currency]
    pattern = _PATTERNS[language].format("." + "0" * decimals if decimals else "")
    if get_currency_symbol(currency, locale=_LOCALES[language])[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\N{NO-BREAK SPACE}#")
    value = Decimal(minor).scaleb(-decimals)
    return format_currency(value, currency, pattern, locale=_LOCALES[language], currency_digits=False)


def write_date(moment: datetime, language: str) -> str:
    return format_date(moment, "long", locale=_LOCALES[language])
