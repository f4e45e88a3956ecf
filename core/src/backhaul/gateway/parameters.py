"""Query parameters, of which none is overlooked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from backhaul.gateway.problem import ProblemError


def only(*names: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency that refuses any other parameter: a misspelt filter would answer with everything."""

    async def check(request: Request) -> None:
        unknown = sorted(set(request.query_params) - set(names))
        if unknown:
            known = f"Known here: {', '.join(names)}." if names else "None is known here."
            detail = f"There is no parameter {unknown[0][:60]!r}."
            raise ProblemError(400, "bad-request", detail, hint=known)

    return check
