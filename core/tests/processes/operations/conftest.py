"""A desk with a store of its own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backhaul.store import schema
from backhaul.store.database import Database

# With importlib imports nothing beside a test can be imported unless its folder is named.
sys.path.insert(0, str(Path(__file__).parent / "desk"))

from operations_desk import Desk


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database without rows, to copy."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    database.close()
    return file


@pytest.fixture
def make_desk(empty_file: Path, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """A desk whose back office has these settings; at the end its balance and lanes must be right."""
    desks: list[Desk] = []

    def make(**settings: Any) -> Desk:
        file = tmp_path / f"store{len(desks)}.db"
        shutil.copy(empty_file, file)
        desks.append(Desk(f"sqlite:///{file}", **settings))
        return desks[-1]

    yield make
    for desk in desks:
        desk.check()
        desk.store.close()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A back office that can neither be probed nor asked twice: whatever is unknown waits for a person."""
    return make_desk()
