"""How one wire field comes about."""

from __future__ import annotations

from dataclasses import dataclass

from backhaul.sdk.json import Json


@dataclass(frozen=True, slots=True)
class Explanation:
    """One wire field: where it stands, what it is made from, by which rule, and what that gives.

    `problem` says why there is no value, where mapping it failed; `loss` what does not come back.
    """

    wire_path: str
    source: str
    rule: str
    value_map: str | None
    value: Json
    loss: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """What a field is declared to lose on the way."""

    source: str
    wire_path: str
    what: str
