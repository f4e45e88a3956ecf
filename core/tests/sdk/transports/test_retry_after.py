from __future__ import annotations

import pytest

from backhaul.sdk.transports.base import Response
from backhaul.sdk.transports.retry_after import retry_after


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Thu, 01 Jan 1970 00:17:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("9" * 400, 86_400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("\u0665", None),
    ],
)
def test_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(Response(429, {"retry-after": text}, b""), now=lambda: 1000.0) == seconds


def test_no_header_says_nothing() -> None:
    assert retry_after(Response(429, {}, b"")) is None
