"""JSON Schemas of the entities, draft 2020-12."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import CoreSchema

from backhaul.entities.catalogue import ENTITIES
from backhaul.entities.record import Record

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat the name of a field."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  (signature of the base)
        return False

    def generate(self, schema: CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        document = super().generate(schema, mode)
        return {"$schema": DIALECT, **document}


def entity_schema(record: type[Record]) -> dict[str, Any]:
    """Return the JSON Schema that a document of this entity satisfies; equal for equal models."""
    document = record.model_json_schema(schema_generator=_Untitled)
    dialect = document.pop("$schema")
    return {
        "$schema": dialect,
        "$id": f"urn:backhaul:entity:{record.entity}",
        "x-backhaul-schema-version": record.schema_version,
        **document,
    }


def entity_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of every entity, by entity name."""
    return {name: entity_schema(record) for name, record in ENTITIES.items()}
