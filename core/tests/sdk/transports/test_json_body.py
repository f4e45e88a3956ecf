from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backhaul.sdk.transports.base import Response
from backhaul.sdk.transports.json_body import UnreadableBodyError, parse_json, read_json


def typed(content_type: str, body: bytes) -> Response:
    return Response(200, {"content-type": content_type} if content_type else {}, body)


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        ("application/json", b'{"a": "\xc3\xa9"}', {"a": "é"}),
        ("application/json", b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ("application/problem+json", b"[]", []),
        ("", b'"x"', "x"),
        ('Application/JSON; Charset="ISO-8859-1"', b'"\xe9"', "é"),
        ("application/json; charset=utf-16", '"é"'.encode("utf-16"), "é"),
        ("application/json", b'"\\ud83d\\ude00"', "😀"),
        ("application/json", b"12345678901234567890.123456789", Decimal("12345678901234567890.123456789")),
        ("application/json", b"1e400", Decimal("1e400")),
        ("application/json", b"123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_json_is_read_exactly(content_type: str, body: bytes, value: Any) -> None:
    assert read_json(typed(content_type, body)) == value


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        ("text/html; charset=utf-8", b"{}", "it is 'text/html' where JSON belongs"),
        ("application/json; charset=ebcdic", b"{}", "its character set 'ebcdic' is not known"),
        ("application/json", b"\xff", "its text is not valid utf-8"),
        ("application/json", b'{"a":1,"a":1}', "an object in it has a key twice"),
        ("application/json", b"[Infinity]", "it has the number Infinity"),
        ("application/json", b'{"a"', "cut off"),
        ("application/json", b"1e99999", "a number beyond all limits"),
        ("application/json", b"9" * 5000, "number or nesting beyond all limits"),
        ("application/json", b"[" * 200_000, "number or nesting beyond all limits"),
        ("application/json", b'["\\uDC00"]', "half of a surrogate pair"),
    ],
)
def test_what_is_not_json_is_refused(content_type: str, body: bytes, words: str) -> None:
    with pytest.raises(UnreadableBodyError, match=words):
        read_json(typed(content_type, body))


def test_the_refusal_quotes_nothing() -> None:
    with pytest.raises(UnreadableBodyError) as error:
        parse_json(b'{"password": "hunter2" oops')
    assert "hunter2" not in str(error.value)
