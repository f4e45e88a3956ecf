"""Files that the reader names."""

from __future__ import annotations

import sys
from pathlib import Path

from backhaul.sdk.errors import ConfigurationError


def unusable(file: Path, error: OSError) -> ConfigurationError:
    """The error about a file that cannot be read or written."""
    return ConfigurationError(f"{error.strerror}.", file=str(file), hint="Name another file.")


def content(file: Path) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Raises ConfigurationError."""
    try:
        return sys.stdin.buffer.read() if file == Path("-") else file.read_bytes()
    except OSError as error:
        raise unusable(file, error) from error
