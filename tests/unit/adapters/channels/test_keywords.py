"""Fault 52: who answers STOP is asked no more; talk about an order is no STOP."""

import pytest

from connector_core.adapters.channels.keywords import keyword_of


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", " Stop! ", "Stopp.", "STOPALL", "stop all", "opt-out", "Unsubscribe", "ARRÊT", "arret", "Abmelden",
     "Baja", "PARAR", "退订", "TD", "„Stop“", "s t o p", "ＳＴＯＰ", "Désabonner"],
)  # fmt: skip
def test_stop_is_understood(text: str) -> None:
    assert keyword_of(text) == "stop"


@pytest.mark.parametrize(
    "text",
    ["", "Stop texting me please, I have paid", "cancel", "end", "yes", "Bitte stoppt die Lieferung nicht", "Danke",
     "stop" * 20, "4111 1111 1111 1111", "Don't stop"],
)  # fmt: skip
def test_talk_is_no_keyword(text: str) -> None:
    assert keyword_of(text) == ""


@pytest.mark.parametrize(("text", "keyword"), [("START", "start"), ("Hilfe?", "help"), ("HELP", "help")])
def test_start_and_help_are_understood(text: str, keyword: str) -> None:
    assert keyword_of(text) == keyword
