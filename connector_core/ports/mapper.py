"""From a source record to the terms of a payment request."""

from dataclasses import dataclass
from typing import Protocol

from connector_core.domain.ids import ConnectionId
from connector_core.domain.order import Record
from connector_core.domain.request import Terms


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a record means. Without `terms` nothing is to be asked for: `skipped` says why, in plain words.

    `withdrawn` means that the order asks for nothing any more (cancelled, paid elsewhere): an open link is closed.
    `version` is the source's modification mark, `number` the reference that people use, `mapping` name and version of
    the document that was used.
    """

    mapping: str
    version: str
    number: str
    terms: Terms | None = None
    skipped: str = ""
    withdrawn: bool = False


class Mapper(Protocol):
    def map(self, connection: ConnectionId, document: str, record: Record) -> Mapped:
        """Raises `MappingError` that names the field, the mapping's line and the record's path."""
        ...
