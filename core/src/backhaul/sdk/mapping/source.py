"""Canonical paths: where a value stands in a record.

``credit_profile.credit_limit``; ``extensions.acme.tier``; ``addresses[usage=billing].city`` in the element
that says so; ``primary_contact_id->first_name`` in a record that the payload embeds.
"""

from __future__ import annotations

import re
from typing import Any, Final

from backhaul.entities import ENTITIES, Model
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.context import MapContext
from backhaul.sdk.mapping.shape import Shape, shape_of
from backhaul.sdk.mapping.source_step import Entry, Follow, Member, Select, SourceStep

_TOKEN: Final = re.compile(
    r"(?P<name>[A-Za-z_](?:\w|-(?!>))*)|\[(?P<key>\w+)=(?P<value>[^\]]+)\]|(?P<follow>->)|(?P<dot>\.)"
)


def _invalid(text: str, model: type[Model], reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"source {text!r} of {model.__name__}: {reason}.",
        hint="Write it like name, credit_profile.credit_limit or addresses[usage=billing].city.",
    )


class Source:
    """A canonical path compiled against its model; immutable. Raises ConfigurationError for one it lacks."""

    __slots__ = ("_cleared", "attribute", "embedded", "flat", "leaf", "steps", "text")

    def __init__(self, text: str, model: type[Model]) -> None:
        self.text = text
        steps, self.leaf = _compiled(text, model)
        self.steps = tuple(steps)
        #: The path as flat fields show it: ``addresses[billing].city``.
        self.flat = "".join(step.shown for step in self.steps).removeprefix(".").replace("->.", "->")
        self._cleared = _cleared(self.steps)
        #: Whether it leads into another record.
        self.embedded = any(isinstance(step, Follow) for step in self.steps)
        first = self.steps[0]
        #: The attribute, where the path is no more than that.
        self.attribute = first.name if len(self.steps) == 1 and isinstance(first, Member) else None

    def get(self, model: Model, context: MapContext) -> Any:
        """Return the value, None where it or what holds it is unset."""
        node: Any = model
        for step in self.steps:
            node = step.get(node, context)
            if node is None:
                return None
        return node

    def value(self, document: Document) -> Json:
        """Return the value as it stands in a canonical document, None where there is none."""
        node: Json = document
        for step in self.steps:
            node = step.find(node)
            if node is None:
                return None
        return node

    def set(self, document: Document, value: Json) -> None:
        """Put the value into a canonical document; what holds it is made, except to hold nothing.

        None gives the field's own default; an optional holder that cannot be without the field goes with it.
        Raises marshmallow.ValidationError where the field is mandatory.
        """
        node: Json = document
        *outer, last = self._cleared if value is None else self.steps
        for step in outer:
            child = step.find(node)
            if child is None:
                if value is None:
                    return
                child = step.make(node)
            node = child
        last.put(node, value)


def _cleared(steps: tuple[SourceStep, ...]) -> tuple[SourceStep, ...]:
    """Return the path to what is cleared: for a mandatory field of an optional object, the object."""
    *_, holder, last = (None, *steps)
    if (
        isinstance(last, Member)
        and last.shape.mandatory
        and isinstance(holder, Member)
        and holder.shape.nullable
    ):
        return steps[:-1]
    return steps


def _compiled(text: str, model: type[Model]) -> tuple[list[SourceStep], Shape]:
    steps: list[SourceStep] = []
    shape, position = Shape(model=model), 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise _invalid(text, model, f"unexpected {text[position]!r} at position {position}")
        position = found.end()
        if found["dot"]:
            continue
        step, shape = _step(text, model, shape, found)
        steps.append(step)
    if not steps or text.endswith((".", "->")) or isinstance(steps[-1], Select):
        raise _invalid(text, model, "it must end in the name of a field")
    return steps, shape


def _step(text: str, model: type[Model], shape: Shape, found: re.Match[str]) -> tuple[SourceStep, Shape]:
    if found["follow"]:
        if shape.refers_to is None or shape.refers_to not in ENTITIES:
            raise _invalid(text, model, "-> stands after a field that names another record")
        return Follow(shape.refers_to), Shape(model=ENTITIES[shape.refers_to])
    if found["key"]:
        if not shape.listed or shape.model is None:
            raise _invalid(text, model, f"[{found['key']}=...] stands after a list of parts")
        key = shape_of(shape.model, found["key"])
        element = Shape(model=shape.model)
        return Select(found["key"], key.literal(found["value"]), element), element
    name = found["name"]
    if shape.entries:
        return Entry(name), Shape(entries=True)
    if shape.model is None or shape.listed:
        raise _invalid(text, model, f"{name!r} stands after a field that holds no single object")
    member = shape_of(shape.model, name)
    return Member(name, member), member
