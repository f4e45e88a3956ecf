"""Records as the command line shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backhaul.entities import Record
    from backhaul.processes.landscape import Landscape


def document(record: Record) -> dict[str, Any]:
    """The canonical JSON document, with its entity; what is not set is left out."""
    return {"entity": record.entity, **record.model_dump(mode="json", exclude_none=True)}


def flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Field paths and values, for people; empty lists and tables are left out."""
    for name, member in value.items():
        yield from _flat(member, f"{prefix}{name}")


def _flat(value: Any, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        yield from flat(value, f"{path}.")
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value):
            yield from _flat(one, f"{path}[{number}]")
    elif isinstance(value, list):
        if value:
            yield path, ", ".join(map(str, value))
    else:
        yield path, value


def entity_named(landscape: Landscape, name: str) -> str:
    """The entity of this name, or of the process of this name. Raises NotFoundError."""
    if name.lower() in landscape.entities:
        return name.lower()
    from backhaul.sdk.errors import NotFoundError

    try:
        return landscape.catalogue.find(name).entity
    except NotFoundError as error:
        msg = f"There is neither an entity nor a process {name!r}."
        raise NotFoundError(
            msg, hint=f"Entities: {', '.join(sorted(landscape.entities))}. {error.hint}"
        ) from None
