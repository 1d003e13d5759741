"""One Salesforce org: queries, descriptions and collections of rows, over simple-salesforce."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from connector_core.sdk import Record
from connector_core.sdk.http import HttpClient, no_answer
from connector_salesforce.login import Login
from connector_salesforce.refusal import RowError, SessionEnded, UnknownToOrg, refusal, row_error
from connector_salesforce.settings import SalesforceSettings
from connector_salesforce.transport import open_session

ROWS_AT_ONCE = 200
"""Most rows of one collection, and most ids of one query that stays well below the 16 KB of an address."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row of a collection. `created` is said of an upsert that was none yet."""

    id: str = ""
    created: bool = False
    error: RowError | None = None


class Org:
    """Thread-safe; raises the errors of the sdk. A token that ended is replaced once for each call.

    The library is given the token and never logs in itself: its own way does not stop when the token is refused for
    another reason than its age (reference/salesforce.md 1.2).
    """

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._http = HttpClient(settings.url, timeout=settings.timeout_seconds, ca_file=settings.ca_file)
        self._login = Login(self._http, settings)
        self._mine = threading.local()

    @property
    def login(self) -> Login:
        return self._login

    def query(self, soql: str, *, deleted: bool = False) -> Sequence[Record]:
        """All rows, page by page; `deleted` ones too if asked for. Numbers with decimals are `Decimal`."""
        return list(self._pages(soql, deleted))

    def describe(self, name: str) -> Mapping[str, Record] | None:
        """The object's fields that the user may read, by name; None where the org has no such object for the user."""
        try:
            found = self._call(lambda org: org.restful(f"sobjects/{name}/describe"), effect=False)
        except UnknownToOrg:
            return None
        return {str(field["name"]): field for field in found.get("fields", [])}

    def update(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[RowResult]:
        """At most `ROWS_AT_ONCE` rows with their ``Id``, each taken or refused by itself."""
        return self._collect("composite/sobjects", name, rows)

    def upsert(self, name: str, key: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[RowResult]:
        """As `update`, for rows that are known by the external id `key`: the same row twice is one record."""
        return self._collect(f"composite/sobjects/{name}/{key}", name, rows)

    def close(self) -> None:
        self._http.close()

    def _pages(self, soql: str, deleted: bool) -> Iterator[Record]:
        page = self._call(lambda org: org.query(soql, include_deleted=deleted), effect=False)
        while True:
            yield from page.get("records", [])
            following = page.get("nextRecordsUrl")
            if page.get("done", True) or not following:
                return
            page = self._call(partial(_next_page, following), effect=False)

    def _collect(self, path: str, name: str, rows: Sequence[Mapping[str, Any]]) -> Sequence[RowResult]:
        records = [{"attributes": {"type": name}, **row} for row in rows]
        body = {"allOrNone": False, "records": records}
        found = self._call(lambda org: org.restful(path, method="PATCH", json=body), effect=True)
        if not isinstance(found, list) or len(found) != len(rows):
            raise no_answer("other rows than were sent", effect=True)
        return [_row_result(row) for row in found]

    def _call(self, work: Callable[[Salesforce], Any], *, effect: bool) -> Any:
        try:
            return self._try(work, effect)
        except SessionEnded:
            return self._try(work, effect)

    def _try(self, work: Callable[[Salesforce], Any], effect: bool) -> Any:
        token = self._login.token()
        try:
            return work(self._client(token))
        except SalesforceError as error:
            judged = refusal(error)
            if isinstance(judged, SessionEnded):
                self._login.forget(token)
            raise judged from None
        except ValueError:
            raise no_answer("the answer is no JSON", effect=effect) from None

    def _client(self, token: str) -> Salesforce:
        """One of this thread's own, because the library's session is not made to be shared."""
        known: Salesforce | None = getattr(self._mine, "client", None)
        if known is None or known.session_id != token:
            known = Salesforce(
                session_id=token,
                instance_url=self._settings.url,
                version=f"{self._settings.api_version}.0",
                session=open_session(self._http),
                parse_float=Decimal,
                object_pairs_hook=dict,
            )
            self._mine.client = known
        return known


def _next_page(url: str, org: Salesforce) -> Any:
    return org.query_more(url, identifier_is_url=True)


def _row_result(row: Any) -> RowResult:
    if not isinstance(row, dict):
        raise no_answer("a row of another kind", effect=True)
    if not row.get("success"):
        return RowResult(error=row_error(row))
    return RowResult(str(row.get("id") or ""), bool(row.get("created")))
