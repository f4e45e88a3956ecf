from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import backhaul.entities

# For those who generate schemas, walk references or build keys of a new entity; nobody else needs them.
NOT_FOR_EVERYONE = {"schema", "reference_walk", "part_list", "card_number", "key", "extension", "text"}


def modules() -> Iterator[Any]:
    package = backhaul.entities
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def test_all_names_what_init_imports_and_nothing_else() -> None:
    imported = {
        name
        for name, value in vars(backhaul.entities).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }
    assert imported == set(backhaul.entities.__all__)
    assert len(backhaul.entities.__all__) == len(imported)


def test_every_public_class_is_reexported() -> None:
    exported = set(backhaul.entities.__all__)
    missing = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and module.__name__.rpartition(".")[2] not in NOT_FOR_EVERYONE
        and name not in exported
    ]
    assert missing == []


def test_a_name_is_the_same_object_wherever_it_is_imported_from() -> None:
    for module in modules():
        for name in backhaul.entities.__all__:
            if name in vars(module):
                assert vars(module)[name] is getattr(backhaul.entities, name)
