"""One question to Odoo for each capability, none of which changes anything."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connector_core.sdk import Capability, ConfigurationError, Probe, ask_each
from connector_odoo.amount import key
from connector_odoo.documents import MOVE, ORDER
from connector_odoo.key_age import warning_of
from connector_odoo.ledger import Ledger
from connector_odoo.server import OdooServer
from connector_odoo.settings import OdooSettings


def probe_odoo(server: OdooServer, settings: OdooSettings) -> Sequence[Probe]:
    """Always asks anew what this Odoo is and can."""
    server.forget()
    questions: dict[Capability, Callable[[], str]] = {
        Capability.FETCH: lambda: _can_read(server),
        Capability.POLL: lambda: _can_poll(server),
        Capability.WEBHOOK: lambda: _takes_webhooks(server, settings),
        Capability.WRITE_BACK: lambda: _can_write(server, settings),
    }
    return ask_each(questions, cure="Look into Odoo's log, then run the check again.")


def _can_read(server: OdooServer) -> str:
    for model in (ORDER, MOVE, "res.partner"):
        server.rpc.search_read(model, [], ["id"], limit=1)
    words = [f"Odoo {server.can.version}: the user may read orders, invoices and buyers."]
    if server.by_password:
        words.append("It logs in by password, which Odoo gives up: make an API key.")
    return " ".join([*words, warning_of(server)]).strip()


def _can_poll(server: OdooServer) -> str:
    since = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    for model in (ORDER, MOVE):
        server.rpc.search_read(model, [("write_date", ">=", since)], ["id"], order="write_date,id", limit=1)
    return "Changed orders and invoices can be listed."


def _takes_webhooks(server: OdooServer, settings: OdooSettings) -> str:
    """The addon's own "Check" button tries the way from there to here."""
    if server.can.addon:
        return "The PayLink addon is installed."
    if settings.webhook_token is not None:
        return "The addon is not installed; automation rules may deliver with the token."
    return "The addon is not installed: documents are found by polling only."


def _can_write(server: OdooServer, settings: OdooSettings) -> str:
    """Odoo itself is asked whether the user may create payments; then the journal of each company is looked for."""
    if not server.rpc.may("account.payment", "create"):
        raise ConfigurationError(
            "The user may not enter payments.",
            cure="Give the connector's user the group Invoicing / Billing in Settings > Users.",
        )
    _has_address(server)
    ledger = Ledger(server, settings)
    for company in settings.companies or _companies(server):
        ledger.journal(company)
    return "The user may enter payments, and the journal is clear."


def _has_address(server: OdooServer) -> None:
    """Odoo 16 lets nobody write a note, nor register a second payment, without one; 19 does (seen on both)."""
    if server.can.version >= 19:
        return
    (user, *_) = server.rpc.search_read("res.users", [("id", "=", server.rpc.user_id())], ["email"]) or [{}]
    if not user.get("email"):
        raise ConfigurationError(
            "The connector's user has no e-mail address, and Odoo then takes no notes from it.",
            cure="Enter one for this user in Settings > Users.",
        )


def _companies(server: OdooServer) -> Sequence[int]:
    """Those that have a journal for payments and sell something; one that never sold is no concern of ours."""
    rows = server.rpc.search_read("account.journal", [("type", "in", ["bank", "cash"])], ["company_id"])
    return sorted({key(row["company_id"]) for row in rows})
