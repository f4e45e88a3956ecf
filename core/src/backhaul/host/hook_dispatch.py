"""Calls the hooks of all plugins: in their stated order, each attributed and isolated."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

from backhaul.entities import Record
from backhaul.host.hook_result import (
    MisfitError,
    ResultCheck,
    a_document,
    a_reply,
    kind,
    same_record,
    wire_fields,
)
from backhaul.host.implementation import Implementation, implementations
from backhaul.sdk.errors import BackhaulError, ErrorContext, MappingError, RejectedError
from backhaul.sdk.hooks import AlertRule, HookCall, ParkedDelivery, RecordChange
from backhaul.sdk.json import Document, Json
from backhaul.sdk.reply import Reply

logger = logging.getLogger(__name__)

V = TypeVar("V")

#: What a hook raises on purpose, to veto.
_VETOES: Mapping[str, tuple[type[BackhaulError], ...]] = {
    "before_map": (MappingError,),
    "before_call": (MappingError,),
    "before_save": (RejectedError,),
}


class HookDispatch:
    """The hooks of these plugins, by plugin name; implements `backhaul.sdk.hooks.Hooks`.

    A hook that returns a value hands it to the next one. One that raises, or returns what cannot be used,
    is a HookError that names plugin and hook; those that only listen are logged instead, and the next is
    told all the same. Safe to call from several threads. Raises ConfigurationError for unusable hooks.
    """

    def __init__(self, plugins: Mapping[str, object]) -> None:
        self._implementations = implementations(plugins)

    def order(self, hook: str) -> tuple[str, ...]:
        """The plugins that implement a hook, in the order in which they are called."""
        return tuple(one.plugin for one in self._implementations[hook])

    def should_send(self, call: HookCall, record: Record) -> bool:
        """False as soon as one implementation vetoes."""
        for one in self._implementations["should_send"]:
            answer = _answer(one, {"call": call, "record": record}, _of_call(call))
            if answer is not None and not isinstance(answer, bool):
                raise one.misfit(f"returned {kind(answer)} instead of a bool or None", _of_call(call))
            if answer is False:
                return False
        return True

    def before_map(self, call: HookCall, record: Record) -> Record:
        """The record after every implementation."""
        return self._chained("before_map", "record", record, same_record, call)

    def before_call(self, call: HookCall, payload: Document) -> Document:
        """The payload after every implementation."""
        return self._chained("before_call", "payload", payload, a_document, call)

    def after_call(self, call: HookCall, reply: Reply) -> Reply:
        """The reply after every implementation."""
        return self._chained("after_call", "reply", reply, a_reply, call)

    def after_map(self, call: HookCall, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """The wire fields after every implementation."""
        return self._chained("after_map", "fields", fields, wire_fields, call)

    def before_save(self, record: Record, origin: str) -> Record:
        """The record after every implementation."""
        context = ErrorContext(operation=f"save {record.entity}")
        for one in self._implementations["before_save"]:
            record = _next(one, "record", record, same_record, {"origin": origin}, context)
        return record

    def delivery_parked(self, parked: ParkedDelivery) -> None:
        """Tell everyone; a failure is logged with its plugin."""
        subject = f"delivery {parked.delivery} to {parked.back_office}"
        self._tell("delivery_parked", {"parked": parked}, subject)

    def entity_changed(self, change: RecordChange) -> None:
        """Tell everyone; a failure is logged with its plugin."""
        self._tell(
            "entity_changed", {"change": change}, f"{change.entity} {change.id} version {change.version}"
        )

    def alert_rules(self) -> list[AlertRule]:
        """All rules of all plugins."""
        rules: list[AlertRule] = []
        for one in self._implementations["alert_rules"]:
            found = _answer(one, {}, ErrorContext())
            if found is not None and not isinstance(found, list):
                raise one.misfit(f"returned {kind(found)} instead of a list", ErrorContext())
            if not all(isinstance(rule, AlertRule) for rule in found or ()):
                raise one.misfit("returned a list with something else than AlertRule in it", ErrorContext())
            rules.extend(found or ())
        return rules

    def _chained(self, hook: str, name: str, value: V, check: ResultCheck, call: HookCall) -> V:
        context = _of_call(call)
        for one in self._implementations[hook]:
            value = _next(one, name, value, check, {"call": call}, context)
        return value

    def _tell(self, hook: str, arguments: Mapping[str, object], subject: str) -> None:
        for one in self._implementations[hook]:
            try:
                one.call(arguments)
            except Exception:
                logger.exception("Hook %s of plugin %s failed for %s; going on.", hook, one.plugin, subject)


def _next(
    one: Implementation,
    name: str,
    value: V,
    check: ResultCheck,
    others: Mapping[str, object],
    context: ErrorContext,
) -> V:
    result = _answer(one, {name: value, **others}, context)
    if result is None:
        return value
    try:
        return check(value, result)  # type: ignore[no-any-return]  # (the check gives the type of what went in)
    except MisfitError as misfit:
        raise one.misfit(str(misfit), context) from None


def _answer(one: Implementation, arguments: Mapping[str, object], context: ErrorContext) -> Any:
    try:
        return one.call(arguments)
    except _VETOES.get(one.hook, ()) as veto:
        veto.located(ErrorContext(plugin=one.plugin).over(context))
        raise
    except Exception as error:
        raise one.failed(error, context) from error


def _of_call(call: HookCall) -> ErrorContext:
    envelope = call.envelope
    return ErrorContext(call.back_office, envelope.process, envelope.correlation_id)
