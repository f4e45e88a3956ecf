"""A worker in a process of its own, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_ATTENDED = "backhaul.cli.demo.attended"
_DOOMED = "tests.crash.support.doomed"
_PATIENCE = 20.0
_TAIL = 4000


class Worker:
    """`backhaul worker`, or one that is doomed to die at a point; what it writes goes to a file.

    It ends when its standard input does, so it does not outlive the test.
    """

    def __init__(self, deployment: Path, log: Path, *doom: str) -> None:
        self._log = log
        arguments = ["--deployment", str(deployment), "worker"]
        command = [_DOOMED, str(deployment), *doom] if doom else [_ATTENDED, *arguments]
        with log.open("ab") as target:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=target,
                stderr=target,
            )

    def kill(self) -> None:
        """SIGKILL: it gets no chance to finish anything."""
        assert self.is_running, self.words()
        os.kill(self._process.pid, signal.SIGKILL)
        self._reap()

    def stop(self) -> int:
        """Ask it to finish what is in flight; its exit status. One that does not end is killed."""
        if self.is_running:
            self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        """The exit status, once it has ended by itself; one that takes too long is killed."""
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()
        return self._process.returncode

    @property
    def is_running(self) -> bool:
        """Whether nobody has ended it, and it has not ended by itself."""
        return self._process.poll() is None

    def words(self) -> str:
        """The end of what it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-_TAIL:]

    def _reap(self) -> None:
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
