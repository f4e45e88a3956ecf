"""What a mapping may look at besides the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from backhaul.entities import Record
from backhaul.sdk.mapping.value_map import ValueMap


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MapContext:
    """Facts gathered before mapping; mapping itself does no I/O.

    `external_ids`: (resource, entity, our id) to the back office's id. `internal_ids`: (resource, its id) to
    (entity, our id). `embedded`: records that the payload of another one carries, by (entity, id).
    """

    back_office: str
    value_maps: Mapping[str, ValueMap] = field(default_factory=_nothing)
    external_ids: Mapping[tuple[str, str, str], str] = field(default_factory=_nothing)
    internal_ids: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=_nothing)
    embedded: Mapping[tuple[str, str], Record] = field(default_factory=_nothing)


#: For a mapping that needs none: marshmallow's own calls, and the keys of elements.
NO_CONTEXT = MapContext("")


@dataclass(frozen=True, slots=True)
class Outward:
    """What a field sees when it spells a value: the context and the whole record."""

    context: MapContext
    record: Any


@dataclass(frozen=True, slots=True)
class Inward:
    """What a field sees when it understands a value: the context and the canonical document so far."""

    context: MapContext
    document: dict[str, Any]
