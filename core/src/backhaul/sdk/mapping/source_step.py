"""The steps of a canonical path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from marshmallow import ValidationError

from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.context import MapContext
from backhaul.sdk.mapping.shape import Shape


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a model."""

    name: str
    shape: Shape

    @property
    def shown(self) -> str:
        """This step in a flat path."""
        return f".{self.name}"

    def get(self, node: Any, _context: MapContext) -> Any:
        """Return the value."""
        return getattr(node, self.name)

    def find(self, node: Any) -> Json:
        """Return what stands in a document, None where nothing does."""
        return node.get(self.name) if isinstance(node, dict) else None

    def make(self, node: Any) -> Json:
        """Put an empty holder there and return it."""
        child: Json = [] if self.shape.listed else {} if self.shape.entries else self.shape.shell()
        node[self.name] = child
        return child

    def put(self, node: Any, value: Json) -> None:
        """Set the field; None clears it. Raises marshmallow.ValidationError where it is mandatory."""
        if value is None:
            if self.shape.mandatory and not self.shape.nullable:
                raise ValidationError("it was cleared there, but it is mandatory here")
            value = self.shape.unset()
        node[self.name] = value


@dataclass(frozen=True, slots=True)
class Entry:
    """A value under a key: a namespace or a field of the extensions."""

    name: str

    @property
    def shown(self) -> str:
        """This step in a flat path."""
        return f".{self.name}"

    def get(self, node: Any, _context: MapContext) -> Any:
        """Return the value, None where there is none."""
        return self.find(node)

    def find(self, node: Any) -> Json:
        """Return what stands in a document, None where nothing does."""
        return node.get(self.name) if isinstance(node, dict) else None

    def make(self, node: Any) -> Json:
        """Put an empty holder there and return it."""
        child: Document = {}
        node[self.name] = child
        return child

    def put(self, node: Any, value: Json) -> None:
        """Set the value; None takes it away."""
        if value is None:
            node.pop(self.name, None)
        else:
            node[self.name] = value


@dataclass(frozen=True, slots=True)
class Select:
    """The one element of a list of parts in which a field has this value."""

    name: str
    value: Json
    shape: Shape

    @property
    def shown(self) -> str:
        """This step in a flat path."""
        return f"[{str(self.value).lower() if isinstance(self.value, bool) else self.value}]"

    def _only(self, found: list[Any]) -> Any:
        if len(found) > 1:
            raise ValidationError(
                f"{len(found)} elements have {self.name} {self.value}, where the wire has room for one"
            )
        return found[0] if found else None

    def get(self, node: Any, _context: MapContext) -> Any:
        """Return the element. Raises marshmallow.ValidationError when there are several."""
        return self._only([part for part in node if getattr(part, self.name) == self.value])

    def find(self, node: Any) -> Json:
        """Return the element of a document. Raises marshmallow.ValidationError when there are several."""
        found: Json = self._only([part for part in node if part.get(self.name) == self.value])
        return found

    def make(self, node: Any) -> Json:
        """Append an element with this value and return it."""
        child = {**self.shape.shell(), self.name: self.value}
        node.append(child)
        return child

    def put(self, node: Any, value: Json) -> None:
        """Refuse: a path never ends in a selector."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Follow:
    """Into the record that a reference names; such a path is sent, never read."""

    entity: str

    @property
    def shown(self) -> str:
        """This step in a flat path."""
        return "->"

    def get(self, node: Any, context: MapContext) -> Any:
        """Return the embedded record. Raises marshmallow.ValidationError when it was not given."""
        record = context.embedded.get((self.entity, node))
        if record is None:
            raise ValidationError(f"{self.entity} {node} is named, but was not given to embed")
        return record

    def find(self, node: Any) -> Json:  # noqa: ARG002  (the steps are alike)
        """Return nothing: the document of another record is not at hand."""
        return None

    def make(self, node: Any) -> Json:  # noqa: ARG002  (the steps are alike)
        """Refuse: another record is changed by its own schema."""
        raise ValidationError("a field of an embedded record is changed by that record's own schema")

    def put(self, node: Any, value: Json) -> None:  # noqa: ARG002  (the steps are alike)
        """Refuse: another record is changed by its own schema."""
        self.make(node)


SourceStep: TypeAlias = Member | Entry | Select | Follow
