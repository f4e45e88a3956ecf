"""The demo's deployment file: the example's, with the addresses of the simulators that run now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from backhaul.sdk.errors import ConfigurationError

_URL = r'(^\[backoffice\.{name}\]$(?:(?!^\[).)*?^url = ")http://[^/"]+'


def write_deployment(example: Path, target: Path, addresses: Mapping[str, str]) -> None:
    """Copy the example; each back office gets its address, such as ``http://127.0.0.1:40001``.

    Raises ConfigurationError for an example in which one of them has no url.
    """
    text = example.read_text(encoding="utf-8")
    for name, address in addresses.items():
        pattern = re.compile(_URL.format(name=re.escape(name)), re.MULTILINE | re.DOTALL)
        found = pattern.search(text)
        if found is None:
            msg = f"There is no back office {name} with an http:// url in it."
            raise ConfigurationError(msg, file=str(example))
        text = f"{text[: found.end(1)]}{address}{text[found.end() :]}"
    target.write_text(text, encoding="utf-8")
