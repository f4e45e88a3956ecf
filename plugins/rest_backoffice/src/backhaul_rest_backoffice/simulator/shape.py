"""Shapes: what a property may hold. Every object is closed: a property that is not named is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from backhaul_rest_backoffice.simulator.refusal import bad_request

MISSING = "21"
INVALID = "22"
UNKNOWN = "23"


class Shape(Protocol):
    """Checks one value and names the place in its refusal."""

    def check(self, value: Any, place: str) -> None:
        """Raise Refusal (400) when the value does not have this shape."""
        ...


def _refuse(place: str, expected: str) -> None:
    raise bad_request(INVALID, f"{place}: {expected} is expected.")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One JSON value of a type."""

    type: type
    noun: str

    def check(self, value: Any, place: str) -> None:
        """A bool is no number here, although Python says so."""
        if not isinstance(value, self.type) or (isinstance(value, bool) and self.type is not bool):
            _refuse(place, self.noun)


class Anything:
    """Any JSON value except null."""

    def check(self, value: Any, place: str) -> None:
        """Null only clears, in a patch."""
        if value is None:
            _refuse(place, "a value")


class Moment:
    """A date and time with an offset, RFC 3339."""

    def check(self, value: Any, place: str) -> None:
        """Local times are refused."""
        try:
            offset = datetime.fromisoformat(value).utcoffset()
        except (TypeError, ValueError):
            offset = None
        if offset is None:
            _refuse(place, "a date-time with an offset")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the listed texts, exactly."""

    options: frozenset[str]

    def check(self, value: Any, place: str) -> None:
        """Case counts."""
        if not isinstance(value, str) or value not in self.options:
            _refuse(place, f"one of {', '.join(sorted(self.options))}")


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one shape."""

    element: Shape

    def check(self, value: Any, place: str) -> None:
        """Every element has the shape."""
        if not isinstance(value, list):
            _refuse(place, "a list")
        for position, element in enumerate(value):
            self.element.check(element, f"{place}[{position}]")


@dataclass(frozen=True, slots=True)
class Structure:
    """A closed object."""

    properties: Mapping[str, Shape]
    mandatory: frozenset[str] = field(default_factory=frozenset)

    def check(self, value: Any, place: str) -> None:
        """Known properties only, the mandatory ones present and not empty."""
        if not isinstance(value, dict):
            _refuse(place, "an object")
        for name, member in value.items():
            shape = self.properties.get(name)
            if shape is None:
                raise bad_request(UNKNOWN, f"{place} has no property {name!r}.")
            shape.check(member, f"{place}.{name}")
        for name in self.mandatory:
            given = value.get(name)
            # A characteristic may have an empty value; an empty name is none.
            if given is None or (given == "" and self.properties[name] is TEXT):
                raise bad_request(MISSING, f"{place} lacks the mandatory property {name!r}.")


TEXT = Scalar(str, "a text")
NUMBER = Scalar(int, "a whole number")
FLAG = Scalar(bool, "true or false")
ANY = Anything()
MOMENT = Moment()
