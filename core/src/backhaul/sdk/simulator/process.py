"""A simulator in a process of its own, for tests, the demo and a vendor's build."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import IO, Any, Self

from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.simulator.control_client import ControlClient

_TAIL = 2000


class SimulatorProcess:
    """Starts ``python -m MODULE`` and waits until it is ready; ended and reaped whatever happens.

    `url` is the simulated system and `control` its remote control. When this process dies, the simulator's
    standard input ends and so does it. Raises BackhaulError with what it wrote if it does not start.
    """

    def __init__(self, module: str, *arguments: str, ready_within: float = 20.0) -> None:
        self._command = [sys.executable, "-m", module, "--with-parent", *arguments]
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  closed when the process is reaped
        self._process = self._started(self._command)
        try:
            ready = self._ready(ready_within)
            self.url: str = ready["url"]
            self.control = ControlClient(ready["control"])
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """True until it has ended."""
        return self._process.poll() is None

    def stop(self, within: float = 10.0) -> int:
        """Ask it to end, so that it writes its state; kill it if it does not. Returns its exit status."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self._reap()

    def kill(self) -> int:
        """End it at once, as a crash would. Returns its exit status."""
        self._process.kill()
        return self._reap()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _started(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603  our own interpreter and module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr
            )
        except OSError:
            self._stderr.close()
            raise

    def _ready(self, seconds: float) -> dict[str, Any]:
        lines: list[bytes] = []
        reader = threading.Thread(target=self._first_line, args=(lines,), daemon=True)
        reader.start()
        reader.join(seconds)
        if reader.is_alive():
            self._process.kill()  # ends its output, and so the reader
            reader.join()
        try:
            document = json.loads(lines[0])
        except (IndexError, ValueError):
            raise BackhaulError(
                f"The simulator did not start: {' '.join(self._command)}", hint=f"It wrote: {self._words()}"
            ) from None
        if not isinstance(document, dict) or not {"url", "control"} <= set(document):
            raise BackhaulError(f"The simulator's first line is not its addresses: {document}")
        return document

    def _first_line(self, lines: list[bytes]) -> None:
        output: IO[bytes] | None = self._process.stdout
        if output is not None:
            lines.append(output.readline())

    def _words(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read()[-_TAIL:].decode(errors="replace").strip() or "nothing"

    def _reap(self) -> int:
        status = self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._stderr):
            if stream is not None:
                stream.close()
        return status
