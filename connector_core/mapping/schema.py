"""The JSON schema of mapping documents, for editors."""

import json

from connector_core.mapping.document import MappingDocument


def mapping_schema() -> str:
    """`mappings/mapping.schema.json`, generated from the models that check the documents."""
    schema = MappingDocument.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "PayLink Connector mapping document"
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
