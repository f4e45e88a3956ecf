"""What is wrong with a deployment file: all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backhaul.sdk.errors import ConfigurationError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to correct, and where it stands. Never holds a value that may be a secret."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class DeploymentError(ConfigurationError):
    """A deployment file with problems; `problems` holds each once, in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        first = self.problems[0]
        super().__init__(first.message, file=first.file, line=first.line)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def refuse(problems: Iterable[Problem]) -> None:
    """Raise DeploymentError if there are any."""
    found = tuple(problems)
    if found:
        raise DeploymentError(found)
