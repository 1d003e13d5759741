"""What this org has of the fields that orders and payments need, asked once."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from connector_core.sdk import ConfigurationError, Record
from connector_salesforce.org import Org
from connector_salesforce.refusal import RIGHTS_CURE

ORDER, PAYMENT = "Order", "PayLink_Payment__c"
PAYMENT_KEY = "PayLink_Id__c"
SHOWN_ON_ORDER = tuple(
    "PayLink_Status__c PayLink_URL__c PayLink_Sent_At__c PayLink_Paid_At__c PayLink_Paid_Amount__c "
    "PayLink_Transaction_Ref__c".split()
)
"""The package's fields of an order, which the connector writes."""
SEND_AGAIN = "PayLink_Requested_At__c"
"""When somebody in Salesforce asked for the PayLink to be sent again: an action or a flow sets it."""
PAYMENT_FIELDS = tuple("Order__c Type__c Amount__c Currency__c Transaction_Ref__c Method__c Flag__c Paid_At__c".split())
MULTICURRENCY = "CurrencyIsoCode"
_NEEDED = ("Id", "OrderNumber", "StatusCode", "TotalAmount", "ActivatedDate", "SystemModstamp", "PayLink_Status__c")
_WELCOME = ("Status", "EffectiveDate", "PoNumber", "Description", "BillingCountryCode", SEND_AGAIN, MULTICURRENCY)
_PEOPLE: Mapping[str, tuple[str, str]] = {
    "BillToContactId": ("BillToContact", "Contact"),
    "CustomerAuthorizedById": ("CustomerAuthorizedBy", "Contact"),
    "AccountId": ("Account", "Account"),
}
_OF_PEOPLE: Mapping[str, Sequence[str]] = {
    "Contact": ("Name", "MobilePhone", "Phone", "Email"),
    "Account": ("Name", "Phone", "BillingCountryCode", "PersonMobilePhone", "PersonEmail"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """`order` are the fields and paths that are read of an order; `multicurrency` whether records name a currency."""

    order: tuple[str, ...]
    multicurrency: bool


class Schema:
    """Salesforce refuses a whole query for one field that is not there or is hidden from the user."""

    def __init__(self, org: Org, extra: Sequence[str]) -> None:
        self._org = org
        self._extra = tuple(extra)
        self._lock = threading.Lock()
        self._columns: Columns | None = None

    @property
    def columns(self) -> Columns:
        """Raises `ConfigurationError` that names what is missing."""
        with self._lock:
            if self._columns is None:
                self._columns = self._ask()
            return self._columns

    def forget(self) -> None:
        """A package or a right came or went."""
        with self._lock:
            self._columns = None

    @contextmanager
    def trusted(self) -> Iterator[None]:
        """For calls that rest on it: where the org knows better, it is asked anew the next time."""
        try:
            yield
        except ConfigurationError:
            self.forget()
            raise

    def must_write(self) -> None:
        """Raises `ConfigurationError` unless the user may create payments and change the package's fields."""
        payments, orders = self._fields(PAYMENT), self._fields(ORDER)
        wanted = (PAYMENT_KEY, *PAYMENT_FIELDS)
        missing = [f"{PAYMENT}.{name}" for name in wanted if not payments.get(name, {}).get("createable")]
        missing += [f"{ORDER}.{name}" for name in SHOWN_ON_ORDER if not orders.get(name, {}).get("updateable")]
        if missing:
            raise ConfigurationError(f"The user may not write {', '.join(missing)}.", cure=RIGHTS_CURE)

    def _ask(self) -> Columns:
        order = self._fields(ORDER)
        if missing := [name for name in _NEEDED if name not in order]:
            raise ConfigurationError(f"The user may not read {ORDER}.{f', {ORDER}.'.join(missing)}.", cure=RIGHTS_CURE)
        names = [*_NEEDED, *(name for name in _WELCOME if name in order)]
        described = {kind: self._org.describe(kind) or {} for kind in _OF_PEOPLE}
        for reference, (path, kind) in _PEOPLE.items():
            if reference in order:
                names += [f"{path}.{name}" for name in _OF_PEOPLE[kind] if name in described[kind]]
        if not any(name.endswith("Phone") for name in names):
            raise ConfigurationError(
                "The user may read no telephone number of contacts and accounts, so nobody could be written to.",
                cure="Let the connector's user read Mobile and Phone of contacts, by its profile or a permission set.",
            )
        return Columns(tuple(dict.fromkeys([*names, *self._extra])), MULTICURRENCY in order)

    def _fields(self, name: str) -> Mapping[str, Record]:
        fields = self._org.describe(name)
        if fields is None:
            raise ConfigurationError(f"The org has no {name}, or hides it from the user.", cure=RIGHTS_CURE)
        return fields
