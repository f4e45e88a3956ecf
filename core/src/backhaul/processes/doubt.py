"""Doubt: what is agreed of a send of unknown outcome, once its object was read instead (RULES 5).

What the object shows, the merge decides. What it does not show is decided here: whether the send arrived is
not known of those fields, so that they must not pass for what was agreed before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backhaul.sdk.json import Json
from backhaul.sdk.mapping.field_path import elements_of


def unseen(sent: Mapping[str, Json], shown: Mapping[str, Json]) -> dict[str, Json]:
    """The fields of a send that the reading does not show, without those in elements that it does not show.

    An element that is gone is a change of theirs, and the merge's affair.
    """
    elements = {part for path in shown for part in elements_of(path)}
    return {
        path: value
        for path, value in sent.items()
        if path not in shown
        and path not in elements
        and all(part in elements for part in elements_of(path) if part != path)
    }


def cleared(hidden: Mapping[str, Json], reads: Callable[[str], bool]) -> dict[str, Json]:
    """What the send cleared and a reading of the whole object does not show is cleared there."""
    return {path: None for path, value in hidden.items() if value is None and reads(path)}


def forgotten(base: Mapping[str, Json], hidden: Mapping[str, Json]) -> dict[str, Json]:
    """The base without what the send has said, so that the next send says it again."""
    return {path: value for path, value in base.items() if hidden.get(path) is None}
