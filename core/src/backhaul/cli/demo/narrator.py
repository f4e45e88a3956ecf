"""The narrator: says what the demo is doing, with bars on a terminal and in plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from backhaul.cli.output import Output

if TYPE_CHECKING:
    from rich.console import Console

#: Says how far each of the named things has come, and of how many.
Progress: TypeAlias = Callable[[Mapping[str, tuple[int, int]]], None]

_PLAIN_EVERY = 2.0


class Narrator:
    """Writes to standard output; silent where a program reads it, or nobody wants to be told."""

    def __init__(self, output: Output, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.output = output
        self._silent = output.machine or output.quiet
        self._clock = clock
        self._began = clock()
        self._chapters = 0
        self._console = _console() if not self._silent and sys.stdout.isatty() else None

    @property
    def seconds(self) -> float:
        """How long it has been telling."""
        return self._clock() - self._began

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._chapters += 1
        text = f"{self._chapters}. {title}"
        if self._console is not None:
            self._console.print(f"\n{text}", style="bold", markup=False, soft_wrap=True)
        else:
            self._write(f"\n{text}")

    def say(self, text: str) -> None:
        """Tell what is done, or what came of it."""
        line = f"{self.seconds:5.1f}s  {text}"
        if self._console is not None:
            self._console.print(line, markup=False, soft_wrap=True)
        else:
            self._write(line)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show a table of results, also to those who want to hear nothing else."""
        self.output.table(columns, rows, empty="There is nothing to show.")

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Show how far something has come, as often as it is told."""
        if self._silent:
            yield lambda _: None
        elif self._console is not None:
            with _bars(self._console) as show:
                yield show
        else:
            yield _PlainProgress(self.say, self._clock)

    def _write(self, text: str) -> None:
        if not self._silent:
            self.output.say(text)
            sys.stdout.flush()


class _PlainProgress:
    """A line every other second, and none that says nothing new."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._said = ""
        self._due = clock() + _PLAIN_EVERY

    def __call__(self, state: Mapping[str, tuple[int, int]]) -> None:
        text = ", ".join(f"{name} {done} of {total}" for name, (done, total) in state.items())
        finished = all(done >= total for done, total in state.values())
        if text != self._said and (finished or self._clock() >= self._due):
            self._said = text
            self._due = self._clock() + _PLAIN_EVERY
            self._say(text)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("       {task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=console) as bars:
        tasks = {}

        def show(state: Mapping[str, tuple[int, int]]) -> None:
            for name, (done, total) in state.items():
                if name not in tasks:
                    tasks[name] = bars.add_task(name, total=total)
                bars.update(tasks[name], completed=done, total=total)

        yield show
