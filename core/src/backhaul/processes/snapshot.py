"""Snapshots: what mapping, merging and calling need to know, loaded in batch by the dispatcher."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from backhaul.entities import Record, Reference
from backhaul.processes.landscape import Landscape
from backhaul.sdk.capability import Role
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.mapping.context import MapContext
from backhaul.store.deliveries import Delivery
from backhaul.store.records import Ref, StoredRecord
from backhaul.store.sync_states import SyncState
from backhaul.store.unit_of_work import UnitOfWork


@dataclass(slots=True)
class Snapshot:
    """One record as one back office concerns it, at one moment.

    `record` is None for a tombstone or a record that never was. `looked_up` are the external ids that were
    asked for, found or not.
    """

    back_office: str
    ref: Ref
    record: Record | None
    deleted: bool
    sync: SyncState
    bindings: dict[str, str]
    context: MapContext
    open: list[Delivery]
    parents: list[Record] = field(default_factory=list)
    looked_up: frozenset[tuple[str, str]] = frozenset()
    references: Sequence[Reference] = ()

    def unbound(self, refers_to: frozenset[str]) -> list[Ref]:
        """The records that this one names in its payload and that had no id there yet."""
        known = {(entity, record_id) for _, entity, record_id in self.context.external_ids}
        named = {(found.entity, found.id) for found in self.references if found.entity in refers_to}
        return sorted(named - known)


@dataclass(frozen=True, slots=True)
class SnapshotLoader:
    """Loads snapshots of many records with a handful of queries."""

    landscape: Landscape

    def load(
        self,
        uow: UnitOfWork,
        back_office: str,
        refs: Sequence[Ref],
        *,
        also: Iterable[tuple[str, str]] = (),
    ) -> dict[Ref, Snapshot]:
        """Snapshots by record; `also` are (resource, external id) pairs that inbound fields name."""
        invocation = self.landscape.invocation(back_office)
        stored = uow.records.many(refs)
        typed = self._typed(stored)
        references = {ref: record.references() for ref, record in typed.items()}
        named = {(found.entity, found.id) for items in references.values() for found in items}
        external = uow.cross_references.to_external(back_office, {*refs, *named})
        asked = frozenset(also)
        internal = uow.cross_references.to_internal(back_office, asked)
        context = self._context(back_office, external, internal, self._embedded(uow, invocation, references))
        states = uow.sync_states.many(back_office, refs)
        opened = uow.deliveries.open_of(back_office, refs)
        return {
            ref: Snapshot(
                back_office=back_office,
                ref=ref,
                record=typed.get(ref),
                deleted=ref in stored and stored[ref].deleted,
                sync=states.get(ref) or SyncState(back_office, *ref),
                bindings=external.get(ref, {}),
                context=context,
                open=opened[ref],
                looked_up=asked,
                references=references.get(ref, ()),
            )
            for ref in refs
        }

    def _typed(self, stored: Mapping[Ref, StoredRecord]) -> dict[Ref, Record]:
        return {
            ref: found.typed(self.landscape.entities) for ref, found in stored.items() if not found.deleted
        }

    def _embedded(
        self, uow: UnitOfWork, invocation: Invocation, references: Mapping[Ref, Sequence[Reference]]
    ) -> dict[Ref, Record]:
        """The records that travel inside the payloads of these."""
        wanted: set[Ref] = set()
        for (entity, _), named in references.items():
            capability = invocation.capabilities.get(Role.SENDS, entity)
            if capability is not None and capability.embeds:
                parts = {part.entity for part in capability.embeds}
                wanted |= {(found.entity, found.id) for found in named if found.entity in parts}
        return self._typed(uow.records.many(wanted))

    def _context(
        self,
        back_office: str,
        external: Mapping[Ref, Mapping[str, str]],
        internal: Mapping[tuple[str, str], Ref],
        embedded: Mapping[Ref, Record],
    ) -> MapContext:
        outward = {
            (resource, *ref): external_id
            for ref, bound in external.items()
            for resource, external_id in bound.items()
        }
        inward = {
            (resource, external_id): (entity, record_id)
            for (resource, entity, record_id), external_id in outward.items()
        }
        return MapContext(
            back_office=back_office,
            value_maps=self.landscape.value_maps.get(back_office, {}),
            external_ids=outward,
            internal_ids={**inward, **internal},
            embedded=embedded,
        )
