"""An inspection of a deployment: every check on its own, so that one failure hides no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backhaul.cli.exit_code import ExitCode
from backhaul.cli.failure import exit_code, paragraph
from backhaul.config import Deployment, DeploymentError, Problem, load_deployment, problems_of
from backhaul.config.model_keys import suggestion
from backhaul.entities import ENTITIES
from backhaul.host.discovery import Discovery, Quarantined, discover
from backhaul.host.hook_dispatch import HookDispatch
from backhaul.host.registry import Registry
from backhaul.processes.catalogue import Catalogue
from backhaul.processes.gates import gate_problems
from backhaul.processes.landscape import Landscape
from backhaul.processes.operations.lost_back_offices import refuse_lost_back_offices
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.settings import AdapterSettings
from backhaul.store.database import Database
from backhaul.store.schema import REVISIONS, version
from backhaul.store.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check of one thing found; `code` is 0 when it is fine."""

    check: str
    of: str
    detail: str
    code: ExitCode = ExitCode.OK

    @property
    def result(self) -> str:
        """In a word."""
        return "ok" if self.code is ExitCode.OK else "FAILED"


@dataclass(slots=True)
class Inspection:
    """Reads, composes and asks, but writes nothing: not even the store is created or upgraded."""

    path: Path
    offline: bool = False
    discovery: Discovery | None = None
    _invocations: dict[str, Invocation] = field(default_factory=dict)

    def run(self) -> Iterator[Finding]:
        """Yield every finding; ends early only where the rest needs what has failed."""
        try:
            deployment = load_deployment(self.path)
        except ConfigurationError as error:
            yield from _problems("file", str(self.path), error)
            return
        yield Finding("file", str(self.path), _counted(deployment))
        try:
            yield from self._names(deployment)
            yield from self._back_offices(deployment)
            yield from self._connections(deployment)
        finally:
            for invocation in self._invocations.values():
                invocation.close()

    def _names(self, deployment: Deployment) -> Iterator[Finding]:
        """Routes, ownership and value maps name what there is."""
        found = problems_of(deployment, Catalogue().find, ENTITIES)
        if found:
            yield from _listed("names", "routes, ownership, value maps", sorted(found))
        else:
            yield Finding("names", "routes, ownership, value maps", "all that is named exists")

    def _back_offices(self, deployment: Deployment) -> Iterator[Finding]:
        registry = Registry(self.discovery or discover())
        try:
            in_use = {table.plugin for table in deployment.back_offices.values()}
            hooks = HookDispatch(registry.hooks(in_use, deployment.hook_plugins))
        except ConfigurationError as error:
            yield from _problems("plugin", "[hooks] plugins", error)
            return
        missing: dict[str, str] = {}
        for name, table in deployment.back_offices.items():
            adapter = registry.adapter(table.plugin)
            if isinstance(adapter, Quarantined):
                missing[name] = str(adapter)
                yield Finding("plugin", name, str(adapter), ExitCode.CONFIGURATION)
                continue
            yield Finding("plugin", name, f"{table.plugin}: {adapter.__module__}:{adapter.__qualname__}")
            yield from self._configured(deployment, name, adapter, hooks)
        if not any(problems_of(deployment, Catalogue().find, ENTITIES)):
            yield from self._routes(deployment, hooks, missing)

    def _configured(
        self, deployment: Deployment, name: str, adapter: type[Adapter[Any]], hooks: HookDispatch
    ) -> Iterator[Finding]:
        """The settings of one back office, and with them its mapping."""
        try:
            settings: AdapterSettings = deployment.settings_for(name, adapter.settings_type)
            transport = adapter.open_transport(settings)
        except ConfigurationError as error:
            yield from _problems("settings", name, error)
            return
        yield Finding("settings", name, "read")
        try:
            plugin = deployment.back_offices[name].plugin
            invocation = Invocation(name, plugin, adapter(settings, transport), hooks)
            self._invocations[name] = invocation
            detail = _mapped(invocation, deployment)
        except Exception as error:  # noqa: BLE001  (a plugin's schema may fail in any way; the others go on)
            yield Finding("mapping", name, paragraph(error), exit_code(error))
        else:
            yield Finding("mapping", name, detail)
            yield from _listed("mapping", name, list(_unused(invocation, deployment)))

    def _routes(
        self, deployment: Deployment, hooks: HookDispatch, missing: dict[str, str]
    ) -> Iterator[Finding]:
        """A process routed to a system that cannot do it."""
        landscape = Landscape(
            self._invocations, deployment.routes, deployment.ownership, ENTITIES, hooks, missing=missing
        )
        found = [
            deployment.source.problem(("route", number, "to", index), message)
            for number, index, message in gate_problems(landscape)
        ]
        if found:
            yield from _listed("routes", "processes", found)
        else:
            yield Finding("routes", "processes", "every route can be served")

    def _connections(self, deployment: Deployment) -> Iterator[Finding]:
        if self.offline:
            return
        yield _store(deployment)
        for name, invocation in self._invocations.items():
            try:
                said = invocation.adapter.check(Deadline.after(invocation.settings.timeout))
            except Exception as error:  # noqa: BLE001  (as above)
                yield Finding("connection", name, paragraph(error), exit_code(error))
            else:
                yield Finding("connection", name, said)


