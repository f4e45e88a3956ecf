"""JSON merge patches that leave alone what is theirs."""

from __future__ import annotations

from typing import Any

from backhaul.sdk.json import Document, Fields
from backhaul.sdk.mapping.copied import copied
from backhaul.sdk.mapping.missing import MISSING
from backhaul.sdk.mapping.plan import Plan
from backhaul.sdk.mapping.slot import Nulls


def merge_patch(plan: Plan, current: Document, changes: Fields) -> Document:
    """Return the merge patch for these changes: it replaces whole arrays, so those come in full."""
    changed: Document = copied(current)
    plan.write(changed, changes, Nulls.ERASE)
    values, lists = plan.outward.of(changes)
    touched = [*plan.constants, *(slot for slot, _ in values), *lists]
    patch: Document = {}
    for slot in touched:
        for place in slot.roots:
            _carry(changed, patch, place.root)
    return patch


def _carry(changed: Any, patch: Document, names: tuple[str, ...]) -> None:
    """Copy one member from the changed document into the patch; a list that nobody has needs no word."""
    value: Any = changed
    for name in names:
        value = value.get(name, MISSING) if isinstance(value, dict) else MISSING
    if value is MISSING:
        return
    *outer, last = names
    target: Any = patch
    for name in outer:
        target = target.setdefault(name, {})
    target[last] = value
