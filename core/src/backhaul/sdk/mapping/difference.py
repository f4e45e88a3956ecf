"""What has to be said to a back office, and what is agreed once it was said."""

from __future__ import annotations

from backhaul.sdk.json import Fields, Json
from backhaul.sdk.mapping.field_path import elements_of, is_element


def _same(ours: Json, theirs: Json) -> bool:
    # True == 1 in Python; on the wire they are two values.
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)


def _elements(fields: Fields) -> set[str]:
    return {part for path in fields for part in elements_of(path)}


def difference(ours: Fields, base: Fields) -> dict[str, Json]:
    """Return the fields to send so that `base` becomes `ours`.

    An element that only the base has becomes ``{"addresses[billing]": None}``. An unset field of which the
    base says nothing is left out: nothing was agreed that could be cleared. A new element is named even if
    all of its fields are unset.
    """
    changed = {path: value for path, value in ours.items() if not _same(value, base.get(path))}
    here, there = _elements(ours), _elements(base)
    for part in (here - there) - _elements(changed):
        changed |= {path: value for path, value in ours.items() if part in elements_of(path)}
    for path in base:
        gone = next((part for part in elements_of(path) if part not in here), None)
        if gone is not None:
            changed[gone] = None
    return changed


def advance(base: Fields, sent: Fields) -> dict[str, Json]:
    """Return the base after `sent` is agreed; a removed element takes all of its paths with it."""
    removed = {path for path, value in sent.items() if value is None and is_element(path)}
    kept = dict(base)
    if removed:
        kept = {path: value for path, value in base.items() if removed.isdisjoint(elements_of(path))}
    return kept | {path: value for path, value in sent.items() if path not in removed}
