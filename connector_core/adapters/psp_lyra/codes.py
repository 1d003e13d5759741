"""Lyra's error codes and what each of them means for the runner (reference/lyra.md 1.5): the one table."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    CREDENTIALS = "credentials"
    ACCOUNT = "account"
    """The account or our settings of it must be changed first; every call would fail alike."""
    INCIDENT = "incident"
    """Lyra's own trouble: back off and try again."""
    BUSY = "busy"
    LOOK_FIRST = "look_first"
    NOT_FOUND = "not_found"
    NO_ATTEMPT = "no_attempt"
    """No transaction yet: an answer, not an error."""
    CLOSED = "closed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`plain` completes "Lyra account main ...", `cure` says what a person can do."""

    verdict: Verdict
    plain: str
    cure: str = ""


_FIELD = "Correct the field in the order or in the mapping, then retry."
_BUG = "Report this with the detail: the connector sent what Lyra does not take."
_TABLE: dict[str, Meaning] = {}


def _add(codes: str, verdict: Verdict, plain: str, cure: str = "") -> None:
    _TABLE.update({code: Meaning(verdict, plain, cure) for code in codes.split()})


_add(
    "INT_905",
    Verdict.CREDENTIALS,
    "does not accept shop id and password.",
    "Copy shop id and REST password anew from the Back Office (Settings, Shop, REST API keys) and check the brand.",
)
_add(
    "PSP_100", Verdict.ACCOUNT, "has no REST API.", "Ask Lyra to enable the option REST API for the shop, then resume."
)
_add(
    "PSP_109",
    Verdict.ACCOUNT,
    "is not active in production yet.",
    "Finish the activation in the Back Office (test payments, production keys), then resume.",
)
_add(
    "PSP_500 PSP_1051",
    Verdict.ACCOUNT,
    "may not make payment orders.",
    "Ask Lyra to enable payment orders by link (URL) for the shop, then resume.",
)
_add(
    "INT_901",
    Verdict.ACCOUNT,
    "does not know the web service.",
    "Check that brand and API address belong to the shop.",
)
_add(
    "INT_926",
    Verdict.ACCOUNT,
    "does not take our notification address.",
    "Set ipn_url to the public https address of this connector.",
)
_add(
    "INT_920 INT_921 INT_922 INT_923 INT_924 INT_925 INT_927",
    Verdict.REFUSED,
    "does not take a return address.",
    _BUG,
)
_add("INT_001 INT_900 INT_902", Verdict.REFUSED, "found the request malformed.", _BUG)
_add("INT_009 PSP_020", Verdict.REFUSED, "finds the amount invalid.", _FIELD)
_add("INT_010 PSP_021", Verdict.REFUSED, "finds the currency invalid.", _FIELD)
_add(
    "PSP_583 PSP_659",
    Verdict.REFUSED,
    "does not take this amount: it is outside the limits of the shop's contract.",
    "Change the amount, or ask Lyra for other limits.",
)
_add("PSP_1023 PSP_1024", Verdict.REFUSED, "cannot ask for an amount of zero.", _FIELD)
_add(
    "PSP_1035 PSP_606 PSP_610",
    Verdict.REFUSED,
    "has no acceptance contract for this currency or payment method.",
    "Ask Lyra or the bank for a contract, or use another account for this currency.",
)
_add("INT_013 INT_942", Verdict.REFUSED, "finds the order id invalid.", _BUG)
_add("INT_091", Verdict.REFUSED, "finds the metadata invalid.", _BUG)
_add("INT_815 INT_883 INT_914", Verdict.REFUSED, "finds a text too long or invalid.", _FIELD)
_add("INT_840 PSP_1052", Verdict.REFUSED, "misses a valid id of the payment order.", _BUG)
_add("INT_854 PSP_1016 PSP_1017", Verdict.REFUSED, "does not take the channel.", _BUG)
_add(
    "INT_855 PSP_1007 PSP_1008",
    Verdict.REFUSED,
    "does not take the end of validity.",
    "It must lie in the future and within 90 days; check the shop's link validity.",
)
_add(
    "INT_856 PSP_1012 INT_859 PSP_1013", Verdict.REFUSED, "does not take the language.", "Choose another shop language."
)
_add("INT_853 PSP_1014 PSP_1015 PSP_1018", Verdict.REFUSED, "offers no data collection form.", _BUG)
_add("INT_881 PSP_111 PSP_115", Verdict.REFUSED, "has none of the payment methods.", "Correct the shop's methods.")
_add("PSP_1053", Verdict.REFUSED, "would have to make too long a link.", "Shorten texts and addresses.")
_add(
    "PSP_1999 PSP_554",
    Verdict.REFUSED,
    "found what looks like a card number in a text.",
    "Take the number out of the order's texts.",
)
_add("PSP_010", Verdict.NO_ATTEMPT, "knows no such transaction.")
_add(
    "PSP_1000 PSP_1010 PSP_1011",
    Verdict.NOT_FOUND,
    "does not know this payment order.",
    "It may have been made in the other mode (TEST or PRODUCTION), for another shop, or by hand in the Back Office.",
)
_add("PSP_1005 PSP_1006 PSP_1101", Verdict.CLOSED, "has closed this payment order (finalised, expired or cancelled).")
_add("PSP_015", Verdict.REFUSED, "has too many transactions for this order.", "Look them up in the Back Office.")
_add(
    "PSP_011 PSP_503",
    Verdict.REFUSED,
    "cannot do this with the transaction in its present status.",
    "Read its status again, then decide.",
)
_add(
    "PSP_075 PSP_675",
    Verdict.REFUSED,
    "cannot cancel this payment any more: it is captured.",
    "Refund it instead.",
)
_add(
    "PSP_076 PSP_676",
    Verdict.REFUSED,
    "cannot refund yet: the payment is not captured.",
    "Give the whole amount back now (it is cancelled), or a part of it after the capture, usually the same evening.",
)
_add(
    "PSP_083 PSP_090 PSP_093 PSP_101 PSP_104 PSP_105 PSP_510 PSP_511 PSP_638",
    Verdict.REFUSED,
    "cannot refund or cancel this payment.",
    "See in the Back Office whether it is refused, given back already, or smaller than the amount.",
)
_add("PSP_099 PSP_106", Verdict.BUSY, "asks us to slow down.", "It is tried again by itself.")
_add("PSP_113", Verdict.LOOK_FIRST, "says that this was submitted already.")
_add(
    "PSP_513 PSP_514 PSP_515 PSP_516 PSP_525 PSP_538 PSP_540 PSP_541 PSP_995 PSP_996 PSP_998 PSP_999 PSP_9999 "
    "ACQ_999 AUTH_999",
    Verdict.INCIDENT,
    "has a technical incident.",
    "It is tried again by itself; if it lasts, give the ticket to Lyra's support.",
)

