"""Writing payments back into Odoo's books, exactly once (reference/odoo.md 6 and 11)."""

from collections.abc import Sequence

from connector_core.sdk import AuthenticationError, ConfigurationError, PaymentUpdate, WriteBackResult
from connector_odoo.addon import record_payments
from connector_odoo.batch import Batch
from connector_odoo.books import BookReader
from connector_odoo.documents import Documents
from connector_odoo.ledger import Ledger
from connector_odoo.server import OdooServer
from connector_odoo.settings import OdooSettings


class PaymentBook:
    """With the addon one call books a batch, each payment in a savepoint of its own.

    Plain Odoo has no unique key that a user could set, so two daemons that book the same payment in the same moment
    are found afterwards: each looks again once it has booked, and of two payments with one mark the younger is
    cancelled.
    """

    def __init__(self, server: OdooServer, settings: OdooSettings) -> None:
        self._server = server
        self._settings = settings
        self._reader = BookReader(server, Documents(server, settings))
        self._ledger = Ledger(server, settings)

    def enter(self, updates: Sequence[PaymentUpdate]) -> Sequence[WriteBackResult]:
        """One result each. `AuthenticationError`, `ConfigurationError` and `RateLimited` stop the whole batch, which
        may be repeated; what Odoo leaves unanswered is for a later try.
        """
        if not updates:
            return []
        try:
            if self._server.can.addon:
                return record_payments(self._server, self._settings, updates)
            return Batch(self._reader, self._ledger, updates, notes=self._settings.notes).enter()
        except (AuthenticationError, ConfigurationError):
            self._server.forget()  # an addon came or went, or the key was changed
            raise
