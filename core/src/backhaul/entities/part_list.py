"""Lists of parts, told apart by their part ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import AfterValidator

from backhaul.entities.part import Part

_Parts = TypeVar("_Parts", bound=Sequence[Part])


def distinct_parts(parts: _Parts) -> _Parts:
    """Return the parts unchanged. Raises ValueError when two carry the same part_id."""
    seen: set[str] = set()
    for part in parts:
        if part.part_id in seen:
            msg = f"part_id {part.part_id!r} stands twice in this list; each part needs its own"
            raise ValueError(msg)
        seen.add(part.part_id)
    return parts


Distinct = AfterValidator(distinct_parts)
"""Put on a list of parts: each part_id stands once."""

_PartType = TypeVar("_PartType", bound=Part)
PartList = Annotated[list[_PartType], Distinct]
"""A list of parts in which each part_id stands once."""
