"""The settings of one TM Forum back office."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backhaul.sdk.rest import RestSettings

BasePath = Annotated[str, StringConstraints(pattern=r"^[\w.~-]+(/[\w.~-]+)*$")]
Source = Literal["customer", "individual"]


class TmfSettings(RestSettings):
    """Where each API stands below the url, and how changes over there reach us.

    `last_update_field` is the property in which the system stamps its objects; without one nothing can be
    polled. `poll_overlap` is how many seconds before the last change a poll looks again, for changes that
    became visible late. `hub` registers our inbound address at the system; `hub_token_header` is the header
    in which it is told our inbound token, if the system takes it there.
    """

    patch_type: str = "application/json"
    customer_path: BasePath = "customerManagement/v4"
    party_path: BasePath = "party/v4"
    last_update_field: str | None = "lastUpdate"
    poll_sources: tuple[Source, ...] = ("individual", "customer")
    poll_overlap: float = Field(default=30.0, ge=0)
    poll_pages: int = Field(default=20, ge=1)
    page_size: int = Field(default=100, ge=1, le=1000)
    hub: bool = True
    hub_token_header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+$")
