"""What every field of one schema has in common when it is compiled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from backhaul.entities import Model
from backhaul.sdk.json import Json

#: What text may stand on the wire: `line` also refuses tabs and line feeds.
TextForm: TypeAlias = Literal["json", "xml", "line"]


@dataclass(frozen=True, slots=True)
class Wiring:
    """Model, options of the wire, and the wire path of the element that the fields stand in."""

    schema: str
    root: type[Model]
    model: type[Model]
    text: TextForm = "json"
    cleared: Json = None
    inside: str = ""

    def within(self, model: type[Model], inside: str) -> Self:
        """Return the wiring of the elements of a list."""
        return replace(self, model=model, inside=f"{self.inside}{inside}.")
