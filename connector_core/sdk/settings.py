"""Settings that plugins have in common: limits, titles and words. A plugin gives the default, and may say more in a
`Field(description=...)` of its own.
"""

from typing import Annotated

from pydantic import Field

PollOverlap = Annotated[
    int,
    Field(
        ge=2,
        le=86_400,
        title="Overlap of polls (seconds)",
        description="How far each poll looks back behind the newest change it has seen. A long transaction appears "
        "late and with an old date.",
        examples=[300],
    ),
]
PollLookback = Annotated[
    int,
    Field(
        ge=0,
        le=8_760,
        title="First poll looks back (hours)",
        description="What was changed longer ago than this is not picked up when the connection starts.",
        examples=[24],
    ),
]
CallTimeout = Annotated[
    float,
    Field(
        ge=1,
        le=120,
        title="Time limit of a call (seconds)",
        description="From connecting to the last byte of the answer.",
        examples=[45],
    ),
]
CaFile = Annotated[
    str | None,
    Field(
        title="Own certificate authority",
        description="A PEM file, for servers whose certificate was issued inside the company.",
        examples=["/etc/ssl/company-ca.pem"],
    ),
]
