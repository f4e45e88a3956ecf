"""JSON as Backhaul keeps and compares it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Document: TypeAlias = "dict[str, Json]"
#: Wire field path (``addresses[billing].city``) to its value in the back office's spelling.
Fields: TypeAlias = "Mapping[str, Json]"
