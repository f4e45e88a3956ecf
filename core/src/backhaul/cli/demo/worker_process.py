"""A worker in a process of its own: `backhaul worker`, to be killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from backhaul.sdk.errors import BackhaulError

_PATIENCE = 15.0
_TAIL = 2000


class WorkerProcess:
    """Runs until it is stopped or killed; what it writes goes to a log file. Always stop it."""

    def __init__(self, number: int, deployment: Path, log: Path) -> None:
        self.number = number
        self._log = log
        command = [
            sys.executable,
            "-m",
            "backhaul.cli.demo.attended",
            "--deployment",
            str(deployment),
            "worker",
        ]
        with log.open("wb") as target:
            # A session of its own: Ctrl-C is for the demo, which then stops its workers itself.
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                command, stdin=subprocess.PIPE, stdout=target, stderr=target, start_new_session=True
            )
        self.killed = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: it gets no chance to finish anything."""
        self.killed = True
        self._process.kill()
        self._reap()

    def end(self) -> None:
        """Ask it to finish what is in flight and to end; returns at once."""
        if self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        """Wait until it has ended as asked; kill it if it does not."""
        self.end()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def check(self) -> None:
        """Raises BackhaulError with what it wrote if it has ended although nobody told it to."""
        if self.killed or self._process.poll() is None:
            return
        words = self._log.read_text(encoding="utf-8", errors="replace")[-_TAIL:].strip() or "nothing"
        raise BackhaulError(f"Worker {self.number} ended by itself.", hint=f"It wrote: {words}")

    def _reap(self) -> None:
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
