"""Moments as people read them."""

from __future__ import annotations


def when(seconds: float | None) -> str | None:
    """The store's clock in UTC, to the second; None stays None."""
    if seconds is None:
        return None
    from backhaul.processes.operations.moment import moment

    return moment(seconds).replace("T", " ").replace("+00:00", "Z")
