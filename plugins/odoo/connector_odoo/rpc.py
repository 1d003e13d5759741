"""Calls of models in both of Odoo's dialects: odoo-client-lib's connections over one kept, bounded HTTP client.

The library makes a connection for every call, waits 5 or 60 seconds whatever it does, knows no path before
``/jsonrpc``, and flattens errors into text (reference/odoo.md 2). Its connectors are replaced here below its own
`Connection` and models, which stay what they are.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from odoolib.json2 import Json2Connection, JsonModel
from odoolib.rpc import Connection, JsonRPCConnector
from odoolib.tools import AuthenticationError as LoginRefused

from connector_core.sdk import AuthenticationError, ConfigurationError, Record, RetryLater
from connector_core.sdk.http import HttpClient
from connector_odoo.refusal import json2_result, jsonrpc_result
from connector_odoo.settings import OdooSettings

_READS = frozenset(
    "search_read search search_count read fields_get context_get version login check_access_rights has_access "
    "describe".split()
)
Domain = Sequence[Any]
"""Odoo's search condition: triples, with ``&`` and ``|`` in front of their two operands."""


class Rpc(ABC):
    """One logged-in user of one database. Raises the errors of the sdk."""

    @abstractmethod
    def user_id(self) -> int: ...

    @abstractmethod
    def search_read(
        self, model: str, domain: Domain, fields: Sequence[str], *, order: str = "id", limit: int = 0
    ) -> Sequence[Record]:
        """One call, unlike the library's own. A record that is gone is left out."""

    @abstractmethod
    def fields(self, model: str, names: Sequence[str]) -> frozenset[str]:
        """Which of these fields exist and may be read by this user."""

    @abstractmethod
    def create(
        self, model: str, values: Sequence[Mapping[str, Any]], context: Mapping[str, Any] | None = None
    ) -> Sequence[int]:
        """All of them in one transaction of the server; their ids."""

    @abstractmethod
    def write(self, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None:
        """The same values for all of these records. Models differ in what they call the argument."""

    @abstractmethod
    def run(self, model: str, method: str, ids: Sequence[int], **named: Any) -> Any:
        """A method of records; it counts as one that changes something."""

    @abstractmethod
    def may(self, model: str, operation: str) -> bool:
        """Whether the user's groups allow ``create``, ``write``, ... of this model."""

    @abstractmethod
    def run_model(self, model: str, method: str, **named: Any) -> Any:
        """A method of the model itself; it counts as one that changes something."""


class JsonRpc(Rpc):
    """``/jsonrpc``, for Odoo 16 to 18. The library's shared connection is logged in before it is used."""

    def __init__(self, http: HttpClient, settings: OdooSettings) -> None:
        self._connection = Connection(
            KeptConnector(http), settings.database, settings.login, settings.password.get_secret_value()
        )

    def user_id(self) -> int:
        try:
            self._connection.check_login(force=False)
        except LoginRefused:
            raise AuthenticationError(
                "Odoo refuses our login or API key.",
                cure="Check database, login and API key; a key expires after 90 days unless the group allows more.",
            ) from None
        return int(self._connection.user_id)

    def search_read(
        self, model: str, domain: Domain, fields: Sequence[str], *, order: str = "id", limit: int = 0
    ) -> Sequence[Record]:
        named = {"order": order, **({"limit": limit} if limit else {})}
        return _records(self._execute(model, "search_read", [list(domain), list(fields)], named))

    def fields(self, model: str, names: Sequence[str]) -> frozenset[str]:
        return frozenset(self._execute(model, "fields_get", [list(names)], {"attributes": ["type"]}))

    def create(
        self, model: str, values: Sequence[Mapping[str, Any]], context: Mapping[str, Any] | None = None
    ) -> Sequence[int]:
        named = {"context": context} if context else {}
        return _ids(self._execute(model, "create", [[dict(row) for row in values]], named))

    def write(self, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None:
        self._execute(model, "write", [list(ids), dict(values)], {})

    def run(self, model: str, method: str, ids: Sequence[int], **named: Any) -> Any:
        return self._execute(model, method, [list(ids)], named)

    def may(self, model: str, operation: str) -> bool:
        named = {"raise_exception": False}
        return bool(self._execute(model, "check_access_rights", [operation], named))

    def run_model(self, model: str, method: str, **named: Any) -> Any:
        return self._execute(model, method, list(named.values()), {})

    def _execute(self, model: str, method: str, args: list[Any], named: Mapping[str, Any]) -> Any:
        who = (self._connection.database, self.user_id(), self._connection.password)
        return self._connection.get_service("object").execute_kw(*who, model, method, args, dict(named))


class Json2(Rpc):
    """``/json/2``, for Odoo 19 and later, where everything is passed by name."""

    def __init__(self, http: HttpClient, settings: OdooSettings) -> None:
        self._connection = KeptJson2Connection(http, settings.database, settings.password.get_secret_value())

    def user_id(self) -> int:
        return int(self._connection.get_user_context()["uid"])

    def search_read(
        self, model: str, domain: Domain, fields: Sequence[str], *, order: str = "id", limit: int = 0
    ) -> Sequence[Record]:
        named = {"domain": list(domain), "fields": list(fields), "order": order, **({"limit": limit} if limit else {})}
        return _records(self._connection.get_model(model).search_read(**named))

    def fields(self, model: str, names: Sequence[str]) -> frozenset[str]:
        return frozenset(self._connection.get_model(model).fields_get(allfields=list(names), attributes=["type"]))

    def create(
        self, model: str, values: Sequence[Mapping[str, Any]], context: Mapping[str, Any] | None = None
    ) -> Sequence[int]:
        named = {"context": context} if context else {}
        return _ids(self._connection.get_model(model).create(vals_list=[dict(row) for row in values], **named))

    def write(self, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None:
        self.run(model, "write", ids, vals=dict(values))

    def run(self, model: str, method: str, ids: Sequence[int], **named: Any) -> Any:
        return getattr(self._connection.get_model(model), method)(ids=list(ids), **named)

    def may(self, model: str, operation: str) -> bool:
        """Asked with no record: since Odoo 18 the rights of a model are those of an empty set of its records."""
        return bool(self._connection.get_model(model).has_access(ids=[], operation=operation))

    def run_model(self, model: str, method: str, **named: Any) -> Any:
        return getattr(self._connection.get_model(model), method)(**named)


class KeptConnector(JsonRPCConnector):
    """The library's connector over the kept client; the path before ``/jsonrpc`` is the client's."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self.url = f"{http.base_url}/jsonrpc"

    def send(self, service_name: str, method: str, *args: Any) -> Any:
        name = args[4] if service_name == "object" else method
        params = {"service": service_name, "method": method, "args": args}
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": random.randrange(10**9)}  # noqa: S311
        answer = self._http.send("POST", "/jsonrpc", json_body=body, effect=name not in _READS)
        try:
            return jsonrpc_result(answer)
        except RetryLater as error:
            if service_name == "common" and answer.status == 200 and answer.is_json:
                raise ConfigurationError(
                    "Odoo cannot open the database.", cure="Check the name of the database.", detail=error.detail
                ) from None
            raise


class KeptJson2Connection(Json2Connection):
    """The library's connection, whose models call through the kept client."""

    def __init__(self, http: HttpClient, database: str, key: str) -> None:
        super().__init__(None, database, key)
        self.http = http

    def get_model(self, model_name: str) -> "KeptModel":
        return KeptModel(self, model_name)


class KeptModel(JsonModel):
    def __getattr__(self, method: str) -> Any:
        def call(**named: Any) -> Any:
            lent = self.connection.bearer_header
            headers = {"authorization": lent["Authorization"], "x-odoo-database": lent["X-Odoo-Database"]}
            path = f"/json/2/{self.model_name}/{method}"
            effect = method not in _READS
            answer = self.connection.http.send("POST", path, json_body=named, headers=headers, effect=effect)
            return json2_result(answer)

        return call


def _records(result: Any) -> Sequence[Record]:
    if not isinstance(result, list) or not all(isinstance(row, dict) for row in result):
        raise RetryLater("Odoo answered something else than records.")
    return result


def _ids(result: Any) -> Sequence[int]:
    return result if isinstance(result, list) else [result]
