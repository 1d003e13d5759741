"""The faults to be survived, and the invariants that must hold meanwhile; tests name the faults by row."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`invariants` are those of the page's own list; empty where the row has none of them."""

    row: str
    part: str
    what: str
    invariants: str


INVARIANTS: Mapping[str, str] = {
    "I1": "No order lost: accepted in = live + closed + parked, at any time",
    "I2": "At most one payable link per (shop, order, part)",
    "I3": "Buyer asked at most once per step; none after paid, cancelled, expired or opt-out; minimum gap kept",
    "I4": "Each capture, refund, chargeback the PSP knows is recorded exactly once, matched or not",
    "I5": "paid = Σ captures − Σ refunds, integers, one currency per request",
    "I6": "No axis goes back; late failed/expired/cancelled never undoes money",
    "I7": "One ERP payment per capture; write-back ends done or parked, never silent",
    "I8": "No card data in database, queue, dead letters, logs, traces, files, exports, backups",
    "I9": "Unverified input changes nothing but a counter",
    "I10": "Broker ack, HTTP 2xx and outbox row all follow the same commit",
    "I11": "Every change has actor, cause, time; the audit chain verifies",
    "I12": "No user, key or webhook of shop A sees or changes shop B",
    "I13": "The amount a buyer is asked equals the order's current amount, or the difference is flagged",
    "I14": "No secret in any output",
    "I15": "After erasure, no personal data outside the legal set; sums unchanged",
    "I16": "Correctness never rests on comparing two hosts' clocks",
    "I17": "Retries bounded in rate and number; one shop cannot starve another",
    "I18": "State = fold of the event log (rebuild gives the same)",
    "I19": "Receipt at most once per capture and never before it",
    "I20": "Test never touches live",
    "I21": "Liveness: after faults end, all unparked work finishes within T",
    "I22": "Own writes coming back are no new orders",
}

_ROWS = """
[Broker]
1 | Broker kill -9, restart | I1, I10, I21
2 | Broker down for hours, full load | I1, I4, I17
3 | Connection half-open (packets dropped, no RST) | I21
4 | Confirm lost after the broker stored it | I1, I3
5 | Unroutable (queue deleted) | I1
6 | `reject-publish` or memory/disk alarm | I1, I17
7 | Poison message | I1, I17
8 | Consumer slower than the ack timeout | I10
9 | Redelivery in other order | I6
10 | Broker upgraded 3.10→4.x (limit 20; nack not counted) | I1, I7
11 | Queue exists with other arguments (406) | I21

[Process and host]
12 | kill -9 at every step | all
13 | kill -9 between PSP answer and commit | I2
14 | kill -9 between send and commit | I3
15 | Two daemons at once | I2, I3, I7
16 | Stale leader wakes after a pause (SIGSTOP 5 min) | I6
17 | Memory/CPU starvation, event loop blocked | I21
18 | Database locked / busy | I4, I10
19 | Disk full | I1, I10
20 | fsync lies / power cut; SQLite in WAL with `synchronous=NORMAL` loses the last commits | I4
21 | Restored from last night's backup | I3, I4
22 | Clock jumps ±1 h, DST, leap second | I16
23 | Schema migration fails half-way | I1

[To the PSP]
24 | Time-out, outcome unknown | I2
25 | 5xx | I1, I17
26 | 429 + Retry-After | I17
27 | 4xx validation (amount below minimum, bad phone) | I1
28 | 401/403, key expired or rotated | I1, I14
29 | PSP down 6 h | I1, I3, I17
30 | 200 with truncated/odd JSON, HTML, wrong currency | I2, I8
31 | Slow drip answer | I21
32 | TLS error, wrong certificate | I14

[From the PSP]
33 | Duplicate IPN ×1000, parallel | I4, I19
34 | Reordered (refund before paid, expired after paid) | I5, I6
35 | Late by a month | I4, I6
36 | Never arrives (all PSP retries used up) | I4, I21
37 | Forged (bad signature, wrong shop's key, browser-return hash in place of the IPN's) | I9
38 | Replayed old, validly signed | I4, I9
39 | Valid, but unknown order | I4
40 | Amount differs | I5, I13
41 | Currency differs | I5
42 | Partial, several parts, over-payment | I5
43 | Paid after expiry or cancel | I4, I6
44 | Paid twice (two tabs, old and new link) | I2, I4
44a | Pending for days (SEPA, transfer), then fails; or buyer pays by card meanwhile | I3, I5, I6
45 | Huge (10 MB), gzip bomb, deep JSON, bad UTF-8, slowloris | I17

[Messenger]
46 | Time-out, unknown | I2, I3
47 | Number not on WhatsApp, blocked, bad | I3
48 | Rate limit (130429), per-pair limit | I17
49 | Template paused, rejected, wrong language | I1
50 | Status webhooks duplicated, reordered, `read` without `delivered` | I6
51 | Token expired | I14
52 | Buyer answers STOP, or sends a card number | I3, I8
53 | Preview bot or scanner opens the link | I6

[ERP/CRM]
54 | Down at write-back | I7
55 | Validation error (period closed, journal missing) | I7
56 | Time-out after it booked | I7
57 | Order edited while open | I2, I13
58 | Order cancelled while open | I2, I6
59 | Refund or credit note in ERP | I5, I7
60 | Own write-back raises a new event | I22
61 | Poll misses rows (same timestamp, time zone, paging) | I1
62 | Same order from two plugins | I2, I3
63 | Order deleted | I2
64 | Garbage: no phone, negative or 0 amount, JPY 10.50, 200-char name, emoji, RTL | I1

[Set-up, security]
65 | Mapping edited live, broken | I1, I18
66 | Plugin crashes, hangs, leaks | I17
67 | Secret rotated mid-flight | I9, I14
68 | Test key in live shop or the reverse | I20
69 | Brute force, credential stuffing, stolen cookie, CSRF, IDOR, role change | I12
70 | Webhook URL to 127.0.0.1, metadata, rebinding, redirect | I14
71 | CSV with formulas, export of such | -
72 | Erasure while work is in flight | I15
73 | Audit row altered | I11
74 | Deploy/roll-back under load | I1, I21
"""


def _faults() -> list[Fault]:
    part, found = "", []
    for line in _ROWS.strip().splitlines():
        if line.startswith("["):
            part = line.strip("[]")
        elif line:
            row, what, invariants = line.split(" | ")
            found.append(Fault(row, part, what, invariants.strip("-")))
    return found


FAULTS = tuple(_faults())

OUT_OF_REACH: Mapping[str, str] = {
    "10": "Only one major version of RabbitMQ is to be had where the tests run. What the row is about, counting in our "
    "own step table and not in the broker, is what the other tests of the broker rest on.",
    "69": "The back office does not exist yet: the daemon has no users, no sessions and no pages.",
    "70": "Nobody can enter an address that the daemon would call: all of them are the administrator's own settings.",
    "71": "There is no CSV export yet; it belongs to the back office.",
    "73": "The log of events is only added to, but not chained by hashes yet: an alteration would not be noticed.",
}
"""Why a row has no test; shown only as long as it has none."""
