"""Wire paths: where a value stands in a back office's document.

``engagedParty.id``; ``lines[0].text`` by position; ``contactMedium[mediumType=fax].characteristic.number`` by
predicate, several conditions parted by commas; ``phones[]`` for every element. In a predicate ``true``,
``false`` and whole numbers are what they look like; in double quotes they are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.missing import MISSING, MissingType
from backhaul.sdk.mapping.wire_step import Condition, Index, Match, Name, Step

Found: TypeAlias = "Json | MissingType"

_TOKEN: Final = re.compile(r'(?P<name>[^.\[\]]+)|\[(?P<inside>(?:"[^"]*"|[^\]"])*)\]|(?P<dot>\.)')
_CONDITION: Final = re.compile(r'\s*(?P<path>[^=,"]+?)\s*=\s*(?P<value>"[^"]*"|[^,"]*?)\s*(?:,|$)')
_WHOLE: Final = re.compile(r"-?\d+")
_LITERALS: Final = {"true": True, "false": False}


def _literal(text: str) -> Json:
    if text.startswith('"'):
        return text[1:-1]
    if text in _LITERALS:
        return _LITERALS[text]
    return int(text) if _WHOLE.fullmatch(text) else text


def _invalid(text: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"wire path {text!r}: {reason}.",
        hint="Write it like contactMedium[mediumType=fax].characteristic.number.",
    )


def _conditions(text: str, inside: str) -> Iterator[Condition]:
    position = 0
    while position < len(inside):
        found = _CONDITION.match(inside, position)
        if found is None:
            raise _invalid(text, f"cannot read the condition [{inside}]")
        path = WirePath(found["path"])
        if path.names is None:
            raise _invalid(text, "a condition looks at plain names only")
        yield Condition(path.names, _literal(found["value"]))
        position = found.end()


def _steps(text: str, *, first: bool, lone: bool) -> Iterator[Step]:
    position, after_name = 0, False
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or (found["inside"] is not None and not after_name):
            raise _invalid(text, f"unexpected {text[position]!r} at position {position}")
        if found["name"]:
            if after_name:
                raise _invalid(text, "a dot is missing after a bracket")
            yield Name(found["name"])
        elif found["inside"] is not None:
            inside = found["inside"].strip()
            indexed = inside.isdecimal()
            yield (
                Index(int(inside))
                if indexed
                else Match(tuple(_conditions(text, inside)), first=first, lone=lone)
            )
        elif not after_name:
            raise _invalid(text, "a name is missing before a dot")
        position, after_name = found.end(), found["dot"] is None
    if not after_name:
        raise _invalid(text, "it ends without a name")


class WirePath:
    """A compiled wire path; immutable.

    Two elements that satisfy a predicate, an object where a list belongs, or any other unexpected shape
    raises marshmallow.ValidationError, unless `first` or `lone` states the policy.
    """

    __slots__ = ("_last", "_pairs", "first", "lone", "names", "root", "steps", "text")

    def __init__(self, text: str, *, first: bool = False, lone: bool = False) -> None:
        self.text = text
        self.first = first
        self.lone = lone
        self.steps = tuple(_steps(text, first=first, lone=lone))
        plain = [step.name for step in self.steps if isinstance(step, Name)]
        self._pairs = tuple(zip(self.steps, self.steps[1:], strict=False))
        self._last = self.steps[-1]
        #: The names, where the path crosses no list; else None.
        self.names = tuple(plain) if len(plain) == len(self.steps) else None
        #: The names before the first list.
        self.root = self._root()

    def _root(self) -> tuple[str, ...]:
        names: list[str] = []
        for step in self.steps:
            if not isinstance(step, Name):
                break
            names.append(step.name)
        return tuple(names)

    @property
    def elements(self) -> Match | None:
        """The predicate that the path ends in, None where it names one value."""
        last = self.steps[-1]
        return last if isinstance(last, Match) else None

    def split(self) -> tuple[WirePath, WirePath | None]:
        """Return the path up to its last predicate, and that within the element (None: all of it)."""
        end = self.text.rfind("]")
        inner = self.text[end + 1 :].removeprefix(".")
        outer = WirePath(self.text[: end + 1], first=self.first, lone=self.lone)
        if outer.elements is None:
            raise _invalid(
                self.text, "expected a list element by predicate, such as relatedParty[role=contact].id"
            )
        return outer, WirePath(inner) if inner else None

    def read(self, document: Any) -> Found:
        """Return what stands there: MISSING if nothing was said, None if it or what holds it is null."""
        node: Any = document
        for step in self.steps:
            # Nearly every step is a name in an object, so that one is taken without a call.
            if type(step) is Name and type(node) is dict:
                node = node.get(step.name, MISSING)
            else:
                node = step.get(node)
            if node is MISSING or node is None:
                break
        return node  # type: ignore[no-any-return]

    def write(self, document: Document, value: Json) -> None:
        """Put the value there; objects, lists and the elements that a predicate asks for are made."""
        self._last.put(self._holder(document), value)

    def _holder(self, document: Document) -> Any:
        node: Any = document
        for step, following in self._pairs:
            node = step.enter(node, following)
        return node

    def erase(self, document: Document) -> None:
        """Take the value away, if it is there; what holds it stays."""
        node: Any = document
        for step in self.steps[:-1]:
            node = step.get(node)
            if node is MISSING or node is None:
                return
        self.steps[-1].drop(node)

    def existing(self, document: Any) -> list[Json] | MissingType | None:
        """Return the list that the final predicate selects from, as it stands in the document."""
        node: Any = document
        for step in self.steps[:-1]:
            node = step.get(node)
            if node is MISSING or node is None:
                return node
        return self._match().listed(node)

    def made(self, document: Document) -> list[Json]:
        """Return the list that the final predicate selects from, made where there is none."""
        holder: Any = self._holder(document)
        return self._match().listed(holder)

    def _match(self) -> Match:
        last = self.steps[-1]
        if not isinstance(last, Match):
            raise _invalid(self.text, "expected a list, such as phones[] or contactMedium[mediumType=fax]")
        return last

    def __str__(self) -> str:
        return self.text
