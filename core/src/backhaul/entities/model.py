"""The base of everything that is exchanged."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An immutable value with a closed set of fields.

    Unknown fields are refused. The text of a validation error never shows the input: it may be personal data.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def changed(self, **changes: Any) -> Self:
        """Return a copy with these fields changed, validated as a whole. Raises pydantic.ValidationError."""
        # Not dict(self): a record has a method `keys`, which makes dict() take it for a mapping.
        return type(self).model_validate({**self.__dict__, **changes})
