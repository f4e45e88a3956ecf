"""The caller's side of a simulator's remote control."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from backhaul.sdk.errors import BackhaulError

_REFUSED = 400


class ControlClient:
    """Steers a simulator over its control port; a connection for each call, so nothing is left open.

    Raises BackhaulError with the simulator's words if it refuses, OSError if it does not answer.
    """

    def __init__(self, url: str, timeout: float = 10.0) -> None:
        self.url = url
        self._timeout = timeout

    def state(self) -> Any:
        """What the simulated system holds."""
        return self.call("GET", "/state")

    def restore(self, state: Any) -> None:
        """Make it hold this instead."""
        self.call("PUT", "/state", state)

    def stats(self) -> Any:
        """Counts of requests, executions, answers and strikes of the fault plan."""
        return self.call("GET", "/stats")

    def faults(self, *rules: Mapping[str, Any], seed: int = 0) -> None:
        """Replace the fault plan; no rules: no faults."""
        self.call("PUT", "/faults", {"seed": seed, "rule": list(rules)})

    def outage(self, seconds: float | None = None) -> None:
        """Close the service port, for so many seconds or until `reopen`."""
        self.call("POST", "/outage", {"on": True} if seconds is None else {"seconds": seconds})

    def reopen(self) -> None:
        """End an outage."""
        self.call("POST", "/outage", {"on": False})

    def reset(self) -> None:
        """Back to the first day."""
        self.call("POST", "/reset")

    def call(self, method: str, path: str, document: Any = None) -> Any:
        """Any control, such as those that a plugin adds; returns the JSON of the answer."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self._timeout)
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= _REFUSED:
            raise BackhaulError(f"The simulator refuses {method} {path}: {content.decode(errors='replace')}")
        return json.loads(content) if content else None
