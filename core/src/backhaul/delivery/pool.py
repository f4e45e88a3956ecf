"""The threads that call one back office: at most `max_in_flight`, some kept free for who is waiting."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

Task = Callable[[], None]


class CallerPool:
    """Runs tasks of one back office. One back office's slowness never takes another's threads.

    Rendering goes before calling, so that pins are ready before a caller is free; interactive work goes
    before backlog, and `reserved` threads take nothing else.
    """

    def __init__(self, name: str, threads: int) -> None:
        lock = threading.Lock()
        self._anyone = threading.Condition(lock)
        self._reserved = threading.Condition(lock)
        self._urgent: deque[Task] = deque()
        self._backlog: deque[Task] = deque()
        self._prepare: deque[Task] = deque()
        self._closing = False
        reserved = 1 if threads > 1 else 0
        self._threads = [
            threading.Thread(
                target=self._work, args=(number < reserved,), name=f"backhaul-{name}-{number}", daemon=True
            )
            for number in range(threads + reserved)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, task: Task, *, prepare: bool = False, urgent: bool = False) -> None:
        """Run a task as soon as a thread is free for it."""
        queue = self._urgent if urgent else self._prepare if prepare else self._backlog
        with self._anyone:
            queue.append(task)
            self._anyone.notify()
            if urgent:
                self._reserved.notify()

    def _next(self, *, only_urgent: bool) -> Task | None:
        queues = (self._urgent,) if only_urgent else (self._urgent, self._prepare, self._backlog)
        mine = self._reserved if only_urgent else self._anyone
        with mine:
            while True:
                for queue in queues:
                    if queue:
                        return queue.popleft()
                if self._closing:
                    return None
                mine.wait()

    def _work(self, only_urgent: bool) -> None:  # noqa: FBT001  (thread target)
        while (task := self._next(only_urgent=only_urgent)) is not None:
            task()

    def close(self) -> None:
        """Finish what was submitted and end the threads."""
        with self._anyone:
            self._closing = True
            self._anyone.notify_all()
            self._reserved.notify_all()
        for thread in self._threads:
            thread.join()
