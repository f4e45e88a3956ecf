from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from backhaul.entities import ENTITIES, Account, Address, BillingProfile, Contact, Money, Record
from backhaul_contracts.documents import document

SCRIPT = Path(__file__).resolve().parents[2] / "generate.py"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("backhaul_contracts_generate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def schema(entity: str) -> Any:
    return json.loads(document(f"entities/{entity}.json"))


def test_the_committed_schemas_are_those_of_the_models(generate: ModuleType) -> None:
    stale = generate.differences(generate.CURRENT, generate.rendered())
    assert stale == [], f"these differ from their models; run: {generate.COMMAND}"


def test_writing_twice_changes_nothing_and_removes_what_is_gone(generate: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "gone.json").write_text("{}", encoding="utf-8")
    generate.write(tmp_path, {"a.json": "{}\n"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert generate.differences(tmp_path, {"a.json": "{}\n"}) == []
    assert generate.differences(tmp_path, {"a.json": "{ }\n", "b.json": ""}) == ["a.json", "b.json"]


def test_a_release_never_changes(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "RELEASED", tmp_path)
    assert generate.release({"a.json": "{}"}) == tmp_path / generate.version()
    generate.release({"a.json": "{}"})
    with pytest.raises(FileExistsError, match="raise the version"):
        generate.release({"a.json": "[]"})


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_every_schema_is_valid_draft_2020_12_and_closed(entity: str) -> None:
    published = schema(entity)
    jsonschema.Draft202012Validator.check_schema(published)
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert published["$id"] == f"urn:backhaul:entity:{entity}"
    assert published["additionalProperties"] is False


@pytest.mark.parametrize(
    "record",
    [
        Account(
            id="a",
            name="A",
            addresses=[Address(part_id="p", country="DE")],
            primary_address_id="p",
            credit_auto_approval_limit=Money.of("10.50", "EUR"),
            extensions={"site": {"colour": ["red", 1, None]}},
        ),
        Contact(id="c", last_name="C", account_ids=["a"]),
        BillingProfile(id="b", account_id="a", bill_cycle_day=31),
    ],
    ids=lambda record: record.entity,
)
def test_documents_of_the_models_satisfy_their_schema(record: Record) -> None:
    validator = jsonschema.Draft202012Validator(schema(record.entity))
    full = record.model_dump(mode="json")
    validator.validate(full)
    validator.validate(record.model_dump(mode="json", exclude_none=True))
    assert not validator.is_valid({**full, "unknown": 1})
    assert not validator.is_valid({key: value for key, value in full.items() if key != "id"})


def test_references_are_told_to_the_reader_of_the_schema() -> None:
    properties = schema("account")["properties"]
    assert properties["contact_ids"]["items"]["x-backhaul-entity"] == "contact"