_CUSTOMER = frozenset(f"INT_{number:03d}" for number in (12, *range(15, 24), *range(77, 97))) - {"INT_091"}
"""Codes of a customer field that is invalid."""

OPTIONAL: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_CUSTOMER, ("customer",)),
    **dict.fromkeys(("INT_856", "PSP_1012", "INT_859", "PSP_1013"), ("locale",)),
    **dict.fromkeys(("INT_881", "PSP_111", "PSP_115"), ("paymentMethods",)),
    **dict.fromkeys(("PSP_1999", "PSP_554", "INT_815", "INT_883", "INT_914"), ("merchantComment", "customer")),
}
"""Fields of a payment order that it can do without, by the code that refuses them: left out, then tried once more."""


def meaning_of(code: str) -> Meaning:
    """What a code means. Lyra adds codes, so one that is not listed is judged by its prefix (1.4)."""
    if code in _TABLE:
        return _TABLE[code]
    if code in _CUSTOMER:
        return Meaning(Verdict.REFUSED, "finds a field of the buyer invalid.", _FIELD)
    by_prefix = {
        "ACQ": Meaning(Verdict.REFUSED, "reports that the bank declined.", "The buyer may try again."),
        "AUTH": Meaning(Verdict.REFUSED, "reports that the buyer was not authenticated.", "The buyer may try again."),
        "CLIENT": Meaning(Verdict.REFUSED, "reports an error of the buyer's browser.", "The buyer may try again."),
        "INT": Meaning(Verdict.REFUSED, "found a field of the request invalid.", _FIELD),
        "PSP": Meaning(Verdict.REFUSED, "refused.", "The detail holds Lyra's own words."),
    }
    return by_prefix.get(code.partition("_")[0], Meaning(Verdict.LOOK_FIRST, "answered with a code of no known kind."))
