"""Turns: of several records in one transaction, the later ones about the same thing come after it.

Every decision is worked out before the transaction, on what was stored then: a second one about the same
record would be wrong as soon as the first is written. It is held in that transaction and decided after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from backhaul.entities import Record
from backhaul.processes.receiving.decision import Acknowledge, Create, Decision, Delete, Take
from backhaul.processes.receiving.item import Item

Mark = tuple[str, ...]

TURN = "turn"


@dataclass(slots=True)
class Turns:
    """What the records of one transaction are about: all that will be new, and those that were met so far."""

    _made: set[Mark] = field(default_factory=set)
    _met: set[Mark] = field(default_factory=set)

    def makes(self, decision: Decision) -> None:
        """Note a decision before any record asks for its turn."""
        if isinstance(decision, Create):
            self._made |= {("theirs", *pair) for pair in decision.bindings.items()}

    def waits(self, resource: str, item: Item, decision: Decision, named: set[tuple[str, str]]) -> bool:
        """Whether one before it is about the same, or any other makes what it names; then it was met."""
        marks = _of_item(resource, item) | _of_decision(item, decision)
        names: set[Mark] = {("theirs", *pair) for pair in named}
        meets = bool(self._met & marks or (self._met | self._made) & (names - marks))
        self._met |= marks
        return meets


def _of_item(resource: str, item: Item) -> set[Mark]:
    inbound = item.inbound
    marks: set[Mark] = {("theirs", *pair) for pair in inbound.bindings.items()}
    if inbound.external_id is not None:
        marks.add(("theirs", resource, inbound.external_id))
    if inbound.our_id is not None:
        marks.add(("ours", item.entity, inbound.our_id))
    if inbound.ticket is not None:
        marks.add(("ticket", inbound.ticket))
    return marks


def _of_decision(item: Item, decision: Decision) -> set[Mark]:
    match decision:
        case Take() | Acknowledge():
            resolution = decision.resolution
            record = resolution.record if resolution is not None else None
            return {("ours", *decision.snapshot.ref)} | _keys(item.entity, record)
        case Create() | Delete():
            return {("ours", item.entity, decision.record.id)} | _keys(item.entity, decision.record)
        case _:
            return set()


def _keys(entity: str, record: Record | None) -> set[Mark]:
    """Whatever has one of these keys is the same record."""
    if record is None:
        return set()
    return {("key", entity, key.kind, key.value) for key in record.keys() if key.strong}  # noqa: SIM118
