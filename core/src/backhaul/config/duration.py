"""Durations as people write them."""

from __future__ import annotations

import math
import re
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


def seconds(value: object) -> float:
    """Seconds from a number, or from text such as "250ms", "2s", "5m", "1.5h", "1d".

    Raises ValueError for anything else, negative or not finite numbers among it.
    """
    if isinstance(value, str) and (written := _WRITTEN.fullmatch(value.strip())):
        return float(written[1]) * _SECONDS[written[2]]
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
        return float(value)
    msg = 'a duration is a number of seconds, or text like "250ms", "2s", "5m", "1h", "1d"'
    raise ValueError(msg)


Duration: TypeAlias = Annotated[float, BeforeValidator(seconds)]
