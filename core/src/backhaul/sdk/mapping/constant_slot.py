"""A value that is the same in every document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.context import Outward
from backhaul.sdk.mapping.explanation import Explanation
from backhaul.sdk.mapping.parsed import Reading
from backhaul.sdk.mapping.slot import Slot
from backhaul.sdk.mapping.wire_path import WirePath
from backhaul.sdk.mapping.wire_step import kind_of


class ConstantSlot(Slot):
    """Written with every document (or only with those that create); never read."""

    flat = ""
    read = False

    def __init__(self, value: Json, place: WirePath, inside: str, *, create_only: bool) -> None:
        self.value = value
        self.place = place
        self.shown = f"{inside}{place}"
        self.create_only = create_only

    def state(self, document: Document, *, created: bool) -> None:
        """Write the value."""
        if created or not self.create_only:
            self.place.write(document, self.value)

    def flatten(
        self, model: Any, scope: Outward, prefix: str, out: dict[str, Json], *, lenient: bool
    ) -> None:
        """Add nothing: it is no field of the record."""

    def parse(self, document: Any, prefix: str, reading: Reading) -> None:
        """Read nothing."""

    def explain(self, model: Any, scope: Outward, prefix: str) -> Iterator[Explanation]:  # noqa: ARG002
        """Show the constant."""
        rule = "constant, on creation" if self.create_only else "constant"
        yield Explanation(self.shown, "", rule, None, self.value, None)

    def manifest(self) -> Iterator[str]:
        """Yield the wire path and the value's kind."""
        yield f"{self.shown}: constant {kind_of(self.value).split()[-1]}"

    @property
    def roots(self) -> tuple[WirePath, ...]:
        """The wire path it writes to."""
        return (self.place,)
