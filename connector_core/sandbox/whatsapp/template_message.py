"""A template and its parameters become text and address, under the rules of reference/messaging.md A2 and A6."""

import re
from collections.abc import Mapping
from typing import Any

from connector_core.sandbox.whatsapp.config import PLACEHOLDER, Template
from connector_core.sandbox.whatsapp.graph_errors import GraphError

_BAD_TEXT = re.compile(r"[\n\r\t]| {4}")
_MAX_BODY = 1024
_NOT_SENDABLE = {"PAUSED": 132015, "DISABLED": 132016}


def pick_template(templates: Mapping[tuple[str, str], Template], ask: Mapping[str, Any]) -> Template:
    """The approved template of this name and language; otherwise 132001, 132015 (paused) or 132016 (disabled)."""
    name, language = ask.get("name"), ask.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not isinstance(name, str) or not isinstance(code, str):
        raise GraphError(131008, "The parameters template.name and template.language.code are required.")
    template = templates.get((name, code))
    if template is None:
        raise GraphError(132001, f"template name ({name[:80]}) does not exist in {code[:20]}")
    if template.status != "APPROVED":
        raise GraphError(
            _NOT_SENDABLE.get(template.status, 132001), f"template name ({name}) in {code} is {template.status}"
        )
    return template


def rendered_body(template: Template, components: object) -> str:
    parameters = _body_parameters(components)
    expected = template.placeholders
    if len(parameters) != len(expected):
        raise GraphError(
            132000,
            f"body: number of localizable_params ({len(parameters)}) does not match the expected number of params "
            f"({len(expected)})",
        )
    values = _named(template, parameters) if template.is_named else dict(zip(expected, _texts(parameters), strict=True))
    text = PLACEHOLDER.sub(lambda match: values[match[1]], template.body)
    if len(text) > _MAX_BODY:
        raise GraphError(132005, f"body: the text has {len(text)} characters, {_MAX_BODY} are allowed")
    return text


def rendered_button(template: Template, components: object) -> str:
    """The full address of the URL button: a fixed one takes no component, a dynamic one exactly one."""
    buttons = [part for part in _parts(components) if part["type"].lower() == "button"]
    if not template.has_dynamic_button:
        if buttons:
            raise GraphError(132000, "buttons: number of parameters (1) does not match the expected number (0)")
        return template.button_url
    if not buttons:
        raise GraphError(131008, "buttons: Button at index 0 of type Url requires a parameter")
    url = PLACEHOLDER.sub(lambda _: _button_suffix(buttons), template.button_url)
    if not url.startswith(("https://", "http://")):
        raise GraphError(131009, "buttons: the address of the button at index 0 is not a web address")
    return url


def _button_suffix(buttons: list[dict[str, Any]]) -> str:
    button = buttons[0]
    if len(buttons) > 1 or str(button.get("index")) != "0":
        raise GraphError(132012, "buttons: the template has one button, at index 0")
    if str(button.get("sub_type", "")).lower() != "url":
        raise GraphError(132012, "buttons: Button at index 0 is of type Url")
    parameters = button.get("parameters")
    if not isinstance(parameters, list) or len(parameters) != 1:
        raise GraphError(131008, "buttons: Button at index 0 of type Url requires a parameter")
    return _texts(parameters)[0]


def _body_parameters(components: object) -> list[Any]:
    bodies = [part for part in _parts(components) if part["type"].lower() == "body"]
    if len(bodies) > 1:
        raise GraphError(132012, "body: the component is given more than once")
    parameters = bodies[0].get("parameters", []) if bodies else []
    if not isinstance(parameters, list):
        raise GraphError(131009, "body: parameters must be a list")
    return parameters


def _parts(components: object) -> list[dict[str, Any]]:
    if not isinstance(components, list) or not all(isinstance(part, dict) for part in components):
        raise GraphError(131009, "template.components must be a list of objects")
    for part in components:
        if str(part.get("type", "")).lower() not in ("body", "button"):
            raise GraphError(132012, f"{str(part.get('type'))[:20]}: the template has no such component")
    return components


def _texts(parameters: list[Any]) -> list[str]:
    return [_text(parameter) for parameter in parameters]


def _text(parameter: object) -> str:
    if not isinstance(parameter, dict) or parameter.get("type") != "text":
        raise GraphError(132012, "Parameter format does not match: expected TEXT")
    text = parameter.get("text")
    if not isinstance(text, str) or not text:
        raise GraphError(131008, "Parameter of type text is missing text value")
    if _BAD_TEXT.search(text):
        raise GraphError(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
    return text


def _named(template: Template, parameters: list[Any]) -> dict[str, str]:
    values = {str(p.get("parameter_name", "")): _text(p) for p in parameters if isinstance(p, dict)}
    if set(values) != set(template.placeholders):
        raise GraphError(132012, f"body: expected the named parameters {', '.join(template.placeholders)}")
    return values
