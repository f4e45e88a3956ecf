"""A transport that answers from a recording, without a network."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import ConfigurationError, ErrorContext
from backhaul.sdk.transports.base import Request, Response
from backhaul.sdk.transports.recording import Exchange, request_document
from backhaul.sdk.transports.scrubber import Scrubber


class ReplayingTransport:
    """Answers each request as it was answered when recorded; equal requests in the recorded order.

    Requests are equal if method, target, query and body are, apart from scrubbed fields and those named in
    `ignore` (message ids, time stamps); headers do not count. The last answer to a reading request may be
    given again and again, one to a writing request only once. An unknown request raises ConfigurationError.
    """

    def __init__(self, path: Path, scrubber: Scrubber | None = None, ignore: Iterable[str] = ()) -> None:
        self._path = path
        self._scrubber = scrubber or Scrubber()
        self._ignored = Scrubber(fields=ignore)
        self._lock = threading.Lock()
        self._answers: dict[str, deque[Exchange]] = {}
        for exchange in _read(path):
            self._answers.setdefault(self._key(exchange.request), deque()).append(exchange)

    def exchange(self, request: Request, deadline: Deadline) -> Response:  # noqa: ARG002  nothing takes time
        """The recorded response to `request`, or the recorded error."""
        key = self._key(request_document(request, self._scrubber))
        with self._lock:
            answers = self._answers.get(key)
            if not answers:
                raise self._unknown(request, known=answers is not None)
            last = len(answers) == 1
            exchange = answers[0] if request.safe and last else answers.popleft()
        return exchange.outcome()

    def close(self) -> None:
        """Nothing is held."""

    def _key(self, request: Mapping[str, Any]) -> str:
        body = request["body"]
        parts = (
            request["method"],
            self._ignored.text(request["target"]),
            sorted(self._ignored.query(request["query"]).items()),
            _canonical(self._ignored.text(body)) if isinstance(body, str) else body,
        )
        return json.dumps(parts)

    def _unknown(self, request: Request, *, known: bool) -> ConfigurationError:
        how = "no more answers" if known else "no answer"
        return ConfigurationError(
            f"The recording {self._path} has {how} to {request.method} {request.target}.",
            hint="Record again; name what differs between two equal requests in `ignore`.",
            context=ErrorContext(operation=request.operation),
        )


def _read(path: Path) -> Iterable[Exchange]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The recording {path} cannot be read: {error}.") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield Exchange.from_line(line)
            except ValueError as error:
                raise ConfigurationError(
                    f"This line of a recording cannot be used: {error}.", file=str(path), line=number
                ) from None


def _canonical(body: str) -> str:
    """The body without what JSON does not care about: spaces and the order of members."""
    try:
        return json.dumps(json.loads(body, parse_float=str), sort_keys=True)
    except (ValueError, RecursionError):
        return body
