"""Settings that every back office instance has; a plugin's own settings extend them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from backhaul.sdk.secret import Secret


class DeadPolicy(StrEnum):
    """What a dead delivery does to its lane."""

    PARK = "park"
    GO_ON = "go_on"


class AdapterSettings(BaseModel):
    """One `[backoffice.NAME]` table of the deployment file. Times are in seconds.

    `timeout` bounds one call in total. `settle_after` is how long a request may still be executed after we
    gave it up: probes believe "not there" only after it. `attempts` counts faults of a delivery itself; a
    back office that is down or throttling uses up none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    max_in_flight: int = Field(default=8, ge=1, le=256)
    timeout: float = Field(default=30.0, gt=0)
    settle_after: float = Field(default=60.0, ge=0)
    attempts: int = Field(default=8, ge=1)
    backoff: float = Field(default=1.0, gt=0)
    backoff_limit: float = Field(default=300.0, gt=0)
    wait_limit: float = Field(default=86_400.0, gt=0)
    accepted_limit: float = Field(default=86_400.0, gt=0)
    dead_lane: DeadPolicy = DeadPolicy.PARK
    poll_every: float | None = Field(default=None, gt=0)
    inbound_token: Secret | None = None
