"""Installed distributions, made on disk as pip would leave them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from textwrap import dedent

import pytest

Install = Callable[..., None]

SPEC = """
from backhaul.sdk.spec import AdapterSpec
spec = AdapterSpec(
    name={name!r}, contract={contract!r}, summary="A plugin.",
    adapter={adapter!r}, hooks={hooks!r},
)
"""


class Site:
    """A folder on the import path that holds distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: set[str] = set()

    def module(self, name: str, text: str) -> None:
        (self.folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
        self.modules.add(name)

    def distribution(self, name: str, points: str, version: str = "1.0") -> None:
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[backhaul]\n{dedent(points)}\n")

    def plugin(
        self, name: str, *, adapter: str | None = None, hooks: str | None = None, contract: object = 1
    ) -> None:
        self.module(f"{name}_spec", SPEC.format(name=name, contract=contract, adapter=adapter, hooks=hooks))
        self.distribution(f"site-{name}", f"{name} = {name}_spec:spec")

    def entry_points(self) -> list[EntryPoint]:
        return [point for found in distributions(path=[str(self.folder)]) for point in found.entry_points]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.syspath_prepend(str(tmp_path))
    made = Site(tmp_path)
    yield made
    for name in made.modules:
        sys.modules.pop(name, None)
