"""Registration at a hub: the system then posts its events to us."""

from __future__ import annotations

from typing import Any

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.rest import RestAdapter
from backhaul.sdk.rest_reply import RestReply
from backhaul.sdk.transports.rest_reply import classify
from backhaul_rest_backoffice.messages import KINDS

_REGISTERED_ALREADY = 409


def register(adapter: RestAdapter[Any], path: str, resource: str, callback: str, deadline: Deadline) -> None:
    """Ask for the events of one resource; a hub that knows the callback already says 409, which is well."""
    settings = adapter.settings
    types = ",".join(f"{resource[0].upper()}{resource[1:]}{kind}Event" for kind in KINDS)
    headers = {}
    if settings.hub_token_header is not None and settings.inbound_token is not None:
        headers[settings.hub_token_header] = settings.inbound_token.reveal()
    request = adapter.request(
        "POST",
        path,
        deadline,
        document={"callback": callback, "query": f"eventType={types}"},
        headers=headers,
    )
    response = adapter.transport.exchange(request, deadline)
    if response.status != _REGISTERED_ALREADY:
        RestReply.of(classify(response, request, settings), request)
