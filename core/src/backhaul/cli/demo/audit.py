"""The audit: what a back office really holds, against what the front office believes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backhaul.bootstrap import Backhaul
from backhaul.entities import Record
from backhaul.processes.operations.balance import BalanceRow, balance_in
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.capability import Role
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.store.deliveries import Delivery, DeliveryFilter
from backhaul.store.delivery_state import State
from backhaul.store.unit_of_work import UnitOfWork

_PAGE = 500
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a back office shows of itself: its objects by resource, and every write that it accepted."""

    objects: Mapping[str, Sequence[Document]] = field(repr=False)
    journal: Sequence[Mapping[str, Any]] = field(repr=False)


@dataclass(slots=True)
class Compared:
    """One entity at one back office.

    `expected` counts the records that it should have, `there` its objects, `bound` our cross references to
    them, `created` the creates that it accepted from us.
    """

    entity: str
    resource: str
    expected: int = 0
    there: int = 0
    bound: int = 0
    created: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Finding:
    """One back office: its balance, what was compared, and what is wrong, in words."""

    back_office: str
    balance: BalanceRow
    compared: list[Compared] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def audit(backhaul: Backhaul, back_office: str, holdings: Holdings) -> Finding:
    """Compare. Changes nothing; to be called when nothing is on its way."""
    with backhaul.store.read() as uow:
        rows = {row.back_office: row for row in balance_in(uow, backhaul.landscape)}
        return _Audit(backhaul, uow, holdings, Finding(back_office, rows[back_office])).done()


