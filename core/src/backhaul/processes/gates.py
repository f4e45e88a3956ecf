"""The run-time gate: a route to a back office that cannot do its process is refused at start."""

from __future__ import annotations

from collections.abc import Iterator

from backhaul.processes.landscape import Landscape
from backhaul.processes.route import FirstSend, Route
from backhaul.sdk.capability import Role
from backhaul.sdk.envelope import Verb
from backhaul.sdk.invocation import Invocation

_ROLES = {Verb.SEND: Role.SENDS, Verb.RECEIVE: Role.RECEIVES, Verb.QUERY: Role.QUERIES}


def gate_problems(landscape: Landscape) -> Iterator[tuple[int, int, str]]:
    """(route number, position in its `to`, message) of everything that could never work."""
    for number, route in enumerate(landscape.routes):
        for index, name in enumerate(route.to):
            invocation = landscape.invocations.get(name)
            if invocation is None:
                continue  # its plugin is missing: what is planned for it is held
            message = _problem(landscape, route, invocation)
            if message is not None:
                yield number, index, message


def _problem(landscape: Landscape, route: Route, invocation: Invocation) -> str | None:
    process = landscape.catalogue.find(route.process)
    role = _ROLES.get(process.verb)
    if role is None:
        return f"{process.name} answers who asks us; it is not routed"
    capabilities = invocation.capabilities
    if capabilities.get(role, process.entity) is None:
        owner = capabilities.owner_of(process.entity) if role is Role.SENDS else None
        if owner is not None:
            whole = owner.entity.entity
            return f"{invocation.name} takes a {process.entity} inside its {whole}; route that instead"
        reason = capabilities.unsupported.get(
            process.entity, f"the plugin {invocation.plugin} declares no such capability"
        )
        return f"{invocation.name} cannot do {process.name}: {reason}"
    needs_find = route.first_send in (FirstSend.MATCH_THEN_CREATE, FirstSend.EXISTING_ONLY)
    if process.verb is Verb.SEND and needs_find and not invocation.can(Role.FINDS, process.entity):
        wanted = f"first_send = {route.first_send.value!r}"
        return f"{invocation.name} cannot look up a {process.entity}, so {wanted} cannot work"
    return None
