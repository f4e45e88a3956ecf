"""The hook specs: where a site's own plugin can enrich, veto or listen.

Implement any of them as functions or methods marked with `hookimpl`. Several implementations run in a
stated order (`tryfirst`, `trylast`, then by plugin name), each attributed and isolated: a failing one names
plugin and hook and never changes what already happened at the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pluggy

from backhaul.entities import Record
from backhaul.sdk.envelope import Envelope
from backhaul.sdk.json import Document, Json
from backhaul.sdk.reply import Reply

PROJECT = "backhaul"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True)
class HookCall:
    """Which call a hook sees: the back office and the envelope."""

    back_office: str
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A committed change of a record: which fields, who made it."""

    entity: str
    id: str
    version: int
    origin: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ParkedDelivery:
    """A delivery that waits for a person, and why."""

    delivery: int
    back_office: str
    entity: str
    record_id: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A condition on a record that raises an alert for the agent."""

    entity: str
    name: str
    when: Mapping[str, Json] = field(default_factory=dict)
    message: str = ""


class HookSpecs:
    """Every hook; none may do I/O inside a store transaction, and none is called there."""

    @hookspec
    def should_send(self, call: HookCall, record: Record) -> bool | None:
        """Fires before the first attempt. May veto: False skips it, unless it is bound there already."""

    @hookspec
    def before_map(self, call: HookCall, record: Record) -> Record | None:
        """Fires before the first attempt, before mapping.

        Return an enriched copy, or None. May veto by raising MappingError. What it adds is sent, not
        stored.
        """

    @hookspec
    def before_call(self, call: HookCall, payload: Document) -> Document | None:
        """Fires before the first attempt, after mapping; the result is pinned for every attempt.

        May veto by raising MappingError.
        """

    @hookspec
    def after_call(self, call: HookCall, reply: Reply) -> Reply | None:
        """Fires when the system has said yes.

        May replace the reply, may not veto: a failure completes the delivery with the flag
        merge_failed.
        """

    @hookspec
    def after_map(self, call: HookCall, fields: Mapping[str, Json]) -> Mapping[str, Json] | None:
        """Fires when a reply or an inbound message has been read to wire fields, before the merge.

        May replace them; on a reply it may not veto.
        """

    @hookspec
    def before_save(self, record: Record, origin: str) -> Record | None:
        """Fires before a record is saved, outside any transaction.

        May replace it; may veto by raising RejectedError.
        """

    @hookspec
    def delivery_parked(self, parked: ParkedDelivery) -> None:
        """Fires after a delivery was parked. May not veto."""

    @hookspec
    def entity_changed(self, change: RecordChange) -> None:
        """Fires after a change was committed. May not veto."""

    @hookspec
    def alert_rules(self) -> list[AlertRule] | None:
        """The alert rules that the plugin adds. Not asked for before there are alerts."""


class Hooks(Protocol):
    """The dispatcher as the rest of Backhaul sees it: one typed method per hook."""

    def should_send(self, call: HookCall, record: Record) -> bool:
        """False as soon as one implementation vetoes."""
        ...

    def before_map(self, call: HookCall, record: Record) -> Record:
        """The record after every implementation."""
        ...

    def before_call(self, call: HookCall, payload: Document) -> Document:
        """The payload after every implementation."""
        ...

    def after_call(self, call: HookCall, reply: Reply) -> Reply:
        """The reply after every implementation."""
        ...

    def after_map(self, call: HookCall, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """The wire fields after every implementation."""
        ...

    def before_save(self, record: Record, origin: str) -> Record:
        """The record after every implementation."""
        ...

    def delivery_parked(self, parked: ParkedDelivery) -> None:
        """Tell everyone; a failure is logged with its plugin."""
        ...

    def entity_changed(self, change: RecordChange) -> None:
        """Tell everyone; a failure is logged with its plugin."""
        ...

    def alert_rules(self) -> list[AlertRule]:
        """All rules of all plugins."""
        ...


class NoHooks:
    """Hooks of a deployment without hook plugins: everything passes unchanged."""

    def should_send(self, call: HookCall, record: Record) -> bool:
        """Nothing vetoes."""
        del call, record
        return True

    def before_map(self, call: HookCall, record: Record) -> Record:
        """The record itself."""
        del call
        return record

    def before_call(self, call: HookCall, payload: Document) -> Document:
        """The payload itself."""
        del call
        return payload

    def after_call(self, call: HookCall, reply: Reply) -> Reply:
        """The reply itself."""
        del call
        return reply

    def after_map(self, call: HookCall, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """The fields themselves."""
        del call
        return fields

    def before_save(self, record: Record, origin: str) -> Record:
        """The record itself."""
        del origin
        return record

    def delivery_parked(self, parked: ParkedDelivery) -> None:
        """Nobody listens."""

    def entity_changed(self, change: RecordChange) -> None:
        """Nobody listens."""

    def alert_rules(self) -> list[AlertRule]:
        """No rules."""
        return []
