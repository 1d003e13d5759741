"""The message as the buyer reads it, and the PayLink as a QR code."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from connector_core.adapters.channels.texts import LANGUAGES, amount_text, body_text, button_text, filled, has_link
from connector_core.domain.message import Purpose
from connector_core.domain.request import Terms


@dataclass(frozen=True, slots=True)
class MessageView:
    """`button` is empty where nothing is to be opened."""

    text: str
    button: str


def as_read(purpose: Purpose, terms: Terms, shop_name: str) -> MessageView:
    """With the texts that the connector ships; an account's own templates may say it in other words."""
    short = terms.language.split("-")[0].lower()
    language = short if short in LANGUAGES else "en"
    values = (shop_name, terms.reference, amount_text(terms.amount, terms.language))
    text = filled(body_text(purpose, language, link_in_body=False), values)
    return MessageView(text, button_text(language) if has_link(purpose) else "")


def as_sent(terms: Terms, shop_name: str, url: str) -> str:
    """The message with its PayLink as one text, for a person who sends it."""
    view = as_read(Purpose.PAYLINK, terms, shop_name)
    return f"{view.text}\n\n{view.button}: {url}"


def own_whatsapp(terms: Terms, shop_name: str, url: str) -> str:
    """An address that opens WhatsApp on the device of whoever follows it, with the text ready to be sent."""
    text = {"text": as_sent(terms, shop_name, url)}
    return f"https://wa.me/{terms.phone.removeprefix('+')}?{urlencode(text, quote_via=quote)}"


def qr_code(url: str) -> str:
    """A picture as a data address: `segno` makes SVG of it, and has 3 MiB of tables for whoever looks at a page."""
    import segno

    return str(segno.make(url, error="m").svg_data_uri(scale=4, border=2, dark="#000", light="#fff"))
