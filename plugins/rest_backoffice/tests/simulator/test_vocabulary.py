from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backhaul_rest_backoffice.simulator.shape import ListOf, Shape, Structure
from backhaul_rest_backoffice.simulator.vocabulary import RESOURCES

FILES = {"customer": "official-TMF629-Customer-v4.0.0.swagger.json"}
PARTY = "official-TMF632-Party-v4.0.0.swagger.json"


def compare(shape: Shape, schema: dict[str, Any], definitions: dict[str, Any], place: str) -> None:
    schema = definitions[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if isinstance(shape, ListOf):
        compare(shape.element, schema["items"], definitions, place)
    if not isinstance(shape, Structure):
        return
    official = schema["properties"]
    assert set(shape.properties) <= set(official), place
    assert set(schema.get("required", ())) <= shape.mandatory, place
    for name, member in shape.properties.items():
        compare(member, official[name], definitions, f"{place}.{name}")


@pytest.mark.needs("tmf")
@pytest.mark.parametrize("name", RESOURCES)
def test_the_simulated_resources_are_the_official_ones(name: str, tmf_documents: Path) -> None:
    document = json.loads((tmf_documents / FILES.get(name, PARTY)).read_text(encoding="utf-8"))
    official = document["definitions"][f"{name.capitalize()}_Create"]
    compare(RESOURCES[name].shape, official, document["definitions"], name)
    left_out = set(official["properties"]) - set(RESOURCES[name].shape.properties)
    assert left_out <= {
        "disability",
        "organizationChildRelationship",
        "organizationParentRelationship",
        "skill",
        "taxExemptionCertificate",
    }
