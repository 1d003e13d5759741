"""`asyncapi.yaml` as the tests read it, and JSON Schema over it."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from tests.docs.pages import REFERENCE

_URI = "urn:asyncapi"


@cache
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REFERENCE / "asyncapi.yaml").read_text(encoding="utf-8"))
    return loaded


def resolve(reference: str) -> Any:
    """What ``#/components/messages/X`` refers to. Raises `KeyError`."""
    found: Any = document()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def faults(reference: str, instance: Any) -> list[str]:
    """What is wrong with the instance by the schema that is referred to."""
    resource: Resource[Any] = Resource.from_contents(document(), default_specification=DRAFT7)
    registry: Registry[Any] = Registry().with_resource(_URI, resource)
    validator = Draft7Validator({"$ref": _URI + reference}, registry=registry, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


def undocumented(reference: str, event: dict[str, Any]) -> set[str]:
    """Members of an outgoing event that its schema does not name; consumers bear them, but ours shall be named."""
    schema, envelope = resolve(reference), resolve("#/components/schemas/Event")
    data, facts = envelope["properties"]["data"], schema["properties"]["data"]["properties"]["facts"]
    return (
        (set(event) - set(envelope["properties"]))
        | (set(event["data"]) - set(data["properties"]))
        | (set(event["data"]["facts"]) - set(facts["properties"]))
    )


def messages() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = document()["components"]["messages"]
    return found


def message_of(event_type: str) -> dict[str, Any]:
    """The message for a type without its prefix, such as ``payment.captured.v1``."""
    return next(message for message in messages().values() if message["name"] == event_type)
