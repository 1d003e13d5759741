"""What the phone itself says, in English and German; messages keep the language in which they were sent."""

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "chats": "Chats",
        "business": "Business account",
        "today": "Today",
        "yesterday": "Yesterday",
        "notice": "Local sandbox: nothing here leaves this computer.",
        "placeholder": "Message",
        "send": "Send",
        "back": "Back to all chats",
        "you": "You: ",
        "empty_title": "No messages yet",
        "empty_text": "As soon as an order becomes a PayLink, it appears here by itself.",
        "phone": "Phone of {number}",
        "new_tab": "opens in a new tab",
        "unread": "unread",
        "accepted": "on its way",
        "sent": "sent",
        "delivered": "delivered",
        "read": "read",
        "failed": "not delivered",
    },
    "de": {
        "chats": "Chats",
        "business": "Unternehmenskonto",
        "today": "Heute",
        "yesterday": "Gestern",
        "notice": "Lokale Sandbox: Nichts davon verlässt diesen Rechner.",
        "placeholder": "Nachricht",
        "send": "Senden",
        "back": "Zurück zu allen Chats",
        "you": "Du: ",
        "empty_title": "Noch keine Nachrichten",
        "empty_text": "Sobald aus einer Bestellung ein PayLink wird, erscheint er hier von selbst.",
        "phone": "Telefon von {number}",
        "new_tab": "öffnet einen neuen Tab",
        "unread": "ungelesen",
        "accepted": "unterwegs",
        "sent": "gesendet",
        "delivered": "zugestellt",
        "read": "gelesen",
        "failed": "nicht zugestellt",
    },
}


def language_of(asked: str | None, accept_language: str) -> str:
    """`de` or `en`: what `?lang=` asks for, else the browser's first language that we have."""
    if asked in TEXTS:
        return str(asked)
    for part in accept_language.split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in TEXTS:
            return code
    return "en"
