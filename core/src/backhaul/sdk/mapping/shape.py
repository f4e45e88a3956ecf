"""What kind of value a field of a canonical model holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic_core import PydanticUndefined, to_jsonable_python

from backhaul.entities import Model, Part, new_id
from backhaul.entities.reference import RefersTo
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Document, Json


@dataclass(frozen=True)
class Shape:
    """The facts about one canonical field that a mapping needs."""

    model: type[Model] | None = None
    codes: type[StrEnum] | None = None
    refers_to: str | None = None
    listed: bool = False
    entries: bool = False
    nullable: bool = True
    mandatory: bool = False
    default: Json = None
    boolean: bool = False

    def unset(self) -> Json:
        """Return what the field holds when it is cleared: null if it may, else its own default."""
        if self.nullable:
            return None
        return list(self.default) if isinstance(self.default, list) else self.default

    def shell(self) -> Document:
        """Return a new object for this field; a part gets a fresh part_id."""
        return {"part_id": new_id()} if self.model is not None and issubclass(self.model, Part) else {}

    def literal(self, text: str) -> Json:
        """Return the text of a selector as a value of this field. Raises ConfigurationError for no code."""
        if self.boolean:
            return text == "true"
        if self.codes is not None and text not in list(self.codes):
            raise ConfigurationError(
                f"{text!r} is no {self.codes.__name__}.", hint=_nearest(text, list(self.codes))
            )
        return text


def _nearest(text: str, names: list[str]) -> str:
    near = get_close_matches(text, names, 1)
    return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names)}."


def _parts(hint: Any) -> Iterator[Any]:
    """Yield the types and marks that a hint is made of, None and lists unwrapped."""
    origin = get_origin(hint)
    if origin is Annotated:
        yield from _parts(hint.__origin__)
        yield from hint.__metadata__
    elif origin in (Union, UnionType, list):
        for argument in get_args(hint):
            yield from _parts(argument)
    else:
        yield hint


def _listed(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return _listed(hint.__origin__)
    return get_origin(hint) is list


@cache
def _hints(model: type[Model]) -> dict[str, Any]:
    return get_type_hints(model, include_extras=True)


@cache
def shape_of(model: type[Model], name: str) -> Shape:
    """Return the shape of a field. Raises ConfigurationError, with the nearest name, if there is none."""
    if name not in model.model_fields:
        raise ConfigurationError(
            f"{model.__name__} has no field {name!r}.", hint=_nearest(name, sorted(model.model_fields))
        )
    hint, info = _hints(model)[name], model.model_fields[name]
    parts = list(_parts(hint))
    types = [part for part in parts if isinstance(part, type)]
    default = info.get_default(call_default_factory=True)
    return Shape(
        model=next((part for part in types if issubclass(part, Model)), None),
        codes=next((part for part in types if issubclass(part, StrEnum)), None),
        refers_to=next((part.entity for part in parts if isinstance(part, RefersTo)), None),
        listed=_listed(hint),
        entries=any(get_origin(part) is dict for part in parts),
        nullable=NoneType in parts,
        mandatory=default is PydanticUndefined,
        default=None if default is PydanticUndefined else to_jsonable_python(default),
        boolean=bool in types,
    )
