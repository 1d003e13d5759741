"""What may stand still."""

from dataclasses import dataclass

DATABASE, BROKER = "database", "broker"


@dataclass(frozen=True, slots=True)
class Trouble:
    """`kind` says what stands still (``database``, ``broker``, or a kind of block), `block` which one."""

    kind: str
    block: str = ""
