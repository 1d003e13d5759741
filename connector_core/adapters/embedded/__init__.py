"""The broker port without a broker: an in-process queue over the database."""

from connector_core.adapters.embedded.broker import EmbeddedBroker

__all__ = ["EmbeddedBroker"]
