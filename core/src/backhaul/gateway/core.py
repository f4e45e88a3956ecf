"""What every endpoint works on: the composed deployment of this application."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from backhaul.bootstrap import Backhaul


async def core(request: Request) -> Backhaul:
    """The deployment that `create_app` was given."""
    return cast("Backhaul", request.app.state.backhaul)


Core = Annotated[Backhaul, Depends(core)]
