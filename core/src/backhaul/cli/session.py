"""A session: what the global options say, and the way to the deployment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from backhaul.cli.output import Output

if TYPE_CHECKING:
    from backhaul.bootstrap import Backhaul

DEFAULT_DEPLOYMENT = Path("backhaul.toml")


@dataclass(frozen=True, slots=True)
class Session:
    """The global options of one invocation."""

    deployment: Path = DEFAULT_DEPLOYMENT
    machine: bool = False
    debug: bool = False
    quiet: bool = False

    @property
    def output(self) -> Output:
        """Where results go."""
        return Output(self.machine, self.quiet)

    @contextmanager
    def opened(self, *, strict: bool = False) -> Iterator[Backhaul]:
        """Everything that the deployment file composes, closed at the end."""
        from backhaul.bootstrap import open_deployment

        backhaul = open_deployment(self.deployment, strict=strict)
        try:
            yield backhaul
        finally:
            backhaul.close()
