"""What an answer changes here, worked out in a caller's thread and applied by the dispatcher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backhaul.entities import Record
from backhaul.processes.doubt import cleared, forgotten, unseen
from backhaul.processes.landscape import Landscape
from backhaul.processes.merge import Conflict, Merge, Side, settle_disputes, three_way
from backhaul.processes.snapshot import Snapshot
from backhaul.sdk.capability import Role
from backhaul.sdk.json import Json
from backhaul.sdk.mapping.difference import difference
from backhaul.sdk.mapping.field_path import elements_of
from backhaul.sdk.mapping.schema import WireSchema
from backhaul.sdk.outcome import View


@dataclass(slots=True)
class Resolution:
    """New sync facts of a record at a back office, and the new record where something was taken.

    `record` is the next version, not saved yet. `missing` are external ids that must be looked up before the
    merge can be worked out. `differs` says that what we may send still differs from the new base.
    """

    merge: Merge
    record: Record | None = None
    changed: tuple[str, ...] = ()
    missing: frozenset[tuple[str, str]] = frozenset()
    differs: bool = False

    @property
    def conflicts(self) -> list[Conflict]:
        """What lost."""
        return self.merge.conflicts


@dataclass(frozen=True, slots=True)
class SenderRights:
    """Ownership of one entity's fields as one back office meets it."""

    landscape: Landscape
    entity: str
    back_office: str

    def may_change(self, path: str) -> bool:
        """Whether this back office may change the field."""
        return self.landscape.ownership.may_change(self.entity, path, self.back_office)


@dataclass(frozen=True, slots=True)
class Merger:
    """Works out resolutions: maps our record, merges, applies, validates, asks `before_save`."""

    landscape: Landscape

    def resolve(
        self,
        snapshot: Snapshot,
        role: Role,
        view: View,
        *,
        sent: Mapping[str, Json] | None = None,
        base: Mapping[str, Json] | None = None,
        unknown: Mapping[str, Json] | None = None,
    ) -> Resolution:
        """Merge what a back office shows of a record that we have.

        `sent` are the fields of the send that this answers; `base` replaces the stored base, where that send
        has moved it; `unknown` are the fields of a send of unknown outcome, whose whole object this shows.
        Raises MappingError or what `before_save` raises.
        """
        assert snapshot.record is not None  # noqa: S101  (callers refuse tombstones first)
        invocation = self.landscape.invocation(snapshot.back_office)
        schema: WireSchema[Record] = invocation.schema(role, snapshot.record.entity)
        missing = schema.unresolved(view.fields) - set(snapshot.context.internal_ids) - snapshot.looked_up
        sync = snapshot.sync
        old_base = dict(sync.base if base is None else base)
        if missing:
            return Resolution(Merge(old_base, sync.stamps, sync.disputes), missing=frozenset(missing))
        ours = schema.flatten(snapshot.record, snapshot.context, received=True)
        shown = schema.understood(view.fields, snapshot.context)
        hidden = unseen(unknown or {}, shown)
        old_base = forgotten(old_base, hidden)
        theirs = View(shown | cleared(hidden, schema.reads), view.complete, view.stamp)
        pins = [item.pin["changes"] for item in snapshot.open if item.pinned]
        side = Side(ours, old_base, sync.stamps, sync.disputes, pins)
        rights = SenderRights(self.landscape, snapshot.record.entity, snapshot.back_office)
        merge = three_way(side, theirs, rights)
        if sent is not None:
            settle_disputes(merge, sent, theirs, ours)
        return self._applied(snapshot, snapshot.record, schema, merge)

    def echoed(self, snapshot: Snapshot, view: View, base: Mapping[str, Json]) -> Resolution | None:
        """The resolution of a reply that says nothing but what was just agreed; None for any other reply."""
        if any(base.get(path) != value for path, value in view.fields.items()):
            return None
        shown = {part for path in view.fields for part in elements_of(path)}
        if any(
            part not in shown and part.split("[", 1)[0] in view.complete
            for path in base
            for part in elements_of(path)
        ):
            return None
        stamps = dict(snapshot.sync.stamps)
        if view.stamp is not None:
            stamps |= dict.fromkeys(view.fields, view.stamp)
        settled = {path: values for path, values in snapshot.sync.disputes.items() if path not in view.fields}
        return Resolution(Merge(dict(base), stamps, settled))

    def unread(self, snapshot: Snapshot, unknown: Mapping[str, Json]) -> Resolution:
        """The resolution of a reading that cannot be understood: what was sent is to be sent again."""
        sync = snapshot.sync
        return Resolution(Merge(forgotten(sync.base, unknown), sync.stamps, sync.disputes))

    def _applied(
        self, snapshot: Snapshot, record: Record, schema: WireSchema[Record], merge: Merge
    ) -> Resolution:
        resolution = Resolution(merge)
        current = record
        if merge.take:
            current = self._changed(record, schema, merge, snapshot)
            if current != record:
                resolution.record = current
                resolution.changed = tuple(sorted(merge.take))
        if self.landscape.invocation(snapshot.back_office).can(Role.SENDS, record.entity):
            resolution.differs = self.differs(current, snapshot, merge)
        return resolution

    def _changed(
        self, record: Record, schema: WireSchema[Record], merge: Merge, snapshot: Snapshot
    ) -> Record:
        document = schema.apply(record.model_dump(mode="json"), merge.take, snapshot.context)
        changed = type(record).model_validate(type(record).consistent(document))
        if changed == record:
            return record
        kept = {"version": record.version + 1, "origin": snapshot.back_office}
        saved = self.landscape.hooks.before_save(changed.changed(**kept), snapshot.back_office)
        return saved.changed(**kept)

    def differs(self, record: Record, snapshot: Snapshot, merge: Merge) -> bool:
        """Whether a send would say anything new to this back office."""
        ours = self.landscape.invocation(snapshot.back_office).ours(record.entity, record, snapshot.context)
        may_send = self.landscape.ownership.may_send
        schema: WireSchema[Record] = self.landscape.invocation(snapshot.back_office).schema(
            Role.SENDS, record.entity
        )
        name = snapshot.back_office
        mine = {path: value for path, value in ours.items() if may_send(record.entity, path, name)}
        known = {
            path: value
            for path, value in merge.base.items()
            if may_send(record.entity, path, name) and schema.sends(path)
        }
        return bool(difference(mine, known))
