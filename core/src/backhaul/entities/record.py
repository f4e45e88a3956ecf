"""Records: what has an id, a version and a life of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import Field, StrictInt

from backhaul.entities.errors import SchemaVersionError
from backhaul.entities.extension import Extensions
from backhaul.entities.key import INTEGRATION_ID, Key, KeyKind, distinct
from backhaul.entities.model import Model
from backhaul.entities.moment import UtcDatetime
from backhaul.entities.reference import Reference
from backhaul.entities.reference_walk import references_in
from backhaul.entities.text import Identifier

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns a document of one schema version into the next one's."""


class Record(Model):
    """A canonical record. `id` is ours and never changes; `version` counts the saves, 0 = not saved yet.

    `origin` says who made the last change: `front`, or the name of a back office.
    """

    entity: ClassVar[str]
    schema_version: ClassVar[int] = 1
    upcasters: ClassVar[Mapping[int, Upcaster]] = MappingProxyType({})
    key_kinds: ClassVar[tuple[KeyKind, ...]] = ()

    id: Identifier
    version: StrictInt = Field(default=0, ge=0)
    created_at: UtcDatetime | None = None
    updated_at: UtcDatetime | None = None
    origin: Identifier = "front"
    integration_id: Identifier | None = None
    extensions: Extensions = Field(default_factory=dict)

    def ordering_key(self) -> str:
        """Return what orders its deliveries: its account, where it has exactly one; else its own id."""
        return self.id

    def keys(self) -> tuple[Key, ...]:
        """Return the strong and search keys, normalised, each once; the id is a strong key without saying."""
        return distinct(INTEGRATION_ID.key(self.integration_id), *self.own_keys())

    def own_keys(self) -> tuple[Key | None, ...]:
        """Return the keys that only this entity has; None for a field that is empty."""
        return ()

    def references(self) -> tuple[Reference, ...]:
        """Return the records this one names, each once per path, in the order of the fields."""
        return tuple(dict.fromkeys(references_in(self)))

    @classmethod
    def consistent(cls, document: dict[str, Any]) -> dict[str, Any]:
        """Return a merged document without what the merge left dangling; by default nothing can be."""
        return document

    @classmethod
    def key_kind(cls, name: str) -> KeyKind:
        """Return the kind of key with this name, to look records up by. Raises ValueError if unknown."""
        kinds = {kind.name: kind for kind in (INTEGRATION_ID, *cls.key_kinds)}
        if name not in kinds:
            msg = f"{cls.entity} has no key {name!r}; it has: {', '.join(sorted(kinds))}"
            raise ValueError(msg)
        return kinds[name]

    @classmethod
    def upcast(cls, document: dict[str, Any], from_version: int) -> dict[str, Any]:
        """Return the stored document in the shape of this release; the document given is left as it is.

        Raises SchemaVersionError for a version newer than known, below 1, or without an upcaster.
        """
        if from_version > cls.schema_version:
            reason = "it was written by a newer release; run that release or a later one"
            raise SchemaVersionError(cls.entity, from_version, cls.schema_version, reason)
        current = deepcopy(document)
        for version in range(from_version, cls.schema_version):
            if version < 1 or version not in cls.upcasters:
                reason = f"there is no upcaster from version {version}"
                raise SchemaVersionError(cls.entity, from_version, cls.schema_version, reason)
            current = cls.upcasters[version](current)
        return current
