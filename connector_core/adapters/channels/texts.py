"""What the buyer reads, in German and English: the templates to register at WhatsApp, and the same texts for a chat.

A template's variables are positional: {{1}} shop, {{2}} order reference, {{3}} amount, {{4}} the link where it
stands in the body. A body neither begins nor ends with a variable (reference/messaging.md A10).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, parse_pattern

from connector_core.domain.message import Purpose
from connector_core.domain.money import Money, exponent

TEMPLATE_NAMES: dict[Purpose, str] = {
    Purpose.PAYLINK: "paylink",
    Purpose.REMINDER: "paylink_reminder",
    Purpose.CHANGED: "paylink_changed",
    Purpose.CANCELLED: "paylink_cancelled",
    Purpose.RECEIPT: "paylink_receipt",
}
"""The default template name of each purpose."""

BODY_LINK_SUFFIX = "_link"
"""Ends the name of the variant that has the link in its body, for links that do not begin with the button's address."""

LANGUAGES = ("de", "en")
"""The languages of our own texts."""

_WITH_LINK = (Purpose.PAYLINK, Purpose.REMINDER, Purpose.CHANGED)
_VARIABLE = re.compile(r"\{\{(\d)\}\}")
_TOUCHING = re.compile(r"(?<=[A-Z]{3})(?=\d)|(?<=\d)(?=[A-Z]{3})")
_BUTTON = {"de": "Jetzt bezahlen", "en": "Pay now"}
_LINK_LINE = {"de": "Jetzt bezahlen: {{4}}", "en": "Pay now: {{4}}"}
_SAFE = {
    "de": "Bezahlt wird auf der sicheren Seite unseres Zahlungsdienstleisters. "
    "Bitte geben Sie Ihre Zahlungsdaten nur dort ein, nie hier im Chat.\n\n"
    "Keine Nachrichten mehr? Antworten Sie STOPP.",
    "en": "You pay on the secure page of our payment provider. "
    "Please enter your payment details only there, never here in the chat.\n\nNo more messages? Reply STOP.",
}
_OPENING: dict[Purpose, dict[str, str]] = {
    Purpose.PAYLINK: {
        "de": "Guten Tag! Vielen Dank für Ihre Bestellung bei {{1}}. "
        "Ihre Bestellung {{2}} über {{3}} können Sie jetzt bezahlen.",
        "en": "Hello! Thank you for your order at {{1}}. Your order {{2}} for {{3}} is ready to be paid.",
    },
    Purpose.REMINDER: {
        "de": "Guten Tag! Eine freundliche Erinnerung von {{1}}: "
        "Ihre Bestellung {{2}} über {{3}} ist noch offen. Falls Sie schon bezahlt haben, danken wir Ihnen.",
        "en": "Hello! A friendly reminder from {{1}}: "
        "your order {{2}} for {{3}} has not been paid yet. If you have paid already, thank you.",
    },
    Purpose.CHANGED: {
        "de": "Guten Tag! {{1}} hat Ihre Bestellung {{2}} geändert. "
        "Der neue Betrag ist {{3}}. Bitte nutzen Sie nur noch diesen Link.",
        "en": "Hello! {{1}} has changed your order {{2}}. The new amount is {{3}}. "
        "Please use only this link from now on.",
    },
    Purpose.CANCELLED: {
        "de": "Guten Tag! {{1}} hat Ihre Bestellung {{2}} über {{3}} storniert. "
        "Sie müssen nichts mehr bezahlen, der Zahlungslink gilt nicht mehr.",
        "en": "Hello! {{1}} has cancelled your order {{2}} for {{3}}. "
        "There is nothing left to pay, the payment link no longer works.",
    },
    Purpose.RECEIPT: {
        "de": "Vielen Dank! {{1}} hat Ihre Zahlung zur Bestellung {{2}} über {{3}} erhalten.",
        "en": "Thank you! {{1}} has received your payment for order {{2}} of {{3}}.",
    },
}


@dataclass(frozen=True, slots=True)
class TemplateText:
    """One template to register. `language` is WhatsApp's code; without a button both button texts are empty.

    `button_url` ends with ``{{1}}``, the part of the link that each message carries itself.
    """

    name: str
    language: str
    body: str
    button_text: str = ""
    button_url: str = ""
    category: str = "UTILITY"


def sample_templates(pay_url_base: str) -> tuple[TemplateText, ...]:
    """Every template that an account with default names needs, in all our languages.

    `pay_url_base` is what all links of the PSP begin with; without one there are no button variants.
    """
    return tuple(
        text for purpose in Purpose for language in LANGUAGES for text in _texts(purpose, language, pay_url_base)
    )


def has_link(purpose: Purpose) -> bool:
    """Whether a message of this purpose asks the buyer to open a link."""
    return purpose in _WITH_LINK


def body_text(purpose: Purpose, language: str, *, link_in_body: bool) -> str:
    """A template's body with its variables; `language` is one of `LANGUAGES`."""
    opening = _OPENING[purpose][language]
    if not has_link(purpose):
        return opening
    parts = (opening, _LINK_LINE[language], _SAFE[language]) if link_in_body else (opening, _SAFE[language])
    return "\n\n".join(parts)


def opening_text(purpose: Purpose, language: str) -> str:
    """What happened, with its variables, and nothing of how to pay; `language` is one of `LANGUAGES`."""
    return _OPENING[purpose][language]


def button_text(language: str) -> str:
    """The words on the button, at most 20 characters; `language` is one of `LANGUAGES`."""
    return _BUTTON[language]


def filled(body: str, values: tuple[str, ...]) -> str:
    """The body with its variables replaced, as the buyer reads it."""
    return _VARIABLE.sub(lambda match: values[int(match[1]) - 1], body)


def amount_text(amount: Money, language: str) -> str:
    """An amount as people of this language write it, with the decimals of ISO 4217 (CLDR differs in 13 currencies)."""
    locale = _locale(language)
    decimals = exponent(amount.currency)
    pattern: NumberPattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (decimals, decimals)
    value: Decimal = amount.decimal()
    text = str(pattern.apply(value, locale, currency=amount.currency, currency_digits=False))
    return _TOUCHING.sub("\u00a0", text)


def _texts(purpose: Purpose, language: str, pay_url_base: str) -> Iterator[TemplateText]:
    name = TEMPLATE_NAMES[purpose]
    if not has_link(purpose):
        yield TemplateText(name, language, body_text(purpose, language, link_in_body=False))
        return
    if pay_url_base:
        body = body_text(purpose, language, link_in_body=False)
        yield TemplateText(name, language, body, _BUTTON[language], pay_url_base + "{{1}}")
    yield TemplateText(name + BODY_LINK_SUFFIX, language, body_text(purpose, language, link_in_body=True))


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en")
