"""A credential that the deployment file refers to and never contains."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from backhaul.sdk.errors import ConfigurationError

Kind: TypeAlias = Literal["env", "file"]
_FORMS = '{ env = "NAME" } or { file = "/path" }'


class _Unusable:
    """Stands for refused input, so that no validation message can quote what may be a secret."""

    def __repr__(self) -> str:
        return "(not shown)"


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference to a credential: an environment variable or a file.

    In settings it is written ``{ env = "NAME" }`` or ``{ file = "/path" }``; a literal is refused. The value
    is read at each `reveal`, so a rotated credential needs no restart. No repr, dump or error shows it.
    """

    kind: Kind
    name: str

    KINDS: ClassVar[tuple[Kind, ...]] = ("env", "file")

    @classmethod
    def from_env(cls, name: str) -> Secret:
        """The secret kept in the environment variable `name`."""
        return cls("env", name)

    @classmethod
    def from_file(cls, path: str | Path) -> Secret:
        """The secret kept in the file at `path`; line ends at its end do not belong to it."""
        return cls("file", str(path))

    def reveal(self) -> str:
        """The value as it is now. Raises ConfigurationError, naming variable or file, if there is none."""
        value = _from_environment(self.name) if self.kind == "env" else _from_file(self.name)
        if not value:
            raise ConfigurationError(f"The secret in {self} is empty.", hint="Put the credential there.")
        return value

    def reference(self) -> dict[str, str]:
        """How the deployment file spells this reference; safe to show."""
        return {self.kind: self.name}

    def __str__(self) -> str:
        return f"environment variable {self.name}" if self.kind == "env" else f"file {self.name}"

    def __repr__(self) -> str:
        return f"Secret({self.kind}={self.name!r})"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        # Two steps: pydantic quotes the input of the step that fails, so the first step hides it.
        steps: list[core_schema.CoreSchema] = [
            core_schema.no_info_plain_validator_function(_read),
            core_schema.no_info_plain_validator_function(_accept),
        ]
        return core_schema.chain_schema(
            steps,
            serialization=core_schema.plain_serializer_function_ser_schema(cls.reference),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: Callable[[core_schema.CoreSchema], dict[str, Any]]
    ) -> dict[str, Any]:
        """The JSON schema of the two spellings."""
        forms = [_form(kind) for kind in cls.KINDS]
        return {"oneOf": forms, "description": f"A reference to a credential: {_FORMS}"}


def _form(kind: Kind) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {kind: {"type": "string", "minLength": 1}},
        "required": [kind],
        "additionalProperties": False,
    }


def _read(value: object) -> Secret | _Unusable:
    if isinstance(value, Secret):
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        ((kind, name),) = value.items()
        if kind in Secret.KINDS and isinstance(name, str) and name.strip():
            return Secret(kind, name)
    return _Unusable()


def _accept(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    raise PydanticCustomError("secret_reference", f"a secret is never written here; write {_FORMS}")


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ConfigurationError(
            f"The environment variable {name} is not set.",
            hint="Set it, or correct its name in the settings.",
        )
    return value


def _from_file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise ConfigurationError(
            f"The secret file {path} cannot be read: {error.strerror}.",
            hint="Check that it exists and that this user may read it.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"The secret file {path} is not UTF-8 text.") from None
