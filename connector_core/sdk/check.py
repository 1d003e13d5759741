"""Probes: one question to a peer, with its cure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """`name` is the capability in question; a failing probe says in `detail` what was seen and in `cure` what to do."""

    name: str
    ok: bool
    detail: str = ""
    cure: str = ""
