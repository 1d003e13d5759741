"""What an org knows of its objects, and what the integration user may see of that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connector_salesforce.fake.fault import ApiError


class Kind(StrEnum):
    """Field types by the names that describe uses."""

    ID = "id"
    REFERENCE = "reference"
    STRING = "string"
    TEXTAREA = "textarea"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    PICKLIST = "picklist"
    BOOLEAN = "boolean"
    CURRENCY = "currency"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Field:
    """`values` makes a restricted picklist; an external id is unique here."""

    name: str
    kind: Kind = Kind.STRING
    length: int = 255
    writable: bool = True
    required: bool = False
    values: tuple[str, ...] = ()
    refers_to: str = ""
    external_id: bool = False

    @property
    def relationship(self) -> str:
        """The parent's name in a path: ``BillToContact`` for ``BillToContactId``, ``Order__r`` for ``Order__c``."""
        if not self.refers_to:
            return ""
        return self.name.removesuffix("c") + "r" if self.name.endswith("__c") else self.name.removesuffix("Id")

    @property
    def custom(self) -> bool:
        return self.name.endswith("__c")


@dataclass(frozen=True, slots=True)
class SObject:
    """`number` is the pattern of an automatic ``field``: its name and a format such as ``{:08d}``."""

    name: str
    prefix: str
    fields: tuple[Field, ...]
    writable: bool = True
    number: tuple[str, str] = ("", "")
    by_name: Mapping[str, Field] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {known.name.lower(): known for known in self.fields})


class Schema:
    """Names are found in any case. What is hidden is not there at all, as with field-level security (reference 2.3)."""

    def __init__(self, objects: Mapping[str, SObject]) -> None:
        self.objects = objects
        self._by_name = {name.lower(): known for name, known in objects.items()}
        self._hidden: set[tuple[str, str]] = set()
        self._frozen: set[tuple[str, str]] = set()

    def hide(self, name: str, field_name: str = "") -> None:
        """Without a field the whole object goes."""
        self._hidden.add((name.lower(), field_name.lower()))

    def freeze(self, name: str, field_name: str) -> None:
        """The field is read-only for the integration user."""
        self._frozen.add((name.lower(), field_name.lower()))

    def find(self, name: str) -> SObject | None:
        return None if (name.lower(), "") in self._hidden else self._by_name.get(name.lower())

    def field(self, sobject: SObject, name: str) -> Field | None:
        hidden = (sobject.name.lower(), name.lower()) in self._hidden
        return None if hidden else sobject.by_name.get(name.lower())

    def fields(self, sobject: SObject) -> list[Field]:
        return [known for known in sobject.fields if self.field(sobject, known.name)]

    def parent(self, sobject: SObject, relationship: str) -> tuple[Field, SObject] | None:
        """The lookup and the object behind the first name of a path."""
        for known in self.fields(sobject):
            if known.relationship.lower() == relationship.lower() and known.relationship:
                found = self.find(known.refers_to)
                return None if found is None else (known, found)
        return None

    def writable(self, sobject: SObject, known: Field) -> bool:
        return sobject.writable and known.writable and (sobject.name.lower(), known.name.lower()) not in self._frozen

    def describe(self, sobject: SObject) -> dict[str, object]:
        """``sobjects/X/describe``, with the keys that a client reads."""
        return {
            "name": sobject.name,
            "label": sobject.name.removesuffix("__c").replace("_", " "),
            "custom": sobject.name.endswith("__c"),
            "keyPrefix": sobject.prefix,
            "createable": sobject.writable,
            "updateable": sobject.writable,
            "deletable": sobject.writable,
            "queryable": True,
            "retrieveable": True,
            "fields": [self._describe_field(sobject, known) for known in self.fields(sobject)],
        }

    def _describe_field(self, sobject: SObject, known: Field) -> dict[str, object]:
        writable = self.writable(sobject, known)
        money = known.kind is Kind.CURRENCY
        return {
            "name": known.name,
            "label": known.name.removesuffix("__c").replace("_", " "),
            "type": known.kind.value,
            "custom": known.custom,
            "length": known.length if known.kind in TEXTUAL else 18 if known.kind in IDS else 0,
            "precision": 18 if money else 0,
            "scale": 2 if money else 0,
            "createable": writable,
            "updateable": writable,
            "nillable": not known.required and known.kind not in (Kind.ID, Kind.BOOLEAN),
            "defaultedOnCreate": known.kind in (Kind.ID, Kind.BOOLEAN) or not known.writable,
            "externalId": known.external_id,
            "unique": known.external_id,
            "idLookup": known.external_id or known.kind is Kind.ID,
            "restrictedPicklist": bool(known.values),
            "picklistValues": [{"value": value, "label": value, "active": True} for value in known.values],
            "referenceTo": [known.refers_to] if known.refers_to else [],
            "relationshipName": known.relationship or None,
        }


IDS = frozenset({Kind.ID, Kind.REFERENCE})
TEXTUAL = frozenset({Kind.STRING, Kind.TEXTAREA, Kind.PHONE, Kind.EMAIL, Kind.URL, Kind.PICKLIST})


def no_column(field_name: str, sobject: SObject, *, query: bool) -> ApiError:
    """Unknown and hidden are one to the outside."""
    place = f"entity '{sobject.name}'" if query else f"sobject of type {sobject.name}"
    cure = (
        ". If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )
    name = f"'{field_name}'"
    return ApiError(400, "INVALID_FIELD", f"No such column {name} on {place}{cure if query else ''}")
