"""Collections: up to 200 records in one call, each with an answer of its own (reference 2.2)."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from connector_salesforce.fake.fault import ApiError, bad_json, not_found
from connector_salesforce.fake.org import Org, Row
from connector_salesforce.fake.schema import Field, SObject
from connector_salesforce.fake.writing import Values, Writing

Answer = dict[str, Any]
_MOST = 200


class Batch:
    def __init__(self, org: Org, writing: Writing) -> None:
        self._org = org
        self._writing = writing

    def update(self, body: Any) -> list[Answer]:
        """By id; the records may be of several objects."""
        records = _records(body)
        parsed = [self._parsed(self._object(record), record) for record in records]

        def write(index: int) -> Answer:
            record = records[index]
            if not record.get("id", record.get("Id")):
                raise ApiError(400, "MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
            record_id = str(record.get("id", record.get("Id")))
            row = self._writing.update(self._object(record), record_id, _sound(parsed[index]))
            return {"id": row["Id"], "success": True, "errors": []}

        return self._run(len(records), write, body, {})

    def upsert(self, name: str, key_name: str, body: Any) -> list[Answer]:
        """By an external id that no two records of the call may share."""
        sobject = self._writing.object(name)
        key = self._org.schema.field(sobject, key_name)
        if key is None or not key.external_id:
            raise not_found(f"Provided external ID field does not exist or is not accessible: {key_name}")
        records = _records(body)
        parsed = [self._parsed(self._object(record, sobject), record) for record in records]
        counts = Counter(_key(values, key) for values in parsed)

        def write(index: int) -> Answer:
            values = _sound(parsed[index])
            if any(name.lower() == "id" for name in records[index]):
                raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
            if values.get(key) and counts[_key(values, key)] > 1:
                raise ApiError(400, "DUPLICATE_VALUE", f"Duplicate external id specified: {values[key]}", [key.name])
            row, created = self._writing.upsert(sobject, key, values)
            return {"id": row["Id"], "success": True, "errors": [], "created": created}

        return self._run(len(records), write, body, {"created": False})

    def _run(
        self, count: int, write: Callable[[int], Answer], body: Mapping[str, Any], failed: Mapping[str, Any]
    ) -> list[Answer]:
        whole = bool(body.get("allOrNone"))
        before = self._org.snapshot() if whole else None
        answers = []
        for index in range(count):
            try:
                answers.append(write(index))
            except ApiError as fault:
                answers.append({"success": False, "errors": [fault.row()], **failed})
        if before is not None and not all(answer["success"] for answer in answers):
            self._org.restore(before)
            return [_rolled_back(failed) if answer["success"] else answer for answer in answers]
        return answers

    def _object(self, record: Mapping[str, Any], only: SObject | None = None) -> SObject:
        attributes = record.get("attributes")
        name = attributes.get("type") if isinstance(attributes, dict) else None
        found = self._org.schema.find(name) if isinstance(name, str) else None
        if found is None or only not in (None, found):
            raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
        return found

    def _parsed(self, sobject: SObject, record: Mapping[str, Any]) -> Values | ApiError:
        """A fault of the row is kept for its answer; JSON of a wrong type refuses the call."""
        try:
            return self._writing.parsed(sobject, record)
        except ApiError as fault:
            if fault.code == "JSON_PARSER_ERROR":
                raise
            return fault


def _records(body: Any) -> list[Row]:
    records = body.get("records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise bad_json("Unexpected value: records must be a list of objects")
    if len(records) > _MOST:
        text = f"record limit reached. cannot submit more than {_MOST} records into this call"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", text)
    return records


def _sound(values: Values | ApiError) -> Values:
    if isinstance(values, ApiError):
        raise values
    return values


def _key(values: Values | ApiError, key: Field) -> str:
    found = None if isinstance(values, ApiError) else values.get(key)
    return str(found or "").casefold()


def _rolled_back(failed: Mapping[str, Any]) -> Answer:
    text = "Record rolled back because not all records were valid and the request was using AllOrNone header"
    return {"success": False, "errors": [ApiError(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", text).row()], **failed}
