"""Validates what stands in a file against a settings class, and says where each fault stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from backhaul.config.locator import KeyPath, Locator
from backhaul.config.model_keys import keys_at, suggestion
from backhaul.config.problem import DeploymentError, Problem

M = TypeVar("M", bound=BaseModel)

_HIDDEN = "(not shown)"
#: Shorter values stand in messages by chance: "on" in "JSON".
_SHORTEST_QUOTE = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A file and where its keys stand."""

    file: str
    locator: Locator = field(repr=False)

    def problem(self, path: Sequence[str | int], message: str) -> Problem:
        """A problem of what stands at a key path."""
        return Problem(self.file, self.locator.line(path), message)

    def dotted(self, base: KeyPath, path: str) -> KeyPath:
        """The key path of a dotted field path below `base`, written as one quoted key or as several."""
        whole = (*base, path)
        return whole if self.locator.known(whole) == whole else (*base, *path.split("."))

    def validated(
        self, model: type[M], raw: Mapping[str, Any], base: KeyPath = (), *, quoting: bool = False
    ) -> M:
        """The settings in the table at `base`. Validators find the folder of the file in their context.

        Unless `quoting`, texts that stand in the file are taken out of messages: a plugin's validator may
        quote what is a secret. Raises DeploymentError with every fault of the table.
        """
        try:
            return model.model_validate(dict(raw), context={"folder": Path(self.file).absolute().parent})
        except ValidationError as error:
            # The values are needed to keep them out of the messages, which is all that becomes of them.
            details = error.errors(include_url=False)
        for one in details:
            one["msg"] = one["msg"] if quoting else _without(one["msg"], one["input"])
        raise DeploymentError(self._problem(model, one, base) for one in details)

    def _problem(self, model: type[BaseModel], error: ErrorDetails, base: KeyPath) -> Problem:
        path = (*base, *error["loc"])
        known = self.locator.known(path)
        if error["type"] == "extra_forbidden":
            *around, key = error["loc"]
            advice = suggestion(str(key), keys_at(model, around))
            return self.problem(path, f"unknown key {_written(known)}; {advice}")
        if error["type"] == "missing":
            return self.problem(path, f"missing key {_written((*known, error['loc'][-1]))}")
        message = error["msg"].removeprefix("Value error, ")
        return self.problem(path, f"{_written(known)}: {message}" if known else message)


def _written(path: Sequence[str | int]) -> str:
    """A key path as one would say it: ``route[2].to``, counted from 1."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _without(message: str, value: object) -> str:
    for text in sorted(_texts(value), key=len, reverse=True):
        if len(text) >= _SHORTEST_QUOTE:
            message = message.replace(text, _HIDDEN)
    return message


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
