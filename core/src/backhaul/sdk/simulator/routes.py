"""Which handler answers which method and path."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from backhaul.sdk.simulator.message import SimRequest, SimResponse

Handler: TypeAlias = Callable[[SimRequest], SimResponse]
#: A fixed name, or how to read it from the request (SOAP: every operation has the same path).
Operation: TypeAlias = "str | Callable[[SimRequest], str]"

_PLACE = re.compile(r"\\\{(\w+)(:path)?\\\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path pattern: ``/customer/{id}``; ``{rest:path}`` also takes slashes."""

    method: str
    pattern: str
    handler: Handler
    operation: Operation
    expression: re.Pattern[str]


class Routes:
    """The routes of one port, asked in the order of their registration."""

    def __init__(self) -> None:
        self._routes: list[Route] = []
        self._exact: dict[tuple[str, str], Route] = {}

    def add(self, method: str, pattern: str, handler: Handler, operation: Operation | None = None) -> None:
        """Register a handler; without a name its operation is "METHOD pattern"."""
        route = Route(method, pattern, handler, operation or f"{method} {pattern}", _compiled(pattern))
        self._routes.append(route)
        if "{" not in pattern:
            self._exact.setdefault((method, pattern), route)

    def find(self, request: SimRequest) -> Handler | None:
        """The handler for `request`, whose params and operation are filled in."""
        route = self._exact.get((request.method, request.path))
        if route is None:
            route = self._search(request)
        if route is None:
            return None
        operation = route.operation
        request.operation = operation if isinstance(operation, str) else operation(request)
        return route.handler

    def knows(self, path: str) -> bool:
        """True if some other method is served at `path`."""
        return any(route.expression.fullmatch(path) for route in self._routes)

    def _search(self, request: SimRequest) -> Route | None:
        for route in self._routes:
            if route.method == request.method:
                match = route.expression.fullmatch(request.path)
                if match:
                    request.params = {name: unquote(text) for name, text in match.groupdict().items()}
                    return route
        return None


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(
        _PLACE.sub(lambda place: f"(?P<{place[1]}>{'.+' if place[2] else '[^/]+'})", re.escape(pattern))
    )
