"""Writes of single records through the API: rights, types, and the rules of the org."""

from collections.abc import Mapping
from typing import Any

from connector_salesforce.fake.fault import ApiError, not_found
from connector_salesforce.fake.ids import normal_id
from connector_salesforce.fake.org import Org, Row
from connector_salesforce.fake.schema import Field, SObject, no_column
from connector_salesforce.fake.values import check, read

Values = dict[Field, Any]


class Writing:
    """Each method either does the whole write or raises `ApiError`."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.rules: dict[str, str] = {}
        self.locks = 0

    def object(self, name: str) -> SObject:
        found = self._org.schema.find(name)
        if found is None:
            raise not_found()
        return found

    def parsed(self, sobject: SObject, body: Mapping[str, Any]) -> Values:
        """The fields of a body with typed values. Raises JSON_PARSER_ERROR for the body, or INVALID_FIELD."""
        values: Values = {}
        for name, value in body.items():
            if name.lower() in ("attributes", "id"):
                continue
            field = self._org.schema.field(sobject, name)
            if field is None:
                raise no_column(name, sobject, query=False)
            values[field] = read(field, value)
        return values

    def create(self, sobject: SObject, values: Values) -> Row:
        self._check_fields(sobject, values)
        self._check_required(sobject, values, new=True)
        self._check_references(values)
        self._check_unique(sobject, values, "")
        self._check_rules(sobject, "")
        return self._org.insert(sobject.name, _by_name(values))

    def update(self, sobject: SObject, record_id: str, values: Values) -> Row:
        row = self.row(sobject, record_id)
        self._check_activated(row)
        self._check_fields(sobject, values)
        self._check_required(sobject, values, new=False)
        self._check_references(values)
        self._check_unique(sobject, values, row["Id"])
        self._check_rules(sobject, row["Id"])
        self._org.update(row, _by_name(values))
        return row

    def upsert(self, sobject: SObject, key: Field, values: Values) -> tuple[Row, bool]:
        """The row, and whether it is new."""
        if not values.get(key):
            raise ApiError(400, "MISSING_ARGUMENT", f"{key.name} not specified", [])
        known = self._org.by_external_id(sobject, key.name, values[key])
        if known is None:
            return self.create(sobject, values), True
        return self.update(sobject, known["Id"], values), False

    def delete(self, sobject: SObject, record_id: str) -> None:
        row = self.row(sobject, record_id)
        self._check_writable(sobject)
        self._check_rules(sobject, row["Id"])
        self._org.delete(row)

    def row(self, sobject: SObject, record_id: str) -> Row:
        """A living row. Raises MALFORMED_ID, ENTITY_IS_DELETED or INVALID_CROSS_REFERENCE_KEY."""
        known = normal_id(record_id)
        if known is None or known[:3] != sobject.prefix:
            text = f"{sobject.name} ID: id value of incorrect type: {record_id}"
            raise ApiError(400, "MALFORMED_ID", text, ["Id"])
        found = self._org.find(known)
        if found is None:
            raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if found[1].get("IsDeleted"):
            raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted")
        return found[1]

    def _check_activated(self, row: Row) -> None:
        """An activated order needs "Edit Activated Orders" (reference 4); the code that a real org answers with was
        not verified."""
        if row.get("StatusCode") == "Activated" and not self.may_edit_activated():
            text = "insufficient access rights on object id"
            raise ApiError(400, "INSUFFICIENT_ACCESS_OR_READONLY", text, [])

    def may_edit_activated(self) -> bool:
        assigned = self._org.tables["PermissionSetAssignment"].values()
        sets = [self._org.live(row["PermissionSetId"]) for row in assigned if row["AssigneeId"] == self._org.user]
        return any(found["PermissionsEditActivatedOrders"] for found in sets if found)

    def _check_writable(self, sobject: SObject) -> None:
        if not sobject.writable:
            text = f"entity type {sobject.name} does not support this operation"
            raise ApiError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", text)

    def _check_fields(self, sobject: SObject, values: Values) -> None:
        self._check_writable(sobject)
        sealed = [field.name for field in values if not self._org.schema.writable(sobject, field)]
        if sealed:
            text = (
                f"Unable to create/update fields: {', '.join(sealed)}. Please check the security settings of this "
                "field and verify that it is read/write for your profile or permission set."
            )
            raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", text, sealed)
        for field, value in values.items():
            check(field, value)

    def _check_required(self, sobject: SObject, values: Values, *, new: bool) -> None:
        asked = [field for field in sobject.fields if field.required and (new or field in values)]
        missing = [field.name for field in asked if values.get(field) is None]
        if missing:
            text = f"Required fields are missing: [{', '.join(missing)}]"
            raise ApiError(400, "REQUIRED_FIELD_MISSING", text, missing)

    def _check_references(self, values: Values) -> None:
        for field, value in values.items():
            if field.refers_to and value is not None:
                found = self._org.find(value)
                if found is None or found[0].name != field.refers_to or found[1].get("IsDeleted"):
                    raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])

    def _check_unique(self, sobject: SObject, values: Values, own_id: str) -> None:
        for field, value in values.items():
            known = self._org.by_external_id(sobject, field.name, value) if field.external_id and value else None
            if known is not None and known["Id"] != own_id:
                text = f"duplicate value found: {field.name} duplicates value on record with id: {known['Id']}"
                raise ApiError(400, "DUPLICATE_VALUE", text, [])

    def _check_rules(self, sobject: SObject, record_id: str) -> None:
        if self.locks > 0:
            self.locks -= 1
            text = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
            raise ApiError(400, "UNABLE_TO_LOCK_ROW", text, [])
        if message := self.rules.get(sobject.name):
            raise ApiError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, [])


def _by_name(values: Values) -> dict[str, Any]:
    return {field.name: value for field, value in values.items()}
