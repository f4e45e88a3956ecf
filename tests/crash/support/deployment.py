"""The deployment under test: one back office without idempotency keys, contacts before accounts."""

from __future__ import annotations

from pathlib import Path

BACK_OFFICE = "crm"
#: The simulator's longest planned delay, in seconds. Longer than a call may take, and than a worker takes to
#: start: what was given up, or sent by a worker that is dead, is executed when others work already.
LONGEST_DELAY = 2.5
TIMEOUT = 1.5
#: Longer than a request can live: the longest delay, and whatever a busy machine adds to it.
SETTLE_AFTER = 4.0

_TEXT = """
[store]
url = "sqlite:///{store}"

[backoffice.{name}]
plugin = "rest_backoffice"
url = "{url}/tmf-api"
max_in_flight = 16
timeout = {timeout}
settle_after = {settle_after}
backoff = 0.1
backoff_limit = 0.5
attempts = 100

[[route]]
process = "CUT Send Account Data"
to = ["{name}"]

[[route]]
process = "Send Contact Data"
to = ["{name}"]
"""


def write_deployment(folder: Path, url: str) -> Path:
    """The deployment file, in `folder`, for a simulator at `url`."""
    path = folder / "backhaul.toml"
    store = folder / "backhaul.db"
    times = {"timeout": TIMEOUT, "settle_after": SETTLE_AFTER}
    text = _TEXT.format(store=store, name=BACK_OFFICE, url=url, **times)
    path.write_text(text, encoding="utf-8")
    return path
