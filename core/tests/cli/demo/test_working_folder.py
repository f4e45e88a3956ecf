"""The folder that the demo works in."""

from __future__ import annotations

from pathlib import Path

import pytest

from backhaul.cli.demo.working_folder import working_folder
from backhaul.sdk.errors import BackhaulError, ConfigurationError


def test_a_temporary_folder_goes_when_all_went_well() -> None:
    with working_folder(None) as folder:
        (folder / "store").write_text("x")
    assert not folder.exists()


def test_it_goes_when_the_demo_is_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt), working_folder(None) as folder:
        raise KeyboardInterrupt
    assert not folder.exists()


def test_it_stays_and_is_named_when_the_demo_fails() -> None:
    with pytest.raises(BackhaulError) as raised, working_folder(None) as folder:
        raise BackhaulError("The two sides differ.")
    assert str(folder) in str(raised.value)
    folder.rmdir()


def test_a_folder_to_keep_is_made_and_stays(tmp_path: Path) -> None:
    with working_folder(tmp_path / "a" / "b") as folder:
        pass
    assert folder.is_dir()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ConfigurationError, match="not empty"), working_folder(tmp_path):
        pass
