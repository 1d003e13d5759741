"""The Metadata API's own schema, out of the WSDL that simple-salesforce carries (API 63.0)."""

from functools import cache
from importlib.resources import files
from typing import Any

import lxml.etree as etree  # type: ignore[import-untyped]  # lxml has no types of its own

TYPES = {
    "field": "CustomField",
    "fieldTranslation": "CustomFieldTranslation",
    "layout": "Layout",
    "listView": "ListView",
    "object": "CustomObject",
    "objectTranslation": "CustomObjectTranslation",
    "permissionset": "PermissionSet",
    "tab": "CustomTab",
}
"""Suffix of a file to the type of what is in it."""

_XSD = "http://www.w3.org/2001/XMLSchema"


@cache
def _schema() -> Any:
    """The WSDL names types only: each type that stands alone in a file becomes an element of that name."""
    wsdl = etree.fromstring(files("simple_salesforce").joinpath("metadata.wsdl").read_bytes())
    inner = wsdl.find(f".//{{{_XSD}}}schema")
    schema = etree.Element(inner.tag, attrib=dict(inner.attrib), nsmap=wsdl.nsmap)
    schema.extend(inner)
    for name in (*TYPES.values(), "Package"):
        etree.SubElement(schema, f"{{{_XSD}}}element", name=name, type=f"tns:{name}")
    return etree.XMLSchema(schema)


def faults(document: bytes) -> list[str]:
    """Order counts, because Salesforce refuses elements of one name that do not stand together."""
    try:
        tree = etree.fromstring(document)
    except etree.XMLSyntaxError as error:
        return [str(error)]
    schema = _schema()
    schema.validate(tree)
    return [str(error) for error in schema.error_log]
