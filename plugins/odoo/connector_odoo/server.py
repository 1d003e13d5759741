"""One Odoo: its version, the dialect that goes with it, and what this database can do, asked once."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector_core.sdk import AuthenticationError, ConfigurationError, Rejected, RetryLater
from connector_core.sdk.http import HttpAnswer, HttpClient, raise_for_status
from connector_odoo.refusal import UnknownToOdoo, jsonrpc_result
from connector_odoo.rpc import Json2, JsonRpc, Rpc
from connector_odoo.settings import OdooSettings

JSON2_SINCE = 19
OLDEST = 16
ADDON = "paylink.connector"
"""The addon's model: its `record_payments` books a batch, each payment in a savepoint of its own."""

_ADDRESS_CURE = "Check the address; behind a proxy the path in front of /web belongs to it."
_NEEDED: Mapping[str, str] = {
    "sale.order": "name state amount_total currency_id partner_id partner_invoice_id company_id invoice_ids write_date",
    "account.move": "name state move_type payment_state amount_total amount_residual currency_id partner_id company_id "
    "write_date",
    "res.partner": "name email phone lang commercial_partner_id",
    "account.payment": "name state amount payment_type partner_id date currency_id reconciled_invoice_ids "
    "is_reconciled create_date",
}
_WELCOME: Mapping[str, str] = {
    "sale.order": "date_order amount_paid require_payment prepayment_percent client_order_ref team_id paylink_status",
    "account.move": "ref payment_reference invoice_origin invoice_date_due reversed_entry_id posted_before "
    "paylink_status",
    "res.partner": "mobile country_code",
    "account.payment": "memo ref",
}
"""What some versions, addons or groups have and others have not."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this database has. `fields` are those of `_NEEDED` and `_WELCOME` that exist for this user, by model."""

    version: int
    fields: Mapping[str, Sequence[str]]
    addon: bool

    def has(self, model: str, field: str) -> bool:
        return field in self.fields[model]

    @property
    def memo(self) -> str:
        """Where a payment keeps our mark: `memo` since Odoo 18, `ref` before."""
        return "memo" if self.has("account.payment", "memo") else "ref"


class OdooServer:
    """Connects when it is first asked; a connection that failed is tried anew. Thread-safe."""

    def __init__(self, settings: OdooSettings) -> None:
        self._settings = settings
        self._http = HttpClient(settings.url, timeout=settings.timeout_seconds, ca_file=settings.ca_file)
        self._lock = threading.Lock()
        self._rpc: Rpc | None = None
        self._can: Capabilities | None = None
        self.by_password = False
        """Whether a server that prefers API keys took the password instead."""

    @property
    def rpc(self) -> Rpc:
        self.can  # noqa: B018 - the version decides which dialect it is
        assert self._rpc is not None
        return self._rpc

    @property
    def can(self) -> Capabilities:
        with self._lock:
            if self._can is None:
                version = self._version()
                rpc = self._log_in(version)
                self._can = _ask(rpc, version)
                self._rpc = rpc
            return self._can

    def forget(self) -> None:
        """The next question finds out anew what this Odoo can: it was updated, or an addon came or went."""
        with self._lock:
            self._can = None

    def close(self) -> None:
        self._http.close()

    def _log_in(self, version: int) -> Rpc:
        """JSON-2 takes API keys only, so a password is tried in the older dialect, which Odoo keeps until 22."""
        rpc = JsonRpc(self._http, self._settings)
        self.by_password = False
        if version >= JSON2_SINCE:
            json2 = Json2(self._http, self._settings)
            try:
                json2.user_id()
            except AuthenticationError as refused:
                if not _opens(rpc):
                    raise refused from None
                self.by_password = True
            else:
                return json2
        rpc.user_id()
        return rpc

    def _version(self) -> int:
        """Without login: ``/web/version`` since 19, the service `common` before. Never the service `db`."""
        answer = self._http.send("GET", "/web/version")
        if answer.status == 200 and answer.is_json:
            return _major(answer.json().get("version_info"))
        if answer.status != 404:
            raise_for_status(answer)
        body = {"jsonrpc": "2.0", "method": "call", "params": {"service": "common", "method": "version", "args": []}}
        answer = self._http.send("POST", "/jsonrpc", json_body={**body, "id": 1}, effect=False)
        sentence = f"No Odoo answers at {self._settings.url} (HTTP {answer.status})."
        if answer.status == 404:
            raise ConfigurationError(sentence, cure=_ADDRESS_CURE, detail=answer.excerpt())
        raise_for_status(answer)
        if not _is_rpc(answer):  # a proxy's page may be gone in a minute
            raise RetryLater(sentence, cure=_ADDRESS_CURE, detail=answer.excerpt())
        return _major(jsonrpc_result(answer).get("server_version_info"))


def _opens(rpc: Rpc) -> bool:
    try:
        rpc.user_id()
    except (AuthenticationError, ConfigurationError):
        return False
    return True


def _ask(rpc: Rpc, version: int) -> Capabilities:
    """Raises `ConfigurationError` that names what a mapping or a booking cannot do without."""
    fields: dict[str, Sequence[str]] = {}
    for model, needed in _NEEDED.items():
        wanted = (*needed.split(), *_WELCOME[model].split())
        there = rpc.fields(model, wanted)
        if missing := [name for name in needed.split() if name not in there]:
            raise ConfigurationError(
                f"This Odoo's {model} has no {', '.join(missing)}, or the user may not read it.",
                cure="Give the user the groups of the documentation, or update the connector.",
            )
        fields[model] = [name for name in wanted if name in there]
    return Capabilities(version, fields, _has_addon(rpc))


def _has_addon(rpc: Rpc) -> bool:
    """An unknown model is another error in each dialect. A user without the addon's right is told so."""
    try:
        rpc.run_model(ADDON, "describe")
    except (UnknownToOdoo, Rejected):
        return False
    except ConfigurationError as error:
        raise ConfigurationError(
            "The user may not use the PayLink addon.",
            cure="Give the connector's user the right PayLink: Connector API in Settings > Users.",
            detail=error.detail,
        ) from None
    return True


def _is_rpc(answer: HttpAnswer) -> bool:
    return answer.is_json and answer.body.lstrip().startswith(b"{")


def _major(info: Any) -> int:
    """19 of ``[19, 0, 0, "final", 0, ""]``, 18 of ``["saas~18", 2, ...]``."""
    found = re.search(r"\d+", str(info[0])) if isinstance(info, list) and info else None
    if found is None:
        raise ConfigurationError("The server does not say which Odoo it is.", cure="Check Odoo's address.")
    if int(found[0]) < OLDEST:
        raise ConfigurationError(
            f"This is Odoo {found[0]}; {OLDEST} is the oldest that works.", cure="Update Odoo, then run the check."
        )
    return int(found[0])
