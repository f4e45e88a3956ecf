"""The steps of a wire path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from marshmallow import ValidationError

from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.missing import MISSING

_KINDS = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words; the value itself may be personal data."""
    return "null" if value is None else _KINDS.get(type(value), f"a {type(value).__name__}")


def _expected(what: str, found: object) -> ValidationError:
    return ValidationError(f"{kind_of(found)} stands where {what} belongs")


@dataclass(frozen=True, slots=True)
class Name:
    """A member of an object."""

    name: str

    def get(self, node: Any) -> Any:
        """Return the member, MISSING when it was not said."""
        if not isinstance(node, dict):
            raise _expected("an object", node)
        return node.get(self.name, MISSING)

    def enter(self, node: Any, following: Step) -> Any:
        """Return the member as the holder of the next step, made when there is none."""
        child = self.get(node)
        if child is MISSING or child is None:
            child = node[self.name] = following.holder()
        elif isinstance(following, Match) and following.lone and isinstance(child, dict):
            child = node[self.name] = [child]
        return child

    def put(self, node: Any, value: Json) -> None:
        """Set the member."""
        if not isinstance(node, dict):
            raise _expected("an object", node)
        node[self.name] = value

    def drop(self, node: Any) -> None:
        """Remove the member."""
        if isinstance(node, dict):
            node.pop(self.name, None)

    def holder(self) -> Json:
        """Return an empty value that can hold this step."""
        return {}


@dataclass(frozen=True, slots=True)
class Index:
    """An element of a list by its position, counted from zero."""

    position: int

    def get(self, node: Any) -> Any:
        """Return the element, MISSING when the list is shorter."""
        if not isinstance(node, list):
            raise _expected("a list", node)
        return node[self.position] if self.position < len(node) else MISSING

    def enter(self, node: Any, following: Step) -> Any:
        """Return the element as the holder of the next step; a shorter list is filled with nulls."""
        child = self.get(node)
        if child is MISSING or child is None:
            child = following.holder()
            self.put(node, child)
        return child

    def put(self, node: Any, value: Json) -> None:
        """Set the element; a shorter list is filled with nulls."""
        if not isinstance(node, list):
            raise _expected("a list", node)
        node.extend([None] * (self.position + 1 - len(node)))
        node[self.position] = value

    def drop(self, node: Any) -> None:
        """Set the element to null: the positions of the others stay."""
        if isinstance(node, list) and self.position < len(node):
            node[self.position] = None

    def holder(self) -> Json:
        """Return an empty value that can hold this step."""
        return []


@dataclass(frozen=True, slots=True)
class Condition:
    """A member of an element that must have this value."""

    names: tuple[str, ...]
    value: Json

    def met(self, element: dict[str, Any]) -> bool:
        """Whether the element says so; a number never equals a truth value."""
        node: Any = element
        for name in self.names:
            if not isinstance(node, dict):
                return False
            node = node.get(name, MISSING)
        return bool(node == self.value) and isinstance(node, bool) == isinstance(self.value, bool)

    def state(self, element: Document) -> None:
        """Make the element say so."""
        *outer, last = self.names
        node: Any = element
        for name in outer:
            node = node.setdefault(name, {})
        node[last] = self.value


@dataclass(frozen=True, slots=True)
class Match:
    """The elements of a list that meet every condition; one of them, unless a field iterates."""

    conditions: tuple[Condition, ...]
    first: bool = False
    lone: bool = False
    #: The usual predicate, one member with one text, is looked for without a call per element.
    plain: tuple[str, str] | None = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Recognise the usual predicate."""
        if len(self.conditions) == 1 and len(self.conditions[0].names) == 1:
            value = self.conditions[0].value
            if isinstance(value, str):
                object.__setattr__(self, "plain", (self.conditions[0].names[0], value))

    def listed(self, node: Any) -> list[Json]:
        """Return the list to select from."""
        if isinstance(node, list):
            return node
        if self.lone and isinstance(node, dict):
            return [node]
        raise _expected("a list", node)

    def selects(self, element: Any) -> bool:
        """Whether the element meets every condition."""
        if not isinstance(element, dict):
            return False
        for condition in self.conditions:  # noqa: SIM110  (a generator costs twice the time, and this runs per element)
            if not condition.met(element):
                return False
        return True

    def get(self, node: Any) -> Any:
        """Return the one element that meets the conditions, MISSING when none does."""
        if self.plain is not None:
            name, value = self.plain
            listed = self.listed(node)
            found: list[Any] = [each for each in listed if type(each) is dict and each.get(name) == value]
        else:
            found = [element for element in self.listed(node) if self.selects(element)]
        if len(found) > 1 and not self.first:
            raise ValidationError(f"{len(found)} elements meet the predicate, where one is expected")
        return found[0] if found else MISSING

    def enter(self, node: Any, _following: Step) -> Any:
        """Return the element, appended when none meets the conditions."""
        child = self.get(node)
        if child is MISSING:
            child = self.shell()
            self.listed(node).append(child)
        return child

    def shell(self) -> Document:
        """Return a new element that says nothing but the conditions."""
        element: Document = {}
        for condition in self.conditions:
            condition.state(element)
        return element

    def put(self, node: Any, value: Json) -> None:
        """Append the value: a list of scalars has nothing to select by."""
        self.listed(node).append(value)

    def drop(self, node: Any) -> None:
        """Remove the elements that meet the conditions."""
        kept = [element for element in self.listed(node) if not self.selects(element)]
        self.listed(node)[:] = kept

    def holder(self) -> Json:
        """Return an empty value that can hold this step."""
        return []


Step: TypeAlias = Name | Index | Match
