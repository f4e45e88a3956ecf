"""The manifest of a plugin: what it can do, how that can be repeated, what its wire looks like."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel

from backhaul.cli.setting_types import in_words
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.capability import Capabilities, Capability, Role, declared
from backhaul.sdk.settings import AdapterSettings


def manifest(adapter: type[Adapter[Any]], settings: AdapterSettings | None = None) -> dict[str, Any]:
    """The manifest as one JSON document.

    Of a configured instance with its settings; without them, of what the class declares.
    """
    able = Capabilities(declared(adapter), adapter.unsupported)
    if settings is not None:
        able = adapter.capabilities(settings)
    return {
        "adapter": f"{adapter.__module__}:{adapter.__qualname__}",
        "stamps": adapter.stamps.value,
        "poll_sources": list(adapter.poll_sources),
        "capabilities": [_described(able, one) for one in able],
        "unsupported": dict(able.unsupported),
        "wire": _wire(able),
        "settings": settings_of(adapter.settings_type),
    }


def _described(able: Capabilities, one: Capability) -> dict[str, Any]:
    entity = one.entity.entity
    writes = one.role in (Role.SENDS, Role.DELETES)
    return {
        "entity": entity,
        "role": one.role.value,
        "wire": one.wire.__name__ if one.wire is not None else None,
        "repeat": one.repeat.value if writes else None,
        "probe": able.get(Role.PROBES, entity) is not None if writes else None,
        "embeds": [part.entity for part in one.embeds],
        "needs": [part.entity for part in one.needs],
        "batch": one.batch,
        "in_order": one.in_order,
    }


def _wire(able: Capabilities) -> dict[str, Any]:
    """Each wire schema once: its resource, its wire fields with their types, what it loses by declaration."""
    schemas = {one.wire.__name__: one.wire() for one in able if one.wire is not None}
    return {
        name: {
            "resource": schema.resource,
            "entity": schema.entity_type().entity,
            "fields": schema.manifest(),
            "losses": [f"{loss.source}: {loss.what}" for loss in schema.declared_losses],
            "value_maps": sorted(schema.value_map_names),
        }
        for name, schema in schemas.items()
    }


def settings_of(model: type[AdapterSettings]) -> list[dict[str, Any]]:
    """The keys of a plugin's table in the deployment file, its own before those that every one has."""
    common = AdapterSettings.model_fields
    ordered = sorted(model.model_fields, key=lambda name: name in common)
    return [
        {
            "key": name,
            "type": in_words(model.model_fields[name].annotation),
            "required": model.model_fields[name].is_required(),
            "default": None if model.model_fields[name].is_required() else _default(model, name),
        }
        for name in ordered
    ]


def _default(model: type[AdapterSettings], name: str) -> Any:
    default = model.model_fields[name].get_default(call_default_factory=True, validated_data={})
    if isinstance(default, BaseModel):
        return default.model_dump(mode="json")
    if isinstance(default, Enum):
        return default.value
    return list(default) if isinstance(default, tuple) else default
