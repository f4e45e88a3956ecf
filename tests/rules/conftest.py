"""Worlds to prove the rules in; see `support`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.rules.support.world import World

from backhaul.store.database import Database
from backhaul.store.schema import upgrade

MakeWorld: TypeAlias = Callable[..., World]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows, to copy: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture
def make_world(tmp_path: Path, empty_store: Path) -> Iterator[MakeWorld]:
    """Makes worlds on one store file; every one is closed at the end."""
    made: list[World] = []

    def make(**options: Any) -> World:
        made.append(World(tmp_path, empty_store, **options))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """One back office, `billing`, to which every save of an account or contact is sent."""
    return make_world()
