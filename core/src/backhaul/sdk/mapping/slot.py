"""Slots: the compiled fields of a schema, which know canonical and wire path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from marshmallow import ValidationError

from backhaul.sdk.errors import MappingError
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.context import Inward, MapContext, Outward
from backhaul.sdk.mapping.explanation import Explanation, Loss
from backhaul.sdk.mapping.parsed import Reading, Removal
from backhaul.sdk.mapping.wire_path import WirePath

if TYPE_CHECKING:
    from backhaul.sdk.mapping.field import WireField


class Nulls(StrEnum):
    """What becomes of a cleared field: left out, written as null, or taken out of the document."""

    OMIT = "omit"
    WRITE = "write"
    ERASE = "erase"


#: Fields of one list, by element key and by path within the element ("": the whole element).
ElementFields: TypeAlias = dict[str, dict[str, Json]]


class Slot(ABC):
    """One compiled field; immutable."""

    #: Canonical path within the model, "" for what has none.
    flat: str
    #: Wire path from the top of the document.
    shown: str
    sent: bool = True
    read: bool = True

    @abstractmethod
    def flatten(
        self, model: Any, scope: Outward, prefix: str, out: dict[str, Json], *, lenient: bool
    ) -> None:
        """Add this field of the model to `out`; lenient: required fields may be unset."""

    @abstractmethod
    def parse(self, document: Any, prefix: str, reading: Reading) -> None:
        """Add what the document says about this field."""

    @abstractmethod
    def explain(self, model: Any, scope: Outward, prefix: str) -> Iterator[Explanation]:
        """Say how the field comes about."""

    @abstractmethod
    def manifest(self) -> Iterator[str]:
        """Yield its wire paths with their types."""

    def losses(self, prefix: str) -> Iterator[Loss]:  # noqa: ARG002
        """Yield what is declared to be lost."""
        yield from ()

    def fields(self) -> Iterator[WireField]:
        """Yield the fields that spell its values."""
        yield from ()

    @property
    @abstractmethod
    def roots(self) -> tuple[WirePath, ...]:
        """The wire paths it writes to."""

    def failed(self, error: ValidationError, prefix: str) -> MappingError:
        """Translate a marshmallow error: the one place where that is done."""
        source = f"{prefix}{self.flat}"
        reason = "; ".join(_messages(error.messages))
        where = f"{source} (on the wire: {self.shown})" if source else self.shown
        return MappingError(f"{where}: {reason}.", path=source or self.shown)


def _messages(messages: Any) -> Iterator[str]:
    if isinstance(messages, dict):
        for message in messages.values():
            yield from _messages(message)
    elif isinstance(messages, list):
        for message in messages:
            yield from _messages(message)
    else:
        yield str(messages).rstrip(".")


class ValueSlot(Slot):
    """A slot with one value."""

    #: Whether it is applied after the others of its document.
    late: bool = False

    @abstractmethod
    def write(self, document: Document, value: Json, nulls: Nulls) -> None:
        """Put a wire value into a wire document."""

    @abstractmethod
    def apply(self, document: Document, value: Json, scope: Inward) -> None:
        """Put the meaning of a wire value into a canonical document."""

    @abstractmethod
    def understood(self, value: Json, context: MapContext) -> dict[str, Json]:
        """Return the value, by its path, as we shall spell it once applied; nothing if policy ignores it."""

    @abstractmethod
    def unresolved(self, value: Json) -> set[tuple[str, str]]:
        """Return the (resource, external id) pairs that `apply` needs."""


class ListSlot(Slot):
    """A slot with elements; fields come by element key and by path within the element ("": all of it)."""

    @abstractmethod
    def write(self, document: Document, elements: ElementFields, nulls: Nulls) -> None:
        """Put elements into a wire document; a removed one (None) is taken out only when nulls are erased."""

    @abstractmethod
    def apply(self, document: Document, elements: ElementFields, scope: Inward) -> None:
        """Put the meaning of elements into a canonical document."""

    @abstractmethod
    def understood(self, elements: ElementFields, context: MapContext) -> ElementFields:
        """Return the elements as we shall spell them once applied, without what policy ignores."""

    @abstractmethod
    def unresolved(self, elements: ElementFields) -> set[tuple[str, str]]:
        """Return the (resource, external id) pairs that `apply` needs."""

    @abstractmethod
    def removals(self, elements: ElementFields, prefix: str) -> Iterator[Removal]:
        """Yield the elements that are removed."""
