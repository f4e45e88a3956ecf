"""Who holds a lease: host, boot, process and start time, so that a dead owner is known at once."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

#: States of a process in /proc: a zombie, or just being taken off the list.
_ENDED = frozenset("ZXx")


@dataclass(frozen=True, slots=True)
class Owner:
    """One worker process."""

    host: str
    boot: str
    pid: int
    started: str

    @classmethod
    def current(cls) -> Owner:
        """This process."""
        pid = os.getpid()
        return cls(socket.gethostname(), _boot_id(), pid, _started(pid) or "unknown")

    @classmethod
    def parse(cls, text: str) -> Owner:
        """The owner that `str` wrote."""
        host, boot, pid, started = text.rsplit("|", 3)
        return cls(host, boot, int(pid), started)

    def __str__(self) -> str:
        return f"{self.host}|{self.boot}|{self.pid}|{self.started}"

    def is_dead_here(self, here: Owner) -> bool:
        """True only when it ran on this host and is certainly gone; of other hosts nothing is known."""
        if self.host != here.host:
            return False
        return self.boot != here.boot or _started(self.pid) != self.started


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown"  # not Linux: a reboot is then not told from a restart, leases simply expire


def _started(pid: int) -> str | None:
    """The start time of a process in clock ticks since boot; None when it does not run any more.

    A killed process stays listed until its parent has asked how it ended; it executes nothing any more.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # gone, or gone while it was read
        return None if Path("/proc/self/stat").exists() else "unknown"
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in _ENDED else fields[19]
