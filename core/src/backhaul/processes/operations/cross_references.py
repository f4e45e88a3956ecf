"""What operators do with cross references: export pairs, import pairs. Nothing is ever rebound."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, TextIO

from backhaul.delivery.settlement import rejoin
from backhaul.entities import Record
from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.mandate import Mandate
from backhaul.processes.operations.pair_rows import (
    COLUMNS,
    PairRow,
    RefusedRow,
    cells_of,
    pair_rows,
    unknown_name,
)
from backhaul.sdk.errors import ConflictError
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.mapping import ExternalId, WireSchema
from backhaul.sdk.repeat import Change
from backhaul.store.delivery_state import State
from backhaul.store.records import Ref
from backhaul.store.sync_states import Presence, SyncState
from backhaul.store.unit_of_work import Store, UnitOfWork

_ROWS_AT_ONCE = 200
#: Other writers must get a turn between two transactions, or they starve (RULES 9).
_BREATHER = 0.001


@dataclass(slots=True)
class ImportReport:
    """How many pairs are new, were there already, and were refused why; `woken` deliveries go on."""

    bound: int = 0
    unchanged: int = 0
    woken: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self)


class CrossReferenceOperations:
    """Export and import. `planned` is called after a commit that gives workers something to do."""

    def __init__(
        self, store: Store, landscape: Landscape, *, planned: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._landscape = landscape
        self._planned = planned

    def rows(self, back_office: str | None = None) -> Iterator[tuple[str, ...]]:
        """Every pair in the order of COLUMNS, streamed from one snapshot; no header."""
        with self._store.read() as uow:
            for pair in uow.cross_references.all(back_office):
                yield cells_of(pair)

    def export(self, target: TextIO, back_office: str | None = None) -> int:
        """Write the pairs as CSV, ready to be imported again; their number."""
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(COLUMNS)
        number = 0
        for number, cells in enumerate(self.rows(back_office), start=1):  # noqa: B007  (the last one counts)
            writer.writerow(cells)
        return number

    def load(
        self,
        lines: Iterable[str],
        by: Mandate,
        *,
        source: str = "pairs",
        also_resources: frozenset[str] = frozenset(),
    ) -> ImportReport:
        """Bind the pairs of a CSV text; a row that is refused is reported with its line and left out.

        A newly bound record has an empty base: nothing is known to be agreed, so its next send says all of
        it. Deliveries that waited for the binding go on; nothing else is planned. Run again, it changes
        nothing. Resources that no wire schema names are refused as slips unless listed in `also_resources`.
        Raises MappingError for a file with another header.
        """
        report = ImportReport()
        rows = pair_rows(lines)
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            report.refused += [row for row in batch if isinstance(row, RefusedRow)]
            self._take([row for row in batch if isinstance(row, PairRow)], by, source, also_resources, report)
            time.sleep(_BREATHER)
        if report.woken:
            self._planned()
        return report

    def _take(
        self, rows: list[PairRow], by: Mandate, source: str, also: frozenset[str], report: ImportReport
    ) -> None:
        with self._store.write() as uow:
            known = uow.records.many(row.ref for row in rows)
            creates = _open_creates(uow, rows)
            bound: list[int] = []
            for row in rows:
                reason = self._unfit(row, also)
                if reason is None and row.ref not in known:
                    reason = f"there is no {row.pair.entity} {row.pair.record_id} here"
                reason = reason or creates.get((row.pair.backoffice, row.ref))
                if reason is None:
                    reason = self._bind(uow, row, bound, report)
                if reason is not None:
                    report.refused.append(RefusedRow(row.line, reason))
            if bound:
                detail = {"bound": len(bound), "first_line": bound[0], "last_line": bound[-1]}
                by.audit(uow, "xref import", source, detail)

    def _unfit(self, row: PairRow, also: frozenset[str]) -> str | None:
        """Why the names of a row cannot be right."""
        pair = row.pair
        if pair.entity not in self._landscape.entities:
            return unknown_name("entity", pair.entity, self._landscape.entities)
        if pair.backoffice in self._landscape.missing:
            return f"{pair.backoffice} is not available: {self._landscape.missing[pair.backoffice]}"
        invocation = self._landscape.invocations.get(pair.backoffice)
        if invocation is None:
            return unknown_name("back office", pair.backoffice, self._landscape.invocations)
        known = resources_of(invocation)
        if pair.resource not in known | also:
            # Bound under a name that nobody reads, the record would be created a second time.
            return unknown_name(f"resource of {pair.backoffice}", pair.resource, known)
        return None

    def _bind(self, uow: UnitOfWork, row: PairRow, bound: list[int], report: ImportReport) -> str | None:
        pair = row.pair
        primary = self._landscape.invocation(pair.backoffice).resource(pair.entity)
        try:
            with uow.savepoint():
                new = uow.cross_references.bind(pair.backoffice, pair.resource, pair.external_id, row.ref)
                if new and pair.resource == primary:
                    _present(uow, row)
        except ConflictError as error:
            return error.message
        if not new:
            report.unchanged += 1
            return None
        bound.append(row.line)
        report.bound += 1
        report.woken += _woken(uow, row)
        return None


def resources_of(invocation: Invocation) -> frozenset[str]:
    """The resources that the wire schemas of a back office name: their own and those they refer to."""
    found: set[str] = set()
    for capability in invocation.capabilities:
        if capability.wire is None:
            continue
        schema: WireSchema[Record] = invocation.schema(capability.role, capability.entity.entity)
        found.add(schema.resource)
        found |= {field.resource for field in schema.plan.fields() if isinstance(field, ExternalId)}
    return frozenset(found)


def _open_creates(uow: UnitOfWork, rows: list[PairRow]) -> dict[tuple[str, Ref], str]:
    """Records that are being created there: bound by hand, what was pinned would make a second object."""
    found: dict[tuple[str, Ref], str] = {}
    for name in {row.pair.backoffice for row in rows}:
        refs = [row.ref for row in rows if row.pair.backoffice == name]
        for ref, deliveries in uow.deliveries.open_of(name, refs).items():
            for delivery in deliveries:
                if delivery.pinned and delivery.pin["change"] == Change.CREATE.value:
                    found[name, ref] = (
                        f"delivery {delivery.id} ({delivery.state}) may have created it: "
                        "settle that as done with this external id, or as not done"
                    )
    return found


def _present(uow: UnitOfWork, row: PairRow) -> None:
    """It is there. A create that was said yes to has left its base already; anything else starts empty."""
    state = uow.sync_states.get(row.pair.backoffice, row.ref)
    if state.presence is Presence.ABSENT:
        state = SyncState(
            row.pair.backoffice, *row.ref, sent_version=state.sent_version, revision=state.revision
        )
    state.presence = Presence.BOUND
    if not uow.sync_states.put(state):
        msg = f"The {row.pair.entity} {row.pair.record_id} changed while it was being bound."
        raise ConflictError(msg, hint="Import the file again: what is bound stays bound.")


def _woken(uow: UnitOfWork, row: PairRow) -> int:
    """What waits for this record there, whatever for, looks again."""
    waiting = uow.deliveries.waiting_on(row.pair.backoffice, [row.ref])
    for delivery in waiting:
        rejoin(uow, delivery, State.PENDING)
    return len(waiting)
