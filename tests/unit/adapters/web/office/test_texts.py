"""Both languages say everything, and every state has a word."""

from enum import StrEnum

import pytest
from babel.messages.pofile import read_po

from connector_core.adapters.web.office.catalog import preferred, translator
from connector_core.adapters.web.office.story import _TITLES
from connector_core.adapters.web.office.words import WORDS
from connector_core.domain.event import EventType
from connector_core.domain.message import Delivery, Purpose
from connector_core.domain.payment import PaymentFlag, PaymentKind, PaymentState, WriteBackFact, WriteBackState
from connector_core.domain.person import Role
from connector_core.domain.request import LinkState, MoneyState, RequestState
from connector_core.domain.step import StepKind
from scripts.office_texts import GERMAN, used

AXES: dict[str, type[StrEnum]] = {
    "state": RequestState,
    "money": MoneyState,
    "delivery": Delivery,
    "write_back": WriteBackState,
    "link": LinkState,
    "purpose": Purpose,
    "payment": PaymentKind,
    "payment_state": PaymentState,
    "flag": PaymentFlag,
    "fact": WriteBackFact,
    "step": StepKind,
    "role": Role,
}


def test_every_text_has_its_german_and_no_other_is_kept() -> None:
    with GERMAN.open("rb") as file:
        german = {str(message.id): str(message.string) for message in read_po(file, locale="de") if message.id}
    assert sorted(used() - german.keys()) == [], "run python scripts/office_texts.py"
    assert sorted(german.keys() - used()) == [], "run python scripts/office_texts.py"
    assert [text for text, translated in german.items() if not translated] == []


@pytest.mark.parametrize("axis", AXES)
def test_every_state_has_a_word(axis: str) -> None:
    assert set(WORDS[axis]) == {value.value for value in AXES[axis] if value}


def test_the_timeline_has_words_for_every_event() -> None:
    assert set(_TITLES) == set(EventType)


def test_a_text_without_german_stays_as_it_is() -> None:
    assert translator("de")("no such text") == "no such text"
    assert translator("de")("Sign in") == "Anmelden"
    assert translator("en")("Sign in") == "Sign in"


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("fr,en;q=0.5", "en"), ("", "en"), ("zh-CN", "en"), ("EN-gb, de", "en")],
)
def test_the_browser_says_which_language(header: str, language: str) -> None:
    assert preferred(header) == language
