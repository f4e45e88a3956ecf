from __future__ import annotations

from importlib.resources import files

from backhaul_rest_backoffice.mapping.customer import CustomerSchema
from backhaul_rest_backoffice.mapping.individual import IndividualSchema


def test_the_manifest_names_every_wire_field() -> None:
    # To renew it after a deliberate change, write `expected` into the file.
    expected = "\n".join(
        f"{schema.resource} {line}"
        for schema in (CustomerSchema(), IndividualSchema())
        for line in schema.manifest()
    )
    manifest = files("backhaul_rest_backoffice") / "wire_fields.txt"
    assert manifest.read_text(encoding="utf-8") == expected + "\n"
