"""Errors raised by the entities themselves."""

from __future__ import annotations


class SchemaVersionError(ValueError):
    """A stored document has a schema version that this release cannot read.

    Raised for a version newer than the entity knows, below 1, or for which an upcaster is missing.
    """

    def __init__(self, entity: str, found: int, known: int, reason: str) -> None:
        """Name the entity, the version found, the newest known version and what to do."""
        super().__init__(f"{entity}: schema version {found} cannot be read (newest known: {known}): {reason}")
        self.entity = entity
        self.found = found
        self.known = known
