"""From the body of a send to the message that the buyer will see; every refusal as `GraphError`."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from connector_core.sandbox.whatsapp.config import Template, WhatsAppConfig
from connector_core.sandbox.whatsapp.graph_errors import GraphError
from connector_core.sandbox.whatsapp.ledger import Sent
from connector_core.sandbox.whatsapp.template_message import pick_template, rendered_body, rendered_button

_MAX_TEXT = 4096
_MAX_OPAQUE = 512
_PUNCTUATION = str.maketrans("", "", "+ -()")


class SendReader:
    """Checks what a send asks for, in the order in which the real service complains (reference/messaging.md A2)."""

    def __init__(self, config: WhatsAppConfig, window_open: Callable[[str, float], bool]) -> None:
        self._templates: dict[tuple[str, str], Template] = {(t.name, t.language): t for t in config.templates}
        self._own_number = digits_of(config.display_phone_number)
        self._window_open = window_open

    def read(self, body: object, now: float) -> Sent:
        if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
            raise GraphError(100, "The parameter messaging_product is required and must be 'whatsapp'.")
        phone = self._recipient(body)
        opaque = body.get("biz_opaque_callback_data", "")
        if not isinstance(opaque, str) or len(opaque) > _MAX_OPAQUE:
            raise GraphError(131009, "biz_opaque_callback_data must be a text of at most 512 characters.")
        kind = body.get("type", "text")
        message = self._template(body, phone, now) if kind == "template" else self._free_form(kind, body, phone, now)
        message.attempt_id = opaque
        return message

    def _recipient(self, body: Mapping[str, Any]) -> str:
        if body.get("recipient_type", "individual") != "individual":
            raise GraphError(131009, "recipient_type must be 'individual'.")
        if "recipient" in body and "to" not in body:
            raise GraphError(131062, "This sandbox knows telephone numbers only; send 'to' in place of 'recipient'.")
        if not body.get("to"):
            raise GraphError(131008, "The parameter to is required.")
        phone = digits_of(str(body["to"]))
        if not (phone.isascii() and phone.isdigit() and 7 <= len(phone) <= 15):
            raise GraphError(131009, "The parameter to is not a telephone number with its country code.")
        if phone == self._own_number:
            raise GraphError(131021, "Recipient phone number cannot be sender phone number.")
        return phone

    def _template(self, body: Mapping[str, Any], phone: str, now: float) -> Sent:
        ask = _object(body, "template")
        template = pick_template(self._templates, ask)
        components = ask.get("components") or []
        return Sent(
            id=wamid(phone),
            to=phone,
            type="template",
            text=rendered_body(template, components),
            at=now,
            template=template.name,
            language=template.language,
            category=template.category.lower(),
            button_text=template.button_text if template.button_url else "",
            button_url=rendered_button(template, components),
        )

    def _free_form(self, kind: object, body: Mapping[str, Any], phone: str, now: float) -> Sent:
        if kind not in ("text", "interactive"):
            raise GraphError(131051, f"Message type {str(kind)[:40]!r} is not one of template, text, interactive.")
        text, button_text, button_url = _text(body) if kind == "text" else _link_button(body)
        if not self._window_open(phone, now):
            raise GraphError(
                131047,
                "Message failed to send because more than 24 hours have passed since the customer last replied "
                "to this number.",
            )
        return Sent(wamid(phone), phone, str(kind), text, now, button_text=button_text, button_url=button_url)


def _text(body: Mapping[str, Any]) -> tuple[str, str, str]:
    return _required(_object(body, "text"), "body", _MAX_TEXT), "", ""


def _link_button(body: Mapping[str, Any]) -> tuple[str, str, str]:
    """Text, button and address of an `interactive` `cta_url` message; no other interactive kind is known here."""
    ask = _object(body, "interactive")
    if ask.get("type") != "cta_url":
        raise GraphError(131051, "Of the interactive messages this sandbox knows cta_url only.")
    text = _required(_object(ask, "body"), "text", 1024)
    parameters = _object(_object(ask, "action"), "parameters")
    url = _required(parameters, "url", 2000)
    if not is_web_address(url):
        raise GraphError(131009, "action.parameters.url is not a web address.")
    return text, _required(parameters, "display_text", 20), url


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise GraphError(131008, f"The parameter {name} is required.")
    return value


def _required(parent: Mapping[str, Any], name: str, limit: int) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not value.strip():
        raise GraphError(131008, f"The parameter {name} is required.")
    if len(value) > limit:
        raise GraphError(131009, f"The parameter {name} must not be longer than {limit} characters.")
    return value


def is_web_address(url: str) -> bool:
    return url.startswith(("https://", "http://"))


def digits_of(phone: str) -> str:
    return phone.translate(_PUNCTUATION)


def wamid(phone: str) -> str:
    """A message id built like the real ones: the number and 18 random hexadecimal digits inside base64."""
    number = phone.encode()
    tail = b"\x15\x02\x00\x11\x18\x12" + secrets.token_hex(9).upper().encode() + b"\x00"
    return "wamid." + b64encode(b"\x1c\x18" + bytes([len(number)]) + number + tail).decode()
