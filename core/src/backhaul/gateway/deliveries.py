"""Deliveries over HTTP: where a send stands. Payloads are not shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from backhaul.gateway.core import Core
from backhaul.gateway.parameters import only
from backhaul.sdk.errors import NotFoundError
from backhaul.store.deliveries import Delivery

_LARGEST_ID = 2**63 - 1


def deliveries_router() -> APIRouter:
    """One delivery by its id."""
    router = APIRouter(prefix="/deliveries", tags=["deliveries"], dependencies=[Depends(only())])
    router.add_api_route("/{id}", read, methods=["GET"])
    return router


def read(core: Core, id: Annotated[int, Path(ge=1, le=_LARGEST_ID)]) -> JSONResponse:  # noqa: A002
    """State, reason and attempts of one delivery."""
    with core.store.read() as uow:
        found = uow.deliveries.get(id)
    if found is None:
        msg = f"There is no delivery {id}."
        raise NotFoundError(msg)
    return JSONResponse(_document(found))


def _document(delivery: Delivery) -> dict[str, Any]:
    facts = {
        "id": delivery.id,
        "process": delivery.process,
        "back_office": delivery.backoffice,
        "entity": delivery.entity,
        "record_id": delivery.record_id,
        "version": delivery.pinned_version or delivery.version,
        "action": delivery.action.value,
        "mode": delivery.mode,
        "cause": delivery.cause,
        "state": delivery.state.value,
        "open": delivery.state.open,
        "code": delivery.code,
        "reason": delivery.reason,
        "merge_failed": delivery.merge_failed,
        "attempts": delivery.attempts,
        "faults": delivery.faults,
        "waits_for": _wait(delivery),
        "message_id": delivery.message_id,
        "correlation_id": delivery.correlation_id,
        "causation_id": delivery.causation_id,
        "linked_to": delivery.linked_to,
        "planned_at": _moment(delivery.planned_at),
        "deadline": _moment(delivery.deadline),
        "settled_at": _moment(delivery.settled_at),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _wait(delivery: Delivery) -> dict[str, str | None] | None:
    if delivery.wait_kind is None:
        return None
    return {"kind": delivery.wait_kind.value, "entity": delivery.wait_entity, "id": delivery.wait_id}


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
