"""Lyra REST API V4: PayLinks as payment orders, refunds and signed notifications (reference/lyra.md)."""

from connector_core.adapters.psp_lyra.account import LyraAccount
from connector_core.adapters.psp_lyra.gateway import LyraGateway

__all__ = ["LyraAccount", "LyraGateway"]
