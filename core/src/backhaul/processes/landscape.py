"""The landscape: everything that the deployment decided, composed once and handed to the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backhaul.entities import Record
from backhaul.processes.catalogue import Catalogue
from backhaul.processes.ownership import Ownership
from backhaul.processes.route import Mode, Route, Trigger
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import Verb
from backhaul.sdk.errors import NotFoundError
from backhaul.sdk.hooks import Hooks
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.mapping.value_map import ValueMap

#: A change may travel from system to system this often before it is stopped as a loop.
HOP_LIMIT = 8
#: Two changes of a record by systems within this many seconds belong to one chain, named or not.
CHAIN_WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Landscape:
    """Back offices by name, routes, ownership, value maps.

    `missing` holds back offices that are configured but whose plugin is missing or broken, with the reason:
    their deliveries are planned and held.
    """

    invocations: Mapping[str, Invocation]
    routes: tuple[Route, ...]
    ownership: Ownership
    entities: Mapping[str, type[Record]]
    hooks: Hooks
    catalogue: Catalogue = field(default_factory=Catalogue)
    value_maps: Mapping[str, Mapping[str, ValueMap]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def invocation(self, back_office: str) -> Invocation:
        """One back office. Raises NotFoundError naming those there are, or why it is missing."""
        found = self.invocations.get(back_office)
        if found is None:
            reason = self.missing.get(back_office)
            msg = f"Back office {back_office!r} " + (
                f"is not available: {reason}" if reason else "is not configured."
            )
            known = ", ".join(sorted(self.invocations)) or "none"
            raise NotFoundError(msg, hint=f"Available: {known}.")
        return found

    def model(self, entity: str) -> type[Record]:
        """The entity's model. Raises NotFoundError naming those there are."""
        found = self.entities.get(entity)
        if found is None:
            msg = f"There is no entity {entity!r}."
            raise NotFoundError(msg, hint=f"Known: {', '.join(sorted(self.entities))}.")
        return found

    def send_routes(self, entity: str, trigger: Trigger) -> list[Route]:
        """The routes that send this entity on this trigger, modes other than off."""
        return [
            route
            for route in self.routes
            if route.trigger is trigger and route.mode is not Mode.OFF and self._sends(route, entity)
        ]

    def is_off(self, entity: str, back_office: str) -> bool:
        """Whether the deployment turned sending this entity there off; not routed is something else."""
        modes = {
            route.mode for route in self.routes if back_office in route.to and self._sends(route, entity)
        }
        return modes == {Mode.OFF}

    def _sends(self, route: Route, entity: str) -> bool:
        process = self.catalogue.find(route.process)
        return process.verb is Verb.SEND and process.entity == entity

    def referring(self, back_office: str, entities: set[str]) -> list[str]:
        """The entities whose payloads to a back office carry external ids of these entities."""
        invocation = self.invocations.get(back_office)
        if invocation is None:
            return []
        return [
            item.entity.entity
            for item in invocation.capabilities
            if item.role is Role.SENDS
            and invocation.schema(Role.SENDS, item.entity.entity).refers_to & entities
        ]

    def receive_route(self, entity: str, back_office: str) -> Route | None:
        """The route that says how this entity is received from a back office, if any does."""
        for route in self.routes:
            process = self.catalogue.find(route.process)
            if process.verb is Verb.RECEIVE and process.entity == entity and back_office in route.to:
                return route
        return None
