"""Who may call the API.

Callers have no credentials yet, so only this machine is admitted; the addresses for back offices are open to
all, because each of those proves who it is.
"""

from __future__ import annotations

import ipaddress

from fastapi import Request

from backhaul.gateway.problem import ProblemError

_HINT = "Call it from the machine on which it runs, as localhost or 127.0.0.1."


async def admit(request: Request) -> None:
    """Raise ProblemError 403 for a caller that is not on this machine.

    A forwarded address counts as the caller's, so a proxy admits nobody by being on this machine. The name
    in Host must mean this machine as well: otherwise a web page could rename itself to reach us.
    """
    caller = request.client.host if request.client is not None else ""
    if not _is_loopback(caller):
        raise ProblemError(403, "forbidden", "The API answers callers on this machine only.", hint=_HINT)
    if not _is_loopback(_host_name(request.headers.get("host", ""))):
        raise ProblemError(403, "forbidden", "The request names another host than this machine.", hint=_HINT)


def _host_name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
