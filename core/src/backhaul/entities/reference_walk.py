"""Finds the references of a record from the marks on its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from backhaul.entities.model import Model
from backhaul.entities.reference import Reference, RefersTo


def _models(hint: Any) -> Iterator[type[Model]]:
    if isinstance(hint, type) and issubclass(hint, Model):
        yield hint
    for argument in get_args(hint):
        yield from _models(argument)


def _target(hint: Any) -> str | None:
    if get_origin(hint) is Annotated:
        for mark in hint.__metadata__:
            if isinstance(mark, RefersTo):
                return mark.entity
    return next((found for argument in get_args(hint) if (found := _target(argument))), None)


@cache
def referring_fields(model: type[Model]) -> Mapping[str, str | None]:
    """Return the fields that refer to a record (with its entity) or hold parts that may (with None)."""
    hints = get_type_hints(model, include_extras=True)
    fields: dict[str, str | None] = {}
    for name in model.model_fields:
        target = _target(hints[name])
        if target or any(referring_fields(part) for part in _models(hints[name]) if part is not model):
            fields[name] = target
    return fields


def _each(value: object) -> Iterator[object]:
    if isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        yield value


def references_in(model: Model, prefix: str = "") -> Iterator[Reference]:
    """Yield every reference of the model and its parts, in the order of the fields."""
    for name, target in referring_fields(type(model)).items():
        for value in _each(getattr(model, name)):
            if isinstance(value, Model):
                yield from references_in(value, f"{prefix}{name}.")
            elif target is not None:
                yield Reference(target, str(value), f"{prefix}{name}")
