"""A deployment with one back office that needs no network."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backhaul.cli.logs import SafeFormatter
from backhaul.entities import Contact

# With importlib imports nothing beside a test can be imported unless its folder is named.
sys.path.insert(0, str(Path(__file__).parent / "desk"))

from command_line import Cli

SPEC = """
from backhaul.sdk.spec import AdapterSpec
spec = AdapterSpec(name="desk", contract=1, summary="A desk", adapter="cli_desk:Desk")
"""


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    """Every command sends the log to its standard error, which ends with it."""
    root = logging.getLogger()
    before = root.level
    yield
    root.setLevel(before)
    for handler in [one for one in root.handlers if isinstance(one.formatter, SafeFormatter)]:
        root.removeHandler(handler)


@pytest.fixture
def empty(tmp_path: Path) -> Cli:
    """A folder without a deployment file."""
    return Cli(tmp_path)


@pytest.fixture
def cli(empty: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A deployment that sends contacts to a desk."""
    site = tmp_path / "site"
    info = site / "site_desk-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: site-desk\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[backhaul]\ndesk = cli_desk_spec:spec\n", encoding="utf-8")
    (site / "cli_desk_spec.py").write_text(SPEC, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    (tmp_path / "held").mkdir()
    empty.write()
    return empty


@pytest.fixture
def jane() -> Contact:
    return Contact(id="C-1", first_name="Jane", last_name="Doe")
