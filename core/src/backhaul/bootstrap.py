"""The composition root: from a deployment file to everything that works on it, composed once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backhaul.config import Deployment, Problem, load_deployment, problems_of, refuse
from backhaul.delivery.dispatcher import Dispatcher
from backhaul.delivery.limits import Limits
from backhaul.entities import ENTITIES, Record
from backhaul.host.discovery import Discovery, Quarantined, discover
from backhaul.host.hook_dispatch import HookDispatch
from backhaul.host.registry import Registry
from backhaul.processes.announcement import Announcements
from backhaul.processes.catalogue import Catalogue
from backhaul.processes.command import Commands
from backhaul.processes.front_office import FrontOffice
from backhaul.processes.gates import gate_problems
from backhaul.processes.get import Get
from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.lost_back_offices import refuse_lost_back_offices
from backhaul.processes.query import Query
from backhaul.processes.receive import Receive
from backhaul.processes.send import SendHandler, backoff_of
from backhaul.processes.worker import Worker
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.settings import AdapterSettings
from backhaul.sdk.transports.base import Transport
from backhaul.sdk.written import WatchedTransport
from backhaul.store.database import Database
from backhaul.store.schema import upgrade
from backhaul.store.unit_of_work import Store

_log = logging.getLogger(__name__)

#: Wraps the transport of a back office (recorder, replayer, faults, tracer); the default leaves it as it is.
Wrap = Callable[[str, Transport], Transport]


@dataclass(frozen=True, slots=True)
class Backhaul:
    """One deployment, ready to use. Close it when done."""

    deployment: Deployment
    landscape: Landscape
    store: Store
    front_office: FrontOffice
    commands: Commands
    get: Get
    query: Query
    receive: Receive
    announcements: Announcements
    quarantined: tuple[Quarantined, ...] = ()
    _closing: list[Callable[[], None]] = field(default_factory=list, repr=False)

    def dispatcher(self) -> Dispatcher:
        """A dispatcher for every available back office."""
        limits = {name: _limits(invocation) for name, invocation in self.landscape.invocations.items()}
        return Dispatcher(self.store, SendHandler(self.landscape, self.announcements), limits)

    def worker(self) -> Worker:
        """Dispatcher, pollers and held messages in one: what `backhaul worker` runs."""
        return Worker(self.dispatcher(), self.receive, self.landscape)

    def close(self) -> None:
        """Close adapters, transports and the store."""
        for close in self._closing:
            close()
        self.store.close()


def open_deployment(
    path: Path,
    *,
    discovery: Discovery | None = None,
    entities: Mapping[str, type[Record]] = ENTITIES,
    catalogue: Catalogue | None = None,
    strict: bool = False,
    wrap: Wrap | None = None,
) -> Backhaul:
    """Read a deployment file and compose everything. Raises ConfigurationError naming file and line.

    A plugin that is missing or broken does not stop the others: deliveries to its back offices are planned
    and held, and `strict` refuses to start instead.
    """
    deployment = load_deployment(path)
    return compose(
        deployment, discovery=discovery, entities=entities, catalogue=catalogue, strict=strict, wrap=wrap
    )


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[Backhaul]:
    """`open_deployment` for a with block."""
    backhaul = open_deployment(path, **options)
    try:
        yield backhaul
    finally:
        backhaul.close()


def compose(
    deployment: Deployment,
    *,
    discovery: Discovery | None = None,
    entities: Mapping[str, type[Record]] = ENTITIES,
    catalogue: Catalogue | None = None,
    strict: bool = False,
    wrap: Wrap | None = None,
) -> Backhaul:
    """Compose a deployment that is read already; see `open_deployment`."""
    processes = catalogue or Catalogue()
    registry = Registry(discovery or discover(), strict=strict)
    adapters, missing = _adapters(deployment, registry)
    settings, problems = deployment.all_settings(
        {name: adapter.settings_type for name, adapter in adapters.items()}
    )
    refuse([*problems, *problems_of(deployment, processes.find, entities)])
    in_use = {table.plugin for table in deployment.back_offices.values()}
    hooks = HookDispatch(registry.hooks(in_use, deployment.hook_plugins))
    invocations = {
        name: _invocation(name, deployment, adapters[name], settings[name], hooks, wrap) for name in adapters
    }
    landscape = Landscape(
        invocations=invocations,
        routes=deployment.routes,
        ownership=deployment.ownership,
        entities=entities,
        hooks=hooks,
        catalogue=processes,
        value_maps=deployment.value_maps,
        missing=missing,
    )
    refuse(_gate(deployment, landscape))
    return _assembled(deployment, landscape, registry)


def _adapters(
    deployment: Deployment, registry: Registry
) -> tuple[dict[str, type[Adapter[Any]]], dict[str, str]]:
    adapters: dict[str, type[Adapter[Any]]] = {}
    missing: dict[str, str] = {}
    for name, table in deployment.back_offices.items():
        found = registry.adapter(table.plugin)
        if isinstance(found, Quarantined):
            missing[name] = str(found)
            _log.error("back office %s is held: %s", name, found)
        else:
            adapters[name] = found
    return adapters, missing


def _invocation(
    name: str,
    deployment: Deployment,
    adapter: type[Adapter[Any]],
    settings: AdapterSettings,
    hooks: HookDispatch,
    wrap: Wrap | None,
) -> Invocation:
    transport = adapter.open_transport(settings)
    if wrap is not None:
        transport = wrap(name, transport)
    plugin = deployment.back_offices[name].plugin
    return Invocation(name, plugin, adapter(settings, WatchedTransport(transport)), hooks)


def _gate(deployment: Deployment, landscape: Landscape) -> list[Problem]:
    """A process routed to a system that cannot do it is refused at start, with the line (DESIGN §1)."""
    return [
        deployment.source.problem(("route", number, "to", index), message)
        for number, index, message in gate_problems(landscape)
    ]


def _assembled(deployment: Deployment, landscape: Landscape, registry: Registry) -> Backhaul:
    database = Database(deployment.store_url())
    upgrade(database)
    store = Store(database)
    try:
        refuse_lost_back_offices(store, deployment.back_offices)
    except ConfigurationError:
        store.close()
        raise
    announcements = Announcements(landscape.hooks)
    return Backhaul(
        deployment=deployment,
        landscape=landscape,
        store=store,
        front_office=FrontOffice(store, landscape, announcements),
        commands=Commands(store, landscape, announcements),
        get=Get(store, landscape),
        query=Query(store, landscape),
        receive=Receive(store, landscape, announcements),
        announcements=announcements,
        quarantined=registry.quarantined,
        _closing=[invocation.close for invocation in landscape.invocations.values()],
    )


def _limits(invocation: Invocation) -> Limits:
    settings: AdapterSettings = invocation.settings
    return Limits(settings.max_in_flight, settings.timeout, backoff_of(invocation))
