"""Dates and times in a system's own format, both ways."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from marshmallow import ValidationError

from backhaul.sdk.errors import ConfigurationError

_DIRECTIVE: Final = re.compile(r"%(.)")
_ALLOWED: Final = frozenset("YmdHMSfzZjbBpIyaA%")


class ClockFormat:
    """A strftime format that writes what it reads; years always have four digits. Immutable."""

    __slots__ = ("directives", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.directives = frozenset(_DIRECTIVE.findall(text))
        unknown = self.directives - _ALLOWED
        if unknown or "Z" in self.directives:
            raise ConfigurationError(
                f"time format {text!r}: %{min(unknown or {'Z'})} cannot be read back.",
                hint="Use %z for the offset, or name the zone of the system.",
            )

    def write(self, moment: datetime) -> str:
        """Return the moment in this format."""
        # strftime leaves out the leading zeros of years before 1000 on some platforms.
        return moment.strftime(self.text.replace("%Y", f"{moment.year:04d}"))

    def read(self, text: str) -> datetime:
        """Return the moment; naive unless the format has an offset. Raises marshmallow.ValidationError."""
        try:
            return datetime.strptime(text, self.text)  # noqa: DTZ007  (the field knows the zone)
        except ValueError:
            raise ValidationError(f"expected a time in the format {self.text!r}") from None
