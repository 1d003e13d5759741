"""Probes: one question to a peer, with its cure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connector_core.domain.errors import ConnectorError
from connector_core.sdk.manifest import Capability


@dataclass(frozen=True, slots=True)
class Probe:
    """`name` is the capability in question; a failing probe says in `detail` what was seen and in `cure` what to do."""

    name: str
    ok: bool
    detail: str = ""
    cure: str = ""


def ask_each(questions: Mapping[Capability, Callable[[], str]], *, cure: str) -> Sequence[Probe]:
    """One probe for each question: its answer, or the `ConnectorError` it raised, with `cure` where that has none."""
    return [_probe(capability, ask, cure) for capability, ask in questions.items()]


def _probe(capability: Capability, ask: Callable[[], str], cure: str) -> Probe:
    try:
        return Probe(capability.value, True, ask())
    except ConnectorError as error:
        return Probe(capability.value, False, error.sentence, error.cure or cure)
