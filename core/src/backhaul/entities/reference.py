"""References from one record to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class Reference:
    """A record names another: entity, our id, and the path of the field (list positions left out)."""

    entity: str
    id: str
    path: str


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Marks a field (or the elements of a list) as the id of a record of this entity."""

    entity: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell readers of the published schema which record the id names."""
        return {**handler(schema), "x-backhaul-entity": self.entity}
