"""Back offices over HTTP: how each of them is and what it can do."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from backhaul.gateway.core import Core
from backhaul.gateway.parameters import only
from backhaul.sdk.invocation import Invocation
from backhaul.store.backoffice_states import BackOfficeState


def back_offices_router() -> APIRouter:
    """Every back office of the deployment."""
    router = APIRouter(prefix="/backoffices", tags=["back offices"], dependencies=[Depends(only())])
    router.add_api_route("", listed, methods=["GET"])
    return router


def listed(core: Core) -> JSONResponse:
    """Health, reason and capabilities of each; one whose plugin is missing is not available."""
    with core.store.read() as uow:
        states = uow.backoffices.all()
    found = core.landscape.invocations
    items = [
        {
            "name": name,
            "plugin": table.plugin,
            "available": name in found,
            "reason": core.landscape.missing.get(name),
            **_health(states.get(name, BackOfficeState(name))),
            "capabilities": _capabilities(found[name]) if name in found else {},
        }
        for name, table in sorted(core.deployment.back_offices.items())
    ]
    return JSONResponse({"items": items})


def _health(state: BackOfficeState) -> dict[str, Any]:
    since = datetime.fromtimestamp(state.since, UTC).isoformat() if state.since else None
    return {"health": state.health.value, "health_reason": state.reason, "since": since}


def _capabilities(invocation: Invocation) -> dict[str, list[str]]:
    """Entities by what can be done with them."""
    found: dict[str, list[str]] = defaultdict(list)
    for capability in invocation.capabilities:
        found[capability.role.value].append(capability.entity.entity)
    return {role: sorted(entities) for role, entities in sorted(found.items())}
