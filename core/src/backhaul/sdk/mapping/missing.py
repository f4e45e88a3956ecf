"""The difference between "not said" and "cleared"."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias


class Missing(Enum):
    """Not said on the wire; None is an explicit null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
MissingType: TypeAlias = Literal[Missing.MISSING]
