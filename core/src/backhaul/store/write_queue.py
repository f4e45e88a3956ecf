"""The queue of writers to one SQLite file: threads of this process, and other processes of this host."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

try:
    import fcntl

    _HAS_FILE_LOCKS = True
except ImportError:  # not POSIX: SQLite's own waiting must do between processes
    _HAS_FILE_LOCKS = False


class WriteQueue:
    """A lock that wakes its next holder at once.

    SQLite lets a writer that waits sleep for up to 100 ms between looks, and a busy worker of another
    process leaves only a millisecond between its transactions: a save would starve for seconds. The kernel's
    file lock wakes it as soon as that millisecond begins. SQLite's own lock still decides; whoever does not
    know this file is only slower.
    """

    def __init__(self, database: Path | None) -> None:
        self._threads = threading.Lock()
        self._path = database.with_name(f"{database.name}-writers") if database and _HAS_FILE_LOCKS else None
        self._file: int | None = None

    def __enter__(self) -> None:
        """Wait for the turn."""
        self._threads.acquire()
        try:
            if self._path is not None:
                if self._file is None:
                    self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(self._file, fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one write."""
        try:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        """Close the file."""
        with self._threads:
            if self._file is not None:
                os.close(self._file)
                self._file = None