class _Audit:
    def __init__(self, backhaul: Backhaul, uow: UnitOfWork, holdings: Holdings, finding: Finding) -> None:
        self._backhaul = backhaul
        self._uow = uow
        self._holdings = holdings
        self._finding = finding
        self._name = finding.back_office
        self._invocation = backhaul.landscape.invocation(self._name)
        self._deliveries = list(self._all_deliveries())
        self._bound = list(uow.cross_references.all(self._name))

    def done(self) -> Finding:
        self._check_balance()
        for entity in self._backhaul.landscape.entities:
            if self._invocation.can(Role.SENDS, entity):
                self._finding.compared.append(self._compared(entity))
                self._check_creates(entity)
        self._check_bindings()
        return self._finding

    def _wrong(self, text: str, examples: Iterable[object] = ()) -> None:
        named = sorted(map(str, examples))
        tail = f": {', '.join(named[:_SHOWN])}{' …' if len(named) > _SHOWN else ''}" if named else ""
        self._finding.wrong.append(f"{self._name}: {text}{tail}")

    # -- the balance of deliveries ------------------------------------------------------------------------

    def _all_deliveries(self) -> Iterator[Delivery]:
        last = 0
        while page := self._uow.deliveries.page(DeliveryFilter(self._name), limit=_PAGE, after=last):
            yield from page
            last = page[-1].id

    def _check_balance(self) -> None:
        row = self._finding.balance
        if not row.holds:
            self._wrong(f"planned {row.planned} is not the sum of its states and {row.open} open")
        # Places in a lane are given out without gaps, so a delivery that was lost leaves one.
        places = Counter[int]()
        for delivery in self._deliveries:
            places[delivery.lane_id] = max(places[delivery.lane_id], delivery.seq)
        if places.total() != len(self._deliveries) or places.total() != row.planned:
            self._wrong(f"{places.total()} deliveries were planned, and {len(self._deliveries)} are there")
        if row.open:
            self._wrong("deliveries that are still open", [row.open])
        unmerged = [delivery.id for delivery in self._deliveries if delivery.merge_failed]
        if unmerged:
            self._wrong("replies could not be merged, of deliveries", unmerged)

    # -- objects and records ------------------------------------------------------------------------------

    def _compared(self, entity: str) -> Compared:
        schema: WireSchema[Record] = self._invocation.schema(Role.SENDS, entity)
        compared = Compared(entity, schema.resource)
        objects = self._holdings.objects.get(schema.resource, ())
        compared.there = len(objects)
        compared.bound = sum(one.resource == schema.resource for one in self._bound)
        compared.created = sum(self._made(schema.resource).values())
        by_record: dict[str | None, list[Document]] = {}
        for found in objects:
            by_record.setdefault(schema.our_id(found), []).append(found)
        expected = self._expected(entity)
        compared.expected = len(expected)
        compared.missing = sorted(expected - by_record.keys())
        for record_id, found_there in by_record.items():
            if record_id not in expected:
                self._wrong(f"{len(found_there)} objects of {schema.resource} belong to no {entity} here")
            elif len(found_there) > 1:
                compared.doubled.append(record_id)
        compared.differing = list(self._differing(entity, schema, by_record, expected))
        for what in ("missing", "doubled", "differing"):
            if named := getattr(compared, what):
                self._wrong(f"{entity}s {what}", named)
        return compared

    def _expected(self, entity: str) -> set[str]:
        """Every live record, but for those that a person has still to deal with."""
        live = {record.id for record in self._records(entity)}
        last = {one.record_id: one.state for one in self._deliveries if one.entity == entity}
        return {one for one in live if last.get(one) not in (State.REJECTED, State.UNMAPPABLE, State.DEAD)}

    def _records(self, entity: str) -> Iterator[Record]:
        after: str | None = None
        while page := self._uow.records.with_all_keys(entity, [], after=after, limit=_PAGE):
            yield from (stored.typed(self._backhaul.landscape.entities) for stored in page)
            after = page[-1].id

    def _differing(
        self,
        entity: str,
        schema: WireSchema[Record],
        by_record: Mapping[str | None, Sequence[Document]],
        expected: set[str],
    ) -> Iterator[str]:
        refs = [(entity, record_id) for record_id in sorted(expected) if record_id in by_record]
        wanted = {
            pair
            for _, record_id in refs
            for found in by_record[record_id]
            for pair in schema.unresolved(schema.parse(found, partial=True).fields)
        }
        snapshots = SnapshotLoader(self._backhaul.landscape).load(self._uow, self._name, refs, also=wanted)
        for ref in refs:
            paths = _differences(schema, snapshots[ref], by_record[ref[1]][0])
            if paths:
                yield f"{ref[1]} ({', '.join(sorted(paths)[:_SHOWN])})"

    # -- creates and bindings -----------------------------------------------------------------------------

    def _check_creates(self, entity: str) -> None:
        """What it has made for us: once per record, and exactly what completed deliveries say."""
        schema: WireSchema[Record] = self._invocation.schema(Role.SENDS, entity)
        made = self._made(schema.resource)
        twice = [record_id for record_id, number in made.items() if number > 1]
        if twice:
            self._wrong(f"{schema.resource} created more than once for", twice)
        created = {
            delivery.record_id
            for delivery in self._deliveries
            if delivery.entity == entity and delivery.state is State.COMPLETED and _is_create(delivery)
        }
        if created != made.keys():
            self._wrong(
                f"creates of {entity}s completed here and accepted there differ", created ^ made.keys()
            )

    def _made(self, resource: str) -> Counter[str]:
        """How often it accepted a create from us, by our id."""
        return Counter(
            str(entry["our_id"])
            for entry in self._holdings.journal
            if (entry["operation"], entry["resource"], entry["by"]) == ("create", resource, "api")
        )

    def _check_bindings(self) -> None:
        """Every object has its record, and every cross reference its object."""
        bound = {(one.resource, one.external_id) for one in self._bound}
        there = {
            (resource, str(found["id"]))
            for resource, objects in self._holdings.objects.items()
            for found in objects
        }
        if there - bound:
            self._wrong("objects without a cross reference", there - bound)
        if bound - there:
            self._wrong("cross references without an object", bound - there)


def _is_create(delivery: Delivery) -> bool:
    return delivery.pin is not None and delivery.pin["change"] == "create"


def _differences(schema: WireSchema[Record], snapshot: Snapshot, found: Document) -> set[str]:
    """The fields in which the record, as it would be told over there, and the object differ."""
    if snapshot.record is None:
        return {"deleted here"}
    ours = schema.flatten(snapshot.record, snapshot.context, received=True)
    theirs = schema.understood(schema.parse(found, partial=True).fields, snapshot.context)
    return {path for path in ours.keys() | theirs.keys() if not _same(ours.get(path), theirs.get(path))}


def _same(ours: Json, theirs: Json) -> bool:
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)
