"""Countries."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

CountryCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]
"""An ISO 3166-1 alpha-2 code, such as DE; a system that writes names has a value map."""
