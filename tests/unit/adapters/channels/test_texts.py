"""The texts keep WhatsApp's rules, name shop, reference and amount, and speak the buyer's language."""

import re

import pytest

from connector_core.adapters.channels.texts import (
    LANGUAGES,
    TEMPLATE_NAMES,
    TemplateText,
    amount_text,
    body_text,
    button_text,
    filled,
    has_link,
    sample_templates,
)
from connector_core.domain.message import Purpose
from connector_core.domain.money import Money
from tests.unit.adapters.channels.accounts import PAY_URL_BASE

TEMPLATES = sample_templates(PAY_URL_BASE)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: f"{template.name}-{template.language}")
def test_a_template_keeps_the_rules_of_registration(template: TemplateText) -> None:
    variables = re.findall(r"\{\{(\d)\}\}", template.body)
    assert re.fullmatch(r"[a-z0-9_]{1,512}", template.name)
    assert not template.body.startswith("{{")
    assert not template.body.endswith("}}")
    assert variables in (["1", "2", "3"], ["1", "2", "3", "4"])
    assert len(filled(template.body, ("x" * 120, "y" * 120, "z" * 30, "https://" + "u" * 200))) <= 1024
    assert len(template.button_text) <= 20
    assert template.button_url in ("", PAY_URL_BASE + "{{1}}")
    assert template.category == "UTILITY"


def test_every_purpose_has_its_texts_in_every_language() -> None:
    keys = [(template.name, template.language) for template in TEMPLATES]
    assert len(set(keys)) == len(keys)
    assert {(TEMPLATE_NAMES[purpose], language) for purpose in Purpose for language in LANGUAGES} <= set(keys)


def test_without_a_common_address_all_links_stand_in_the_body() -> None:
    templates = sample_templates("")
    assert not any(template.button_url for template in templates)
    assert {t.name for t in templates if "{{4}}" in t.body} == {
        "paylink_link",
        "paylink_reminder_link",
        "paylink_changed_link",
    }


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if has_link(purpose)])
def test_who_is_asked_to_pay_learns_where_it_is_safe_and_how_to_stop(purpose: Purpose) -> None:
    german, english = (body_text(purpose, language, link_in_body=False) for language in LANGUAGES)
    assert "sicheren Seite unseres Zahlungsdienstleisters" in german
    assert "STOPP" in german
    assert "secure page of our payment provider" in english
    assert "STOP." in english


def test_the_buttons_are_in_the_buyers_language() -> None:
    assert (button_text("de"), button_text("en")) == ("Jetzt bezahlen", "Pay now")


@pytest.mark.parametrize(
    ("money", "language", "text"),
    [
        (Money(3390, "EUR"), "de", "33,90\u00a0€"),
        (Money(3390, "EUR"), "en", "€33.90"),
        (Money(123456, "USD"), "en_US", "$1,234.56"),
        (Money(1050, "JPY"), "en", "¥1,050"),
        (Money(1050, "KWD"), "de", "1,050\u00a0KWD"),
        (Money(1050, "IQD"), "en", "IQD\u00a01.050"),
        (Money(5, "CHF"), "de-CH", "CHF\u00a00.05"),
        (Money(100, "EUR"), "xx-nowhere", "€1.00"),
    ],
)
def test_an_amount_has_the_decimals_of_iso_4217_and_the_form_of_the_language(
    money: Money, language: str, text: str
) -> None:
    assert amount_text(money, language) == text
