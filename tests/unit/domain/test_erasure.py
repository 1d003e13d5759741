"""What of an order names its buyer, and the order without that."""

from dataclasses import replace

import pytest

from connector_core.domain.erasure import Buyer, buyer_of, nameless, unaddressed, without_buyer
from connector_core.domain.phone import E164
from connector_core.domain.request import ERASED, Terms
from connector_core.domain.step import StepKind
from tests.unit.flow.ledger import EUR, REQUEST, message, order, step

TERMS = Terms(EUR, "R-1", E164("+4915112345678"), "de-DE", "Ann Bo Example", "ann@example.org", "Two bottles of wine")
STATE = order(request=replace(REQUEST, terms=TERMS), messages=(message("m1"),))
HERS = buyer_of(STATE, [replace(TERMS, phone=E164("+4930123456"), name="Eve")])


def test_amount_reference_and_language_stay() -> None:
    after = without_buyer(TERMS)
    assert after == Terms(EUR, "R-1", E164(ERASED), "de-DE", ERASED, ERASED, ERASED)
    assert after.erased
    assert not TERMS.erased
    assert without_buyer(after) == after


def test_what_was_empty_stays_empty() -> None:
    bare = without_buyer(replace(TERMS, name="", email="", description=""))
    assert (bare.name, bare.email, bare.description) == ("", "", "")
    assert bare.erased


def test_a_message_keeps_what_became_of_it() -> None:
    sent = message("m1", error="+4915112345678 is not on WhatsApp", channel="sms")
    assert unaddressed(sent) == replace(sent, to=E164(ERASED), provider_id="", error=ERASED)
    assert unaddressed(message("m1")).error == ""


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("+4915112345678 does not answer", f"{ERASED} does not answer"),
        ("wa_id 4915112345678", f"wa_id {ERASED}"),
        ("no partner ANN@example.org.", f"no partner {ERASED}."),
        ("Ann Bo Example and Ann", f"{ERASED} and {ERASED}"),
        ("Annex B of Box 5", "Annex B of Box 5"),
        ("the message wamid-m1 is unknown", f"the message {ERASED} is unknown"),
        ("earlier Eve at +4930123456", f"earlier {ERASED} at {ERASED}"),
        ("somebody at 0171 1234567", "somebody at ***567"),
        ("The amount is too small.", "The amount is too small."),
        ("", ""),
    ],
)
def test_sentences_without_her(sentence: str, left: str) -> None:
    assert HERS.without(sentence) == left


def test_free_texts_go_whole_and_ids_stay() -> None:
    told = {
        "shop": "ann",
        "psp_ref": "4915112345",
        "cure": "call her",
        "list": ["x", {"email": "a@b"}],
        "n": 1,
        "no": "",
    }
    kept = {**told, "cure": ERASED, "list": ["x", {"email": ERASED}]}
    assert HERS.out_of(told) == kept
    assert HERS.out_of({"record": {"a": 1}, "to": "+4915112345678", "cure": ""}) == {
        "record": ERASED, "to": ERASED, "cure": ""
    }  # fmt: skip
    assert HERS.out_of(kept) == kept


def test_short_parts_of_a_name_are_other_words_too() -> None:
    assert "Bo" not in HERS.names
    assert HERS.names == {"Ann Bo Example", "Ann", "Example", "Eve"}
    assert "Eve" not in HERS.marks
    assert HERS.is_in("ann@example.org")
    assert not HERS.is_in("Ann")


def test_an_erased_order_names_nobody() -> None:
    after = order(request=replace(REQUEST, terms=without_buyer(TERMS)), messages=(unaddressed(message("m1")),))
    assert buyer_of(after) == Buyer()


def test_a_step_that_stays_says_why_without_her() -> None:
    stopped = replace(
        step(StepKind.REFUND, payment_id="p", comment="for Ann"), cause="Ann has no account", cure="Call Ann."
    )
    after = nameless(stopped, HERS)
    assert after.payload == {"payment_id": "p", "comment": ERASED}
    assert (after.cause, after.cure) == (f"{ERASED} has no account", f"Call {ERASED}.")
    assert (after.id, after.kind, after.due_at) == (stopped.id, stopped.kind, stopped.due_at)
