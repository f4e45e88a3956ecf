"""Text as it is exchanged: kept exactly as given, but free of what no system can carry."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

# Tab and line feed are the only control characters with a meaning in a note or an address.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Return the text unchanged.

    Raises ValueError on control characters other than tab and line feed, and on lone surrogates.
    """
    found = _FORBIDDEN.search(text)
    if found is None:
        return text
    code = ord(found.group())
    kind = "lone surrogate" if unicodedata.category(found.group()) == "Cs" else "control character"
    msg = f"{kind} U+{code:04X} at position {found.start()}; remove it (tab and line feed are allowed)"
    raise ValueError(msg)


def _clean_if_text(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _trimmed(text: object) -> object:
    if isinstance(text, str) and text != text.strip():
        msg = "an identifier has no white space at its ends; remove it"
        raise ValueError(msg)
    return text


Text = Annotated[str, StringConstraints(strict=True), BeforeValidator(_clean_if_text)]
"""Any text, possibly empty, of any length: a wire mapping states the limits of its system."""

Name = Annotated[str, StringConstraints(strict=True, min_length=1), BeforeValidator(_clean_if_text)]
"""Text with at least one character."""

Identifier = Annotated[
    str,
    StringConstraints(strict=True, min_length=1),
    BeforeValidator(_trimmed),
    BeforeValidator(_clean_if_text),
]
"""An issued id, number or code: not empty, no white space at its ends, compared exactly."""
