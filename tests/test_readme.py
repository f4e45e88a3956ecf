"""The README promises only what runs: its plugin, deployment file, commands, tree and links."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from backhaul.bootstrap import opened
from backhaul.cli.commands import COMMANDS
from backhaul.entities import Account, AccountStatus, Address
from backhaul.entities.party.address import AddressUsage
from backhaul.sdk.adapter import Adapter
from backhaul.sdk.envelope import Envelope, Verb
from backhaul.sdk.hooks import HookCall, NoHooks
from backhaul.sdk.invocation import Invocation
from backhaul.sdk.mapping import MapContext
from backhaul.sdk.repeat import Change

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "sixty_line_plugin" / "src" / "acme_care" / "adapter.py"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_plugin_is_ten_lines_of_the_example() -> None:
    (block,) = blocks("python")
    lines = [line for line in block.splitlines() if line.strip()]
    assert len(lines) == 10
    rest: Iterator[str] = iter(EXAMPLE.read_text(encoding="utf-8").splitlines())
    assert [line for line in lines if line not in rest] == []


@pytest.fixture
def care() -> Iterator[Invocation]:
    """The plugin of the README, with the imports of the example and nothing else."""
    (block,) = blocks("python")
    imports = re.findall(r"^from (\S+) import (.+)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    names: dict[str, Any] = {
        name: getattr(import_module(module), name)
        for module, listed in imports
        for name in listed.split(", ")
    }
    exec(compile(block, "README.md", "exec"), names)  # noqa: S102  (that it runs is what is tested)
    adapter: type[Adapter[Any]] = names["AcmeCare"]
    settings = adapter.settings_type.model_validate({"url": "https://care.example/api"})
    invocation = Invocation(
        "care", "acme_care", adapter(settings, adapter.open_transport(settings)), NoHooks()
    )
    yield invocation
    invocation.close()


def test_the_plugin_spells_an_account(care: Invocation) -> None:
    billing = Address(part_id="1", usage=AddressUsage.BILLING, city="Turin", country="IT")
    account = Account(id="A-1", name="Engines", status=AccountStatus.ACTIVE, addresses=[billing])
    envelope = Envelope("m-1", "c-1", "CUT Send Account Data", "account", Verb.SEND)
    rendered = care.render(
        account, Change.CREATE, {}, MapContext("care"), HookCall("care", envelope), leave_out=lambda _: False
    )
    assert rendered.payload == {
        "externalId": "A-1",
        "title": "Engines",
        "places": [{"kind": "billing", "town": "Turin"}],
    }


def test_the_deployment_file_opens(tmp_path: Path) -> None:
    (block,) = blocks("toml")
    path = tmp_path / "backhaul.toml"
    path.write_text(block, encoding="utf-8")
    with opened(path, strict=True) as backhaul:
        assert set(backhaul.landscape.invocations) == set(tomllib.loads(block)["backoffice"])
        assert len(backhaul.landscape.routes) == 3


def test_every_command_exists() -> None:
    text = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`backhaul ([a-z]+)", text))
    assert named
    assert named - set(COMMANDS) == set()
    targets = set(re.findall(r"\bmake (?:PYTHON=\S+ )?([a-z-]+)", text)) - {"a"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()


def test_the_tree_exists() -> None:
    (tree,) = [
        block
        for block in re.findall(r"^```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
        if "core/" in block
    ]
    missing = []
    for line in tree.splitlines():
        paths = re.split(r"\s{2,}", line.strip())[0].split()
        base = ROOT / "core" if line.startswith("  ") else ROOT
        missing += [path for path in paths if not (base / path).exists()]
    assert missing == []


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
