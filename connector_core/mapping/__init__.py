"""From a source record to the terms of a payment request: YAML, JMESPath to select, named converters to change."""

from connector_core.mapping.compiled import CompiledMapping
from connector_core.mapping.engine import MappingEngine, apply_mapping
from connector_core.mapping.finding import Finding
from connector_core.mapping.library import Library, compile_file, load_library
from connector_core.mapping.lint import lint_file, lint_text
from connector_core.mapping.preview import Preview, PreviewRow, preview
from connector_core.mapping.schema import mapping_schema

__all__ = [
    "CompiledMapping",
    "Finding",
    "Library",
    "MappingEngine",
    "Preview",
    "PreviewRow",
    "apply_mapping",
    "compile_file",
    "lint_file",
    "lint_text",
    "load_library",
    "mapping_schema",
    "preview",
]
