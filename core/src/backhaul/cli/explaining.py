"""Explaining a send: what a back office would be told of a record now, and where every field comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import uuid4

from backhaul.bootstrap import Backhaul
from backhaul.entities import Record
from backhaul.processes.landscape import Landscape
from backhaul.processes.route import Mode, Trigger
from backhaul.processes.snapshot import Snapshot, SnapshotLoader
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.hooks import HookCall
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping.explanation import Explanation
from backhaul.sdk.repeat import Change


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """One wire field: where it stands, what it is made from by which rule, and why it may be left out."""

    wire_path: str
    source: str
    rule: str
    value_map: str | None
    value: Json
    owner: str
    left_out: str | None
    loss: str | None
    problem: str | None


@dataclass(slots=True)
class Explained:
    """One back office: whether it would be told, the payload, and the origin of every field."""

    back_office: str
    plugin: str = ""
    routes: list[str] = field(default_factory=list)
    change: str | None = None
    external_ids: dict[str, str] = field(default_factory=dict)
    payload: Document | None = None
    fields: list[FieldOrigin] = field(default_factory=list)
    note: str | None = None
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        return asdict(self)


def explained(backhaul: Backhaul, entity: str, id: str, to: str | None = None) -> list[Explained]:  # noqa: A002
    """What each back office (or the named one) would be told of a record now; nothing is called.

    Hooks of plugins run, because they decide what is sent. Raises NotFoundError.
    """
    landscape = backhaul.landscape
    record = backhaul.front_office.load(entity, id)
    if to is not None:
        landscape.invocation(to)
    found = [
        _one(backhaul, landscape.invocations[name], record)
        for name in landscape.invocations
        if to in (None, name)
    ]
    missing = {} if to is not None else landscape.missing
    return found + [Explained(name, problem=f"not available: {reason}") for name, reason in missing.items()]


def _one(backhaul: Backhaul, invocation: Invocation, record: Record) -> Explained:
    result = Explained(invocation.name, invocation.plugin)
    if not invocation.can(Role.SENDS, record.entity):
        result.note = _not_sent(invocation, record.entity)
        return result
    with backhaul.store.read() as uow:
        ref = (record.entity, record.id)
        snapshot = SnapshotLoader(backhaul.landscape).load(uow, invocation.name, [ref])[ref]
    result.external_ids = dict(snapshot.bindings)
    result.routes = list(_routes(backhaul.landscape, invocation.name, record))
    try:
        _render(backhaul.landscape, invocation, record, snapshot, result)
    except BackhaulError as error:
        result.problem = str(error)
    return result


def _not_sent(invocation: Invocation, entity: str) -> str:
    owner = invocation.capabilities.owner_of(entity)
    if owner is not None:
        return f"it travels inside its {owner.entity.entity}: explain that instead"
    reason = invocation.capabilities.unsupported.get(entity)
    return f"never sent: {reason or f'the plugin {invocation.plugin} declares no such capability'}"


def _routes(landscape: Landscape, name: str, record: Record) -> Iterator[str]:
    """The routes that lead there, and whether their conditions hold."""
    document = record.model_dump(mode="json")
    for trigger in Trigger:
        for route in landscape.send_routes(record.entity, trigger):
            if name in route.to:
                met = "" if route.applies(document) else ", but its condition does not hold"
                mode = "" if route.mode is Mode.LIVE else f", {route.mode.value}"
                yield f"{route.process} on {trigger.value}{mode}{met}"


def _render(
    landscape: Landscape, invocation: Invocation, record: Record, snapshot: Snapshot, result: Explained
) -> None:
    schema = invocation.schema(Role.SENDS, record.entity)
    call = HookCall(invocation.name, _envelope(landscape, record.entity))
    bound = schema.resource in snapshot.bindings
    change = Change.UPDATE if bound else Change.CREATE
    result.change = change.value
    base = snapshot.sync.base if bound else {}
    enriched = invocation.hooks.before_map(call, record)
    origins = [
        _origin(landscape, invocation.name, record.entity, one)
        for one in schema.explain(enriched, snapshot.context)
    ]
    result.fields = origins
    rendered = invocation.render(
        record, change, base, snapshot.context, call,
        leave_out=lambda path: not landscape.ownership.may_send(record.entity, path, invocation.name),
    )  # fmt: skip
    result.payload = rendered.payload
    result.fields = [_settled(one, rendered.changes) for one in origins]
    if bound and not rendered.changes:
        result.note = "nothing would be sent: it has all of it already"


def _envelope(landscape: Landscape, entity: str) -> Envelope:
    process = landscape.catalogue.of(Verb.SEND, entity)
    message_id = uuid4().hex
    return Envelope(message_id, message_id, process.name if process else f"Send {entity}", entity, Verb.SEND)


def _origin(landscape: Landscape, name: str, entity: str, one: Explanation) -> FieldOrigin:
    owner = landscape.ownership.owner(entity, one.source)
    left_out = None if landscape.ownership.may_send(entity, one.source, name) else f"{owner} owns it"
    return FieldOrigin(
        one.wire_path, one.source, one.rule, one.value_map, one.value, owner, left_out, one.loss, one.problem
    )


def _settled(one: FieldOrigin, changes: Mapping[str, Json]) -> FieldOrigin:
    """Say of a field that is not in the payload why."""
    if one.left_out or one.problem or _within(one.source, changes):
        return one
    return replace(one, left_out="not set" if one.value is None else "it has this value already")


def _within(source: str, changes: Mapping[str, Json]) -> bool:
    return source in changes or any(source.startswith(f"{path}.") for path in changes)
