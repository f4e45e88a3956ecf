"""Faults: why a row cannot be imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: the column (empty: the row as a whole) and a reason for people."""

    field: str
    reason: str


def united(faults: Sequence[Fault]) -> Fault:
    """Return one fault that names them all, under the field of the first: a row is mended in one go."""
    first, *others = faults
    return Fault(
        first.field, "; also ".join([first.reason, *(f"{one.field}: {one.reason}" for one in others)])
    )
