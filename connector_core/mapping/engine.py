"""Applies compiled mappings to records: the `Mapper` of the flow."""

from collections.abc import Mapping

from connector_core.domain.errors import ConfigurationError, MappingError
from connector_core.domain.ids import ConnectionId
from connector_core.domain.order import Record
from connector_core.domain.request import Terms
from connector_core.mapping.compiled import CompiledMapping
from connector_core.mapping.library import Library
from connector_core.ports.mapper import Mapped

DEFAULT_LANGUAGE = "en"


def apply_mapping(mapping: CompiledMapping, record: Record, region: str, language: str = DEFAULT_LANGUAGE) -> Mapped:
    """What the record means. `region` (ISO 3166) and `language` (BCP 47) are the shop's own, for what the record leaves
    open. Raises `MappingError` and nothing else, whatever the record holds.
    """
    if not isinstance(record, Mapping):
        cure = "Check what the plugin reads."
        raise MappingError("The record is no object with fields.", field="record", where=mapping.file, cure=cure)
    skipped, withdrawn = decide(mapping, record)
    version = mapping.version.value(record, required=not skipped)
    number = mapping.number.value(record, required=not skipped)
    if skipped:
        return Mapped(mapping.label, version, number, skipped=skipped, withdrawn=withdrawn)
    values = {field.name: field.value(record, region, language) for field in mapping.fields}
    terms = Terms(**{name: value for name, value in values.items() if value is not None})
    return Mapped(mapping.label, version, number, terms=terms)


def decide(mapping: CompiledMapping, record: Record) -> tuple[str, bool]:
    """(why nothing is asked for or empty, whether the order asks for nothing any more)."""
    if mapping.withdrawn and mapping.withdrawn.holds(record):
        return mapping.withdrawn.reason(record), True
    if mapping.when and not mapping.when.holds(record):
        return mapping.when.reason(record), False
    return "", False


class MappingEngine:
    """Implements `connector_core.ports.mapper.Mapper`.

    `regions` and `languages` are the shops' own by connection. `default_documents` is a connection's only or first kind
    of record, taken when an event names none. `overrides` are a connection's own documents, instead of the library's.
    """

    def __init__(
        self,
        library: Library,
        regions: Mapping[ConnectionId, str],
        default_documents: Mapping[ConnectionId, str],
        overrides: Mapping[ConnectionId, Mapping[str, CompiledMapping]] | None = None,
        languages: Mapping[ConnectionId, str] | None = None,
    ) -> None:
        self._library = library
        self._regions = regions
        self._default_documents = default_documents
        self._overrides = overrides or {}
        self._languages = languages or {}

    def map(self, connection: ConnectionId, document: str, record: Record) -> Mapped:
        """Raises `MappingError`; also when no mapping is known for the kind of record."""
        mapping = self.mapping_of(connection, document)
        return apply_mapping(mapping, record, *self.customs_of(connection))

    def customs_of(self, connection: ConnectionId) -> tuple[str, str]:
        """(region, language) of the connection's shop, for what a record leaves open."""
        return self._regions.get(connection, ""), self._languages.get(connection, DEFAULT_LANGUAGE)

    def mapping_of(self, connection: ConnectionId, document: str = "") -> CompiledMapping:
        """The document that is at work for a connection. Raises `MappingError`."""
        source = document or self._default_documents.get(connection, "")
        own = self._overrides.get(connection, {}).get(source)
        try:
            return own or self._library.document(source)
        except ConfigurationError as error:
            raise MappingError(error.sentence, cure=error.cure, detail=f"connection {connection}") from None
