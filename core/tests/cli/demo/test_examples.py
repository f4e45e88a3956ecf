"""Where the examples are."""

from __future__ import annotations

from pathlib import Path

import pytest

from backhaul.cli.demo import examples
from backhaul.sdk.errors import ConfigurationError


def test_they_are_found_from_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    found = examples.find_examples()
    assert found.complete
    assert found.faults("crm_south") is not None
    assert found.faults("crm_north") is None


def test_without_a_checkout_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(examples, "_roots", lambda: iter([tmp_path]))
    with pytest.raises(ConfigurationError, match="Clone the repository"):
        examples.find_examples()
