from __future__ import annotations

from command_line import Cli

from backhaul.processes.catalogue import PROCESSES


def test_the_catalogue_needs_no_deployment(empty: Cli) -> None:
    found = empty.json("processes")
    assert [one["name"] for one in found] == [one.name for one in PROCESSES]
    assert {"name", "verb", "entity", "aliases"} == set(found[0])
    assert PROCESSES[0].name in empty.ok("processes")


def test_the_version(empty: Cli) -> None:
    found = empty.json("version")
    assert found["contract"] == 1
    assert f"backhaul {found['backhaul']} " in empty.ok("version")
