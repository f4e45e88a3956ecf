"""Holds a deployment against the processes, entities and back offices there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from backhaul.config.deployment import Deployment
from backhaul.config.locator import KeyPath
from backhaul.config.model_keys import UnknownPathError, codes_of, hints_at, suggestion
from backhaul.config.problem import Problem
from backhaul.entities import Record
from backhaul.processes.ownership import CREATE, DELETE, SHARED
from backhaul.processes.route import Route
from backhaul.sdk.envelope import FRONT
from backhaul.sdk.errors import NotFoundError
from backhaul.sdk.json import Json

Entities = Mapping[str, type[Record]]
_RIGHTS = (CREATE, DELETE)


class NamedProcess(Protocol):
    """What is needed of a row of the catalogue."""

    @property
    def entity(self) -> str:
        """The entity that it exchanges."""
        ...


#: The process of a name or alias; raises NotFoundError. `Catalogue.find` is one.
FindProcess = Callable[[str], NamedProcess]


def problems_of(deployment: Deployment, find: FindProcess, entities: Entities) -> tuple[Problem, ...]:
    """Everything in the file that names what does not exist, in no particular order."""
    return (
        *route_problems(deployment, find, entities),
        *ownership_problems(deployment, entities),
        *value_map_problems(deployment),
    )


def route_problems(deployment: Deployment, find: FindProcess, entities: Entities) -> Iterator[Problem]:
    """Routes of unknown processes, to unknown back offices, or on conditions that can never hold."""
    for number, route in enumerate(deployment.routes):
        base: KeyPath = ("route", number)
        for index, name in enumerate(route.to):
            if name not in deployment.back_offices:
                message = f"there is no back office {name!r}; {suggestion(name, deployment.back_offices)}"
                yield deployment.source.problem((*base, "to", index), message)
        try:
            entity = find(route.process).entity
        except NotFoundError as error:
            yield deployment.source.problem((*base, "process"), str(error))
            continue
        if entity in entities:
            yield from _condition_problems(deployment, route, (*base, "when"), entities[entity])


def _condition_problems(
    deployment: Deployment, route: Route, base: KeyPath, model: type[Record]
) -> Iterator[Problem]:
    for path, wanted in route.when.items():
        reason = _condition_problem(model, path, wanted)
        if reason:
            yield deployment.source.problem(deployment.source.dotted(base, path), f"when {path}: {reason}")


def _condition_problem(model: type[Record], path: str, wanted: Json) -> str | None:
    try:
        codes = codes_of(hints_at(model, path))
    except UnknownPathError as error:
        return f"{model.entity}: {error}"
    for value in wanted if isinstance(wanted, list) else [wanted]:
        # 1 == True, and yet no record with true in it says 1.
        if codes is not None and not any(value == code and type(value) is type(code) for code in codes):
            named = (code if isinstance(code, str) else str(code).lower() for code in codes)
            return f"{value!r} is never its value; {suggestion(str(value), named)}"
    return None


def ownership_problems(deployment: Deployment, entities: Entities) -> Iterator[Problem]:
    """Owners that are no back office, and fields that the entity does not have."""
    owners = (FRONT, SHARED, *deployment.back_offices)
    for entity, rules in deployment.ownership.rules.items():
        base: KeyPath = ("ownership", entity)
        if entity not in entities:
            message = f"there is no entity {entity!r}; {suggestion(entity, entities)}"
            yield deployment.source.problem(base, message)
            continue
        for path, owner in rules.items():
            place = deployment.source.dotted(base, path)
            if owner not in owners:
                message = f"{path}: there is no back office {owner!r}; {suggestion(owner, owners)}"
                yield deployment.source.problem(place, message)
            reason = _field_problem(entities[entity], path)
            if reason:
                yield deployment.source.problem(place, f"{entity}: {reason}")


def _field_problem(model: type[Record], path: str) -> str | None:
    if path.startswith("@"):
        return None if path in _RIGHTS else f"there is no right {path!r}; {suggestion(path, _RIGHTS)}"
    try:
        hints_at(model, path)
    except UnknownPathError as error:
        return str(error)
    return None


def value_map_problems(deployment: Deployment) -> Iterator[Problem]:
    """Value maps for unknown back offices."""
    for name in deployment.value_maps:
        if name not in deployment.back_offices:
            message = f"there is no back office {name!r}; {suggestion(name, deployment.back_offices)}"
            yield deployment.source.problem(("value_map", name), message)
