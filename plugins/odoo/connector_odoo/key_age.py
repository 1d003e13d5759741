"""When API keys end: those of ordinary users do since Odoo 18, after 90 days unless their group allows more."""

import logging
import time
from datetime import UTC, datetime, timedelta

from connector_core.sdk import ConnectorError
from connector_odoo.server import OdooServer

_KEYS = "res.users.apikeys"
_AHEAD = timedelta(days=21)
_EVERY = 12 * 3600.0
_log = logging.getLogger(__name__)


def warning_of(server: OdooServer) -> str:
    """A sentence about the key that ends first within three weeks; empty where none does, or keys cannot be read.

    Odoo does not tell which of a user's keys was used.
    """
    mine = [("user_id", "=", server.rpc.user_id())]
    try:
        rows = server.rpc.search_read(_KEYS, mine, ["name", "expiration_date"])
    except ConnectorError:
        return ""
    now = datetime.now(UTC).replace(tzinfo=None)
    ends = [(str(row["expiration_date"])[:19], row["name"]) for row in rows if row.get("expiration_date")]
    soon = [(end, name) for end, name in ends if now < datetime.fromisoformat(end) < now + _AHEAD]
    if not soon:
        return ""
    end, name = min(soon)
    return f"Odoo's API key “{name}” expires on {end[:10]}: make a new one and enter it as password."


class KeyWatch:
    """Looks twice a day while the daemon works, and leaves a warning in its log."""

    def __init__(self, server: OdooServer, connection: str) -> None:
        self._server = server
        self._connection = connection
        self._next = 0.0

    def look(self) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        if sentence := warning_of(self._server):
            _log.warning("%s: %s", self._connection, sentence)
