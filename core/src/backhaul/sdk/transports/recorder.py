"""A transport that keeps what passes through it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import BackhaulError, ConfigurationError
from backhaul.sdk.transports.base import Request, Response, Transport
from backhaul.sdk.transports.recording import Exchange
from backhaul.sdk.transports.scrubber import Scrubber


class RecordingTransport:
    """Appends every exchange, scrubbed and timed, to a file as a line of JSON.

    Credentials that the inner transport adds never pass here. The file is readable by its owner only:
    scrubbing removes secrets, not the customers' data. Raises ConfigurationError if it cannot be opened.
    """

    def __init__(
        self,
        inner: Transport,
        path: Path,
        scrubber: Scrubber | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._inner = inner
        self._scrubber = scrubber or Scrubber()
        self._clock = clock
        self._lock = threading.Lock()
        self._file = _opened(path)

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        """The inner transport's response or error, recorded."""
        begun = self._clock()
        try:
            response = self._inner.exchange(request, deadline)
        except BackhaulError as error:
            self._keep(request, begun, error)
            raise
        self._keep(request, begun, response)
        return response

    def close(self) -> None:
        """Close the inner transport and the file."""
        try:
            self._inner.close()
        finally:
            with self._lock:
                self._file.close()

    def _keep(self, request: Request, begun: float, outcome: Response | BackhaulError) -> None:
        ms = round((self._clock() - begun) * 1000, 3)
        line = Exchange.of(request, ms, outcome, self._scrubber).to_line()
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def _opened(path: Path) -> TextIO:
    try:
        return open(path, "a", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise ConfigurationError(f"The recording {path} cannot be written: {error.strerror}.") from None
