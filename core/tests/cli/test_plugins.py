from __future__ import annotations

from command_line import Cli

from backhaul.cli.exit_code import ExitCode


def test_the_list_names_what_is_installed_and_what_is_unusable(cli: Cli) -> None:
    info = cli.folder / "site" / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[backhaul]\nbroken = no_such_module:spec\n", encoding="utf-8")
    found = cli.json("plugins")
    assert {
        "name": "desk", "summary": "A desk", "distribution": "site-desk", "version": "1.0", "contract": 1,
        "has": ["adapter"],
    } in found["plugins"]  # fmt: skip
    (broken,) = [one for one in found["quarantined"] if one["name"] == "broken"]
    assert "no_such_module" in broken["reason"]
    assert cli.json("plugins", "list") == found
    result = cli.run("plugins")
    assert "desk" in result.stdout
    assert "Not usable: plugin broken (broken)" in result.stderr


def test_a_plugin_shows_its_manifest(cli: Cli) -> None:
    found = cli.json("plugins", "show", "desk")
    assert found["capabilities"][0] == {
        "entity": "contact", "role": "sends", "wire": "PersonSchema", "repeat": "none", "probe": False,
        "embeds": [], "needs": [], "batch": 1, "in_order": False,
    }  # fmt: skip
    assert found["unsupported"] == {"account": "a desk has no accounts"}
    assert found["wire"]["PersonSchema"]["resource"] == "person"
    assert "name.last: text" in found["wire"]["PersonSchema"]["fields"]
    settings = {one["key"]: one for one in found["settings"]}
    assert settings["folder"]["required"]
    assert settings["mood"] == {
        "key": "mood", "type": "one of yes, no, down, silent, broken", "required": False, "default": "yes"
    }  # fmt: skip
    assert settings["dead_lane"]["type"] == "one of park, go_on"
    assert settings["inbound_token"]["type"] == "secret"


def test_the_same_for_people(cli: Cli) -> None:
    text = cli.ok("plugins", "show", "desk")
    assert "desk 1.0 (site-desk)" in text
    assert "Not possible: account: a desk has no accounts" in text
    assert "PersonSchema: contact as person, 4 wire fields" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_configured_instance_can_be_shown(cli: Cli) -> None:
    assert cli.json("plugins", "show", "desk", "--backoffice", "desk")["name"] == "desk"
    assert cli.run("plugins", "show", "desk", "--backoffice", "dask").exit_code == ExitCode.NOT_FOUND


def test_an_unknown_plugin_is_not_found_with_the_nearest(cli: Cli) -> None:
    result = cli.run("plugins", "show", "desc")
    assert result.exit_code == ExitCode.NOT_FOUND
    assert "did you mean desk?" in result.stderr
