"""The keys that a settings class or an entity knows, at any depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, get_args, get_origin

from pydantic import BaseModel


class UnknownPathError(Exception):
    """A field path leads nowhere; the text says where it ends and what there is instead."""


def suggestion(wanted: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest one, or all there are."""
    names = sorted(set(known))
    near = get_close_matches(wanted, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(names)}" if names else "there is none"


def keys_at(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that may stand in the table at a path; parts that are no field (indexes, tags) are skipped."""
    models: tuple[type[BaseModel], ...] = (model,)
    for part in path:
        inner = [
            found for one in models for key, hint in _fields(one) if key == part for found in _models(hint)
        ]
        models = tuple(inner) or models
    return tuple(dict.fromkeys(key for one in models for key, _ in _fields(one)))


def hints_at(model: type[BaseModel], path: str) -> tuple[Any, ...]:
    """The types of the fields at a path (``credit_profile.status``), which may hold wildcards.

    List elements are left out of paths; below a field that takes any keys every path is right, and its type
    is Any. Raises UnknownPathError.
    """
    hints: tuple[Any, ...] = (model,)
    walked: list[str] = []
    for part in path.split("."):
        fields = [field for hint in hints for one in _models(hint) for field in _fields(one)]
        around = ".".join(walked)
        if not fields:
            raise UnknownPathError(f"{around!r} holds no fields, so there is no {part!r} in it")
        hints = tuple(hint for key, hint in fields if fnmatchcase(key, part))
        if not hints:
            keys = (key for key, _ in fields)
            place = f" in {around!r}" if around else ""
            raise UnknownPathError(f"there is no field {part!r}{place}; {suggestion(part, keys)}")
        if any(_takes_any_keys(hint) for hint in hints):
            return (Any,)
        walked.append(part)
    return hints


def codes_of(hints: Iterable[Any]) -> tuple[object, ...] | None:
    """The only values that a field of these types can have, where they are few: codes, true and false."""
    leaves = {leaf for hint in hints for leaf in _leaves(hint)} - {type(None)}
    if leaves and all(isinstance(leaf, type) and issubclass(leaf, Enum) for leaf in leaves):
        return tuple(member.value for leaf in leaves for member in leaf)
    return (True, False) if leaves == {bool} else None


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        alias = field.validation_alias or field.alias
        yield (alias if isinstance(alias, str) else name), field.annotation


def _leaves(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is None:
        yield hint
    # Only the first argument of Annotated is a type.
    for argument in get_args(hint)[: 1 if hasattr(hint, "__metadata__") else None]:
        yield from _leaves(argument)


def _models(hint: Any) -> Iterator[type[BaseModel]]:
    return (leaf for leaf in _leaves(hint) if isinstance(leaf, type) and issubclass(leaf, BaseModel))


def _takes_any_keys(hint: Any) -> bool:
    if hint in (Any, dict) or get_origin(hint) in (dict, Mapping):
        return True
    return any(_takes_any_keys(argument) for argument in get_args(hint))
