"""From an ask to the JSON bodies of the Graph API (reference/messaging.md A2), in the order in which they are tried."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connector_core.adapters.channels.languages import language_chain
from connector_core.adapters.channels.texts import (
    LANGUAGES,
    amount_text,
    body_text,
    button_text,
    filled,
    has_link,
)
from connector_core.adapters.channels.whatsapp_account import WhatsAppAccount
from connector_core.adapters.channels.whatsapp_errors import OUTSIDE_WINDOW, TEMPLATE_MISSING
from connector_core.domain.errors import Rejected
from connector_core.ports.channel import MessageAsk

_LONGEST_VALUE = 120
_TEMPLATE_LANGUAGES = 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """One body to post; when it fails with `next_on`, nothing was sent and the next attempt may go out."""

    body: dict[str, Any]
    next_on: int


def attempts(account: WhatsAppAccount, ask: MessageAsk) -> Iterator[Attempt]:
    """Free text while the window is open, then the template in the buyer's language, then in the next one.

    Raises `Rejected` for a payment message without a link.
    """
    if has_link(ask.purpose) and not ask.url:
        raise Rejected("The message has no PayLink to carry.", code="no_link", cure="Retry once the PayLink exists.")
    if ask.window_open:
        yield Attempt(_addressed(ask, _free_form(ask)), OUTSIDE_WINDOW)
    for language in language_chain(ask.language, account.languages)[:_TEMPLATE_LANGUAGES]:
        yield Attempt(_addressed(ask, _template(account, ask, language)), TEMPLATE_MISSING)


def _addressed(ask: MessageAsk, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": ask.to,
        "biz_opaque_callback_data": ask.attempt_id,
        **content,
    }


def _template(account: WhatsAppAccount, ask: MessageAsk, language: str) -> dict[str, Any]:
    suffix = account.button_suffix(ask.url) if has_link(ask.purpose) else ""
    link_in_body = has_link(ask.purpose) and not suffix
    values = _values(ask, language) + ((ask.url,) if link_in_body else ())
    components: list[dict[str, Any]] = [{"type": "body", "parameters": [_parameter(value) for value in values]}]
    if suffix:
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": [_parameter(suffix)]})
    name = account.template(ask.purpose, link_in_body=link_in_body)
    template = {"name": name, "language": {"code": language}, "components": components}
    return {"type": "template", "template": template}


def _free_form(ask: MessageAsk) -> dict[str, Any]:
    language = language_chain(ask.language, LANGUAGES)[0]
    text = filled(body_text(ask.purpose, language, link_in_body=False), _values(ask, language))
    if not has_link(ask.purpose):
        return {"type": "text", "text": {"body": text}}
    action = {"name": "cta_url", "parameters": {"display_text": button_text(language), "url": ask.url}}
    return {"type": "interactive", "interactive": {"type": "cta_url", "body": {"text": text}, "action": action}}


def _values(ask: MessageAsk, language: str) -> tuple[str, ...]:
    """Shop, reference and amount, in the order of the variables."""
    return _one_line(ask.shop), _one_line(ask.reference), amount_text(ask.amount, language)


def _one_line(value: str) -> str:
    """A value may hold no line break, tab or run of blanks, must not be empty, and shares 1,024 characters."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    return line if len(line) <= _LONGEST_VALUE else line[: _LONGEST_VALUE - 1] + "…"


def _parameter(text: str) -> dict[str, str]:
    return {"type": "text", "text": text or "–"}
