"""Where a worker under test finds everything."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`database` is a URL; `link_trial` is our setting of that name."""

    stub: str
    broker: str
    folder: Path
    database: str
    in_flight: int = 100
    link_trial: str = "10m"
