"""The addresses at which back offices push what they have to tell, each in its own wire format."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from backhaul.bootstrap import Backhaul
from backhaul.gateway.body import Body
from backhaul.gateway.core import Core
from backhaul.gateway.problem import ProblemError
from backhaul.processes.receiving.item import Receipt
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.errors import AuthenticationError
from backhaul.sdk.inbound import RawMessage


def inbound_router() -> APIRouter:
    """``/inbound/NAME`` and whatever a system puts behind it."""
    router = APIRouter(prefix="/inbound", tags=["inbound"])
    for path in ("/{back_office}", "/{back_office}/{rest:path}"):
        router.add_api_route(path, push, methods=["POST"], dependencies=[Depends(prove_by_headers)])
    return router


def address(base: str, back_office: str) -> str:
    """The address at which one back office reaches us."""
    return f"{base.rstrip('/')}/inbound/{back_office}"


def proves_by_headers(adapter: Adapter[Any]) -> bool:
    """Whether the sender is proven by its headers alone: only the default is known for that."""
    return type(adapter).authenticate is Adapter.authenticate


def prove_by_headers(core: Core, request: Request, back_office: str) -> None:
    """Refuse an unproven sender before its body is read, where headers prove it. Raises ProblemError 401."""
    adapter = _known(core, back_office)
    if proves_by_headers(adapter):
        _proven(adapter, RawMessage(b"", _headers(request)))


def push(core: Core, request: Request, back_office: str, body: Body, rest: str = "") -> JSONResponse:
    """Take a message; answered only after what it says, and its id, were committed."""
    raw = RawMessage(body, _headers(request), rest, received_at=time.time())
    try:
        receipt = core.receive.push(back_office, raw)
    except AuthenticationError as error:
        raise _unproven(error) from None
    if receipt.refused:
        detail = "Nothing of the message was taken; it is kept."
        raise ProblemError(422, "refused", detail, **_report(receipt))
    return JSONResponse(_report(receipt))


def _known(core: Backhaul, back_office: str) -> Adapter[Any]:
    """The adapter. Raises ProblemError: 404, or 503 where its plugin is missing for the time being."""
    if back_office in core.landscape.missing:
        detail = f"Back office {back_office} is held: its plugin is missing or broken."
        raise ProblemError(503, "not-now", detail, headers={"Retry-After": "60"})
    invocation = core.landscape.invocations.get(back_office)
    if invocation is None:
        # Without the names of those there are: whoever knocks here has not proven anything yet.
        raise ProblemError(404, "not-found", "There is no back office of this name.")
    adapter: Adapter[Any] = invocation.adapter
    return adapter


def _proven(adapter: Adapter[Any], raw: RawMessage) -> None:
    try:
        adapter.authenticate(raw)
    except AuthenticationError as error:
        raise _unproven(error) from None


def _unproven(error: AuthenticationError) -> ProblemError:
    # The hint is for the operator of this side, not for whoever knocks.
    return ProblemError(401, "unauthenticated", error.message, headers={"WWW-Authenticate": "Bearer"})


def _headers(request: Request) -> Mapping[str, str]:
    """Names in lower case; a header given twice is one list, so that no second value is overlooked."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _report(receipt: Receipt) -> dict[str, Any]:
    return {
        "message_id": receipt.message_id,
        "inbox_id": receipt.inbox_id,
        "repeated": receipt.repeated,
        "items": [item.as_json() for item in receipt.items],
    }
