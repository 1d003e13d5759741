"""Is the sender ready? One probe for the token, the number, the Graph version and each template in each language."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from connector_core.adapters.channels.texts import has_link
from connector_core.adapters.channels.whatsapp_account import GRAPH_VERSION_ENDS, WhatsAppAccount
from connector_core.domain.masking import mask_phone
from connector_core.domain.message import Purpose
from connector_core.sdk.check import Probe

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_SOON = timedelta(days=60)
_MANAGER = "WhatsApp Manager, Message templates"


def version_probe(version: str, today: date) -> Probe:
    """Whether Meta still serves the configured version for the next 60 days."""
    end = GRAPH_VERSION_ENDS.get(version)
    if end is None or today + _SOON < end:
        return Probe("graph version", ok=True, detail=version)
    return Probe(
        "graph version",
        ok=False,
        detail=f"Meta switches {version} off on {end}.",
        cure="Set graph_version to a newer one.",
    )


def number_probe(document: Mapping[str, Any]) -> Probe:
    """The sending number as Graph shows it; a red quality rating is a warning in words."""
    name = document.get("verified_name") or "no verified name"
    rating = document.get("quality_rating") or "UNKNOWN"
    shown = f"{name}, {mask_phone(str(document.get('display_phone_number', '')))}, quality {rating}"
    cure = "Buyers report or block these messages: send fewer reminders." if rating == "RED" else ""
    return Probe("phone number", ok=True, detail=shown, cure=cure)


def template_probes(account: WhatsAppAccount, templates: list[dict[str, Any]]) -> Iterator[Probe]:
    """One probe per needed template and language, against what Graph lists."""
    known = {(str(item.get("name")), str(item.get("language"))): item for item in templates}
    for purpose in account.templates:
        link_in_body = has_link(purpose) and not account.pay_url_base
        name = account.template(purpose, link_in_body=link_in_body)
        for language in account.languages:
            item = known.get((name, language))
            yield _template_probe(account, purpose, f"template {name} ({language})", item)


def _template_probe(account: WhatsAppAccount, purpose: Purpose, label: str, item: dict[str, Any] | None) -> Probe:
    if item is None:
        cure = f"Register it in {_MANAGER}; the documentation has the texts."
        return Probe(label, ok=False, detail="It does not exist.", cure=cure)
    status = str(item.get("status", "UNKNOWN"))
    if status != "APPROVED":
        cure = f"{_MANAGER}: wait for the review, or correct and submit it again."
        return Probe(label, ok=False, detail=f"Its status is {status}; only APPROVED is sent.", cure=cure)
    wrong = _wrong_form(account, purpose, item)
    if wrong:
        return Probe(label, ok=False, detail=wrong, cure=f"Change it in {_MANAGER}; the documentation has the texts.")
    if item.get("category") == "MARKETING":
        cure = "Remove everything promotional from the text, so that Meta files it as UTILITY."
        return Probe(label, ok=True, detail="Meta files and bills it as MARKETING.", cure=cure)
    return Probe(label, ok=True, detail=status)


def _wrong_form(account: WhatsAppAccount, purpose: Purpose, item: dict[str, Any]) -> str:
    """Why sends would fail with 132000, 132012 or 131008; empty when the form fits or Graph shows no components."""
    components = [part for part in item.get("components") or [] if isinstance(part, dict)]
    body = next((str(part.get("text", "")) for part in components if _is(part, "BODY")), None)
    if body is None:
        return ""
    button_wanted = has_link(purpose) and bool(account.pay_url_base)
    wanted = {"1", "2", "3"} | ({"4"} if has_link(purpose) and not button_wanted else set())
    found = set(_VARIABLE.findall(body))
    if found != wanted:
        return f"Its body has the variables {_list(found)}; needed are {_list(wanted)}."
    urls = [str(button.get("url", "")) for part in components if _is(part, "BUTTONS") for button in _buttons(part)]
    if button_wanted and not any(_VARIABLE.sub("{{1}}", url) == account.pay_url_base + "{{1}}" for url in urls):
        return f"It has no button with the address {account.pay_url_base}{{{{1}}}}."
    return ""


def _buttons(component: dict[str, Any]) -> list[dict[str, Any]]:
    return [button for button in component.get("buttons") or [] if isinstance(button, dict) and _is(button, "URL")]


def _is(component: Mapping[str, Any], kind: str) -> bool:
    return str(component.get("type", "")).upper() == kind


def _list(names: set[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in sorted(names)) or "none"
