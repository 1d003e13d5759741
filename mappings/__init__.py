"""Mapping documents: one folder a system, one YAML a kind of record, with samples beside it."""