def _counted(deployment: Deployment) -> str:
    return f"back offices: {len(deployment.back_offices)}, routes: {len(deployment.routes)}"


def _mapped(invocation: Invocation, deployment: Deployment) -> str:
    """Build every wire schema and its manifest. Raises what is wrong with them or with their value maps."""
    schemas = {
        one.wire: invocation.schema(one.role, one.entity.entity)
        for one in invocation.capabilities
        if one.wire is not None
    }
    fields = 0
    for schema in schemas.values():
        fields += len(schema.manifest())
        schema.check_value_maps(deployment.value_maps.get(invocation.name, {}))
    able = len(list(invocation.capabilities))
    return f"capabilities: {able}, wire schemas: {len(schemas)}, wire fields: {fields}"


def _unused(invocation: Invocation, deployment: Deployment) -> Iterator[Problem]:
    """Value maps that no field looks into: most likely a name that is written wrong."""
    schemas = [invocation.schema(one.role, one.entity.entity) for one in invocation.capabilities if one.wire]
    known = {name for schema in schemas for name in schema.value_map_names}
    for name in deployment.value_maps.get(invocation.name, {}):
        if name not in known:
            message = f"no field there looks into a value map {name!r}; {suggestion(name, known)}"
            yield deployment.source.problem(("value_map", invocation.name, name), message)


def _store(deployment: Deployment) -> Finding:
    where = deployment.store.url if isinstance(deployment.store.url, str) else "(secret)"
    try:
        url = deployment.store_url()
        # Opened, it would be made.
        scheme, _, file = url.partition(":///")
        if scheme.partition("+")[0] == "sqlite" and not Path(file.partition("?")[0]).exists():
            return Finding("store", where, "a new file; it is made at the first start")
        detail = _opened(Database(url), deployment)
    except ConfigurationError as error:
        return Finding("store", where, paragraph(error), exit_code(error))
    return Finding("store", where, detail)


def _opened(database: Database, deployment: Deployment) -> str:
    """The schema of the store. Raises ConfigurationError when nothing could start on it."""
    try:
        found = version(database)
        if found != REVISIONS[-1]:
            return f"schema {found or 'none'}; becomes {REVISIONS[-1]} at the next start"
        refuse_lost_back_offices(Store(database), deployment.back_offices)
    finally:
        database.close()
    return f"schema {found}"


def _problems(check: str, of: str, error: ConfigurationError) -> Iterator[Finding]:
    if isinstance(error, DeploymentError):
        yield from _listed(check, of, error.problems)
    else:
        yield Finding(check, of, paragraph(error), exit_code(error))


def _listed(check: str, of: str, problems: tuple[Problem, ...] | list[Problem]) -> Iterator[Finding]:
    for problem in problems:
        yield Finding(check, of, str(problem), ExitCode.CONFIGURATION)
