"""A Lyra on localhost: REST API V4 payment orders, the payment page and signed notifications (reference/lyra.md)."""

from connector_core.sandbox.lyra.config import LyraConfig
from connector_core.sandbox.lyra.server import LyraSandbox

__all__ = ["LyraConfig", "LyraSandbox"]
