"""Fault 49: what is wrong with templates, number or version is said before a buyer is written to, with its cure."""

from datetime import date
from typing import Any

import pytest

from connector_core.adapters.channels.texts import TemplateText, sample_templates
from connector_core.adapters.channels.whatsapp_check import number_probe, template_probes, version_probe
from tests.unit.adapters.channels.accounts import PAY_URL_BASE, account


def listed(template: TemplateText, **changes: Any) -> dict[str, Any]:
    buttons = [{"type": "URL", "text": template.button_text, "url": template.button_url}]
    components: list[dict[str, Any]] = [{"type": "BODY", "text": template.body}]
    if template.button_url:
        components.append({"type": "BUTTONS", "buttons": buttons})
    shown = {"name": template.name, "language": template.language, "status": "APPROVED", "category": template.category}
    return {**shown, "components": components, **changes}


ALL = [listed(template) for template in sample_templates(PAY_URL_BASE)]


def test_our_own_templates_pass() -> None:
    probes = list(template_probes(account(), ALL))
    assert len(probes) == 10
    assert all(probe.ok for probe in probes)
    assert all(probe.ok for probe in template_probes(account(pay_url_base=""), ALL))


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "PAUSED", "DISABLED", "ARCHIVED"])
def test_a_template_that_is_not_approved_is_named(status: str) -> None:
    (failed,) = [p for p in template_probes(account(), [{**ALL[0], "status": status}, *ALL[1:]]) if not p.ok]
    assert failed.name == "template paylink (de)"
    assert status in failed.detail
    assert failed.cure


def test_a_missing_language_is_named() -> None:
    names = [probe.name for probe in template_probes(account(languages=("de", "fr")), ALL) if not probe.ok]
    assert "template paylink (fr)" in names
    assert len(names) == 5


@pytest.mark.parametrize(
    ("components", "said"),
    [
        ([{"type": "BODY", "text": "Only {{1}} here."}], "the variables {{1}}; needed are {{1}}, {{2}}, {{3}}"),
        ([{"type": "BODY", "text": "Named {{shop}} here."}], "{{shop}}"),
        ([{"type": "BODY", "text": "A {{1}} {{2}} {{3}}."}], f"no button with the address {PAY_URL_BASE}{{{{1}}}}"),
    ],
)
def test_a_template_of_another_form_is_named(components: list[dict[str, Any]], said: str) -> None:
    (failed,) = [p for p in template_probes(account(), [{**ALL[0], "components": components}, *ALL[1:]]) if not p.ok]
    assert said in failed.detail


def test_a_template_that_meta_files_as_marketing_is_a_warning() -> None:
    first = next(iter(template_probes(account(), [{**ALL[0], "category": "MARKETING"}, *ALL[1:]])))
    assert first.ok
    assert "MARKETING" in first.detail
    assert first.cure


@pytest.mark.parametrize(
    ("version", "today", "ok"),
    [
        ("v25.0", date(2026, 11, 24), True),
        ("v21.0", date(2026, 11, 24), False),
        ("v20.0", date(2026, 11, 24), False),
        ("v99.0", date(2026, 11, 24), True),
    ],
)
def test_a_graph_version_near_its_end_is_named(version: str, today: date, ok: bool) -> None:
    probe = version_probe(version, today)
    assert probe.ok is ok
    assert bool(probe.cure) is not ok


def test_the_number_probe_masks_the_number_and_warns_of_a_bad_rating() -> None:
    probe = number_probe({"display_phone_number": "+1 555-010-0199", "verified_name": "Shop", "quality_rating": "RED"})
    assert probe.detail == "Shop, ***199, quality RED"
    assert probe.cure
