"""An e-mail as the buyer reads it, in German and English: the words of the chat, without what only a chat can do."""

from email.message import EmailMessage
from email.utils import formataddr, formatdate
from html import escape

from connector_core.adapters.channels.email_account import EmailAccount
from connector_core.adapters.channels.languages import language_chain
from connector_core.adapters.channels.texts import LANGUAGES, amount_text, button_text, filled, has_link, opening_text
from connector_core.domain.message import Purpose
from connector_core.ports.channel import MessageAsk

_SUBJECT: dict[Purpose, dict[str, str]] = {
    Purpose.PAYLINK: {"de": "Ihre Bestellung {2} bei {1}", "en": "Your order {2} at {1}"},
    Purpose.REMINDER: {"de": "Erinnerung: Ihre Bestellung {2} bei {1}", "en": "Reminder: your order {2} at {1}"},
    Purpose.CHANGED: {"de": "Geändert: Ihre Bestellung {2} bei {1}", "en": "Changed: your order {2} at {1}"},
    Purpose.CANCELLED: {"de": "Storniert: Ihre Bestellung {2} bei {1}", "en": "Cancelled: your order {2} at {1}"},
    Purpose.RECEIPT: {"de": "Zahlung erhalten: Bestellung {2} bei {1}", "en": "Payment received: order {2} at {1}"},
}
_SAFE = {
    "de": "Bezahlt wird auf der sicheren Seite unseres Zahlungsdienstleisters. Bitte geben Sie Ihre Zahlungsdaten nur "
    "dort ein, nie in einer E-Mail.",
    "en": "You pay on the secure page of our payment provider. Please enter your payment details only there, never in "
    "an e-mail.",
}
_STYLE = "font-family:sans-serif;font-size:16px;line-height:1.5;max-width:32rem"
_BUTTON = (
    "display:inline-block;padding:12px 24px;border-radius:8px;background:#0b5fa5;color:#ffffff;text-decoration:none;"
    "font-weight:bold"
)


def written(ask: MessageAsk, account: EmailAccount) -> EmailMessage:
    """Plain text and HTML. The message id is made of the attempt's: a repeat of the same attempt is the same mail."""
    language = language_chain(ask.language, LANGUAGES)[0]
    shop, reference = _line(ask.shop), _line(ask.reference)
    opening = filled(opening_text(ask.purpose, language), (shop, reference, amount_text(ask.amount, language)))
    url = ask.url if has_link(ask.purpose) else ""
    mail = EmailMessage()
    mail["Subject"] = _SUBJECT[ask.purpose][language].replace("{1}", shop).replace("{2}", reference)
    mail["From"] = formataddr((shop, account.sender))
    mail["To"] = ask.email
    if account.reply_to:
        mail["Reply-To"] = account.reply_to
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{ask.attempt_id}@{account.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_plain(opening, url, language))
    mail.add_alternative(_html(opening, url, language), subtype="html")
    return mail


def _plain(opening: str, url: str, language: str) -> str:
    parts = [opening, f"{button_text(language)}: {url}", _SAFE[language]] if url else [opening]
    return "\n\n".join(parts) + "\n"


def _html(opening: str, url: str, language: str) -> str:
    link = f'<p><a href="{escape(url)}" style="{_BUTTON}">{escape(button_text(language))}</a></p>'
    shown = f"{link}<p>{escape(_SAFE[language])}</p>" if url else ""
    return (
        f'<!doctype html><html lang="{language}"><body style="{_STYLE}"><p>{escape(opening)}</p>{shown}</body></html>\n'
    )


def _line(text: str) -> str:
    """One line: what comes from an order must not begin a header of its own."""
    return " ".join(text.split())
