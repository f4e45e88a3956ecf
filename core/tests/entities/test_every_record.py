from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from backhaul.entities import ENTITIES, Model, Record

Generated = Callable[[type[Record]], st.SearchStrategy[Any]]

# Every record RULES 1 names: what a reference may point to.
NAMED = frozenset(
    [
        *("account", "contact", "household", "billing_profile", "service_profile", "phone_number"),
        *("sales_order", "work_order", "trouble_ticket", "fraud_alert", "credit_alert", "adjustment"),
        *("payment", "business_agreement", "premise", "interaction"),
    ]
)
RECORDS = pytest.mark.parametrize("record", ENTITIES.values(), ids=list(ENTITIES))
PROPERTY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def models_under(model: type[Model], seen: set[type[Model]]) -> Iterator[type[Model]]:
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field):
            yield from models_under(inner, seen)


def models_in(field: FieldInfo) -> Iterator[type[Model]]:
    stack: list[Any] = [field.annotation]
    while stack:
        hint = stack.pop()
        if isinstance(hint, type) and issubclass(hint, Model):
            yield hint
        stack += getattr(hint, "__args__", ())


EVERY_MODEL = {model for record in ENTITIES.values() for model in models_under(record, set())}
MODELS = pytest.mark.parametrize("model", sorted(EVERY_MODEL, key=str))


@RECORDS
def test_the_json_of_a_record_is_the_record(record: type[Record], generated: Generated) -> None:
    @PROPERTY
    @given(generated(record))
    def law(given_record: Record) -> None:
        assert record.model_validate_json(given_record.model_dump_json()) == given_record
        assert record.model_validate(given_record.model_dump(mode="json")) == given_record
        assert record.model_validate(given_record.model_dump()) == given_record
        sparse = given_record.model_dump_json(exclude_defaults=True)
        assert record.model_validate_json(sparse) == given_record

    law()


@RECORDS
def test_keys_and_references_of_any_record_are_distinct_and_filled(
    record: type[Record], generated: Generated
) -> None:
    @PROPERTY
    @given(generated(record))
    def law(given_record: Record) -> None:
        keys, references = given_record.keys(), given_record.references()
        assert len(set(keys)) == len(keys)
        assert len(set(references)) == len(references)
        assert all(key.value for key in keys)
        for key in keys:
            kind = record.key_kind(key.kind)
            assert kind.strong is key.strong
        assert {reference.entity for reference in references} <= NAMED
        assert given_record.ordering_key()

    law()


@MODELS
def test_unknown_fields_are_refused(model: type[Model]) -> None:
    with pytest.raises(ValidationError, match="no_such_field"):
        model.model_validate({"no_such_field": 1})


def texts(model: type[BaseModel]) -> list[str]:
    properties = model.model_json_schema()["properties"]
    return [
        name
        for name, schema in properties.items()
        for option in (schema, *schema.get("anyOf", ()))
        if option.get("type") == "string" and not {"format", "pattern", "enum"} & option.keys()
    ]


@MODELS
@pytest.mark.parametrize("bad", ["a\x00", "a\rb", "a\x1bb", "a\x7f", "a\x85b", "a\ud800"])
def test_no_field_takes_control_characters_or_lone_surrogates(model: type[Model], bad: str) -> None:
    for name in texts(model):
        with pytest.raises(ValidationError) as refused:
            model.model_validate({name: bad})
        messages = [error["msg"] for error in refused.value.errors() if error["loc"] == (name,)]
        assert len(messages) == 1, name
        assert "U+" in messages[0], name


@MODELS
def test_no_text_is_made_of_bytes_or_numbers(model: type[Model]) -> None:
    for name in texts(model):
        for value in (b"abc", 1):
            with pytest.raises(ValidationError) as refused:
                model.model_validate({name: value})
            assert (name,) in [error["loc"] for error in refused.value.errors()]


@RECORDS
def test_a_record_has_what_every_record_has(record: type[Record]) -> None:
    common = {"id", "version", "created_at", "updated_at", "origin", "integration_id", "extensions"}
    assert common <= record.model_fields.keys()
    assert "status" in record.model_fields


@RECORDS
def test_every_older_document_has_its_upcaster(record: type[Record]) -> None:
    assert set(record.upcasters) == set(range(1, record.schema_version))


def test_the_catalogue_is_by_entity_name_and_cannot_be_changed() -> None:
    assert all(name == record.entity for name, record in ENTITIES.items())
    assert ENTITIES.keys() <= NAMED
    with pytest.raises(TypeError):
        ENTITIES["other"] = Record  # type: ignore[index]
