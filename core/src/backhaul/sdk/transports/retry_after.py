"""When a busy back office wants to be asked again."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from backhaul.sdk.transports.base import Response

#: A longer wish is a mistake of the other side; the retry policy would not come back for days.
LONGEST = 86_400.0


def retry_after(response: Response, now: Callable[[], float] = time.time) -> float | None:
    """Seconds to wait, from a Retry-After header in seconds or as an HTTP date; None if it says nothing."""
    text = (response.header("retry-after") or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(moment - now(), 0.0), LONGEST)
