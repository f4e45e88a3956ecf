"""Copies of JSON values."""

from __future__ import annotations

from typing import Any


def copied(value: Any) -> Any:
    """Return a copy that shares no list or object; several times faster than copy.deepcopy."""
    if isinstance(value, dict):
        return {
            name: copied(member) if isinstance(member, dict | list) else member
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [copied(member) if isinstance(member, dict | list) else member for member in value]
    return value
