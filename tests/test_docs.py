"""The documents say what is so: their deployment files load, their commands exist, every key is named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from backhaul.cli.commands import COMMANDS
from backhaul.config import load_deployment, problems_of
from backhaul.config.tables import (
    DeploymentTable,
    HooksTable,
    RouteTable,
    ServeTable,
    StoreTable,
)
from backhaul.entities import ENTITIES
from backhaul.host.discovery import discover
from backhaul.host.registry import Registry
from backhaul.processes.catalogue import Catalogue
from backhaul.sdk.settings import AdapterSettings
from backhaul.store.tables import metadata

ROOT = Path(__file__).resolve().parent.parent
OWN = ("architecture", "deployment", "limits", "operations", "plugin-tutorial")
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in OWN}
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
EXAMPLE = ROOT / "examples" / "sixty_line_plugin"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


DEPLOYMENTS = [
    pytest.param(block, id=f"{name}-{number}")
    for name, text in PAGES.items()
    for number, block in enumerate(blocks(text, "toml"))
    if "[backoffice." in block
]


@pytest.mark.parametrize("block", DEPLOYMENTS)
def test_a_deployment_file_in_the_documents_is_valid(block: str, tmp_path: Path) -> None:
    path = tmp_path / "backhaul.toml"
    path.write_text(block, encoding="utf-8")
    deployment = load_deployment(path)
    assert problems_of(deployment, Catalogue().find, ENTITIES) == ()
    registry = Registry(discover(), strict=True)
    for name, table in deployment.back_offices.items():
        if table.plugin != "acme_care":  # the example, which is not installed
            adapter = registry.adapter(table.plugin)
            assert isinstance(adapter, type)
            assert deployment.settings_for(name, adapter.settings_type).max_in_flight > 0


def named(text: str, key: str) -> bool:
    return re.search(rf"^\|[^|]*`{re.escape(key)}`[^|]*\|", text, re.MULTILINE) is not None


def test_the_page_on_deployment_names_every_key() -> None:
    text = PAGES["deployment"]
    adapter = Registry(discover(), strict=True).adapter("rest_backoffice")
    assert isinstance(adapter, type)
    models = (
        StoreTable,
        ServeTable,
        HooksTable,
        RouteTable,
        AdapterSettings,
        adapter.settings_type,
    )
    assert sorted({key for model in models for key in model.model_fields if not named(text, key)}) == []
    tables = [
        name
        for name in DeploymentTable.model_fields
        if not re.search(rf"^## `\[+{name}\b", text, re.MULTILINE)
    ]
    assert tables == []


def test_the_page_on_architecture_names_every_table() -> None:
    tables = set(metadata.tables) - {name for name in metadata.tables if f"`{name}`" in PAGES["architecture"]}
    assert tables == set()


def test_the_tutorial_shows_the_example_as_it_is() -> None:
    text = PAGES["plugin-tutorial"]
    written = "\n".join(path.read_text(encoding="utf-8") for path in sorted(EXAMPLE.rglob("src/**/*.py")))
    shown = blocks(text, "python")
    assert len(shown) == 3
    assert [block for block in shown if block not in written] == []
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))
    assert tomllib.loads(blocks(text, "toml")[0]) == project


@pytest.mark.parametrize("name", OWN)
def test_every_command_in_the_documents_exists(name: str) -> None:
    said = set(re.findall(r"(?:`|^)backhaul ([a-z]+)", PAGES[name], re.MULTILINE))
    assert said - set(COMMANDS) == set()


@pytest.mark.parametrize(
    "page", [*(ROOT / "docs" / f"{name}.md" for name in OWN), *DECISIONS], ids=lambda p: p.stem
)
def test_every_link_in_the_documents_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    paths = re.findall(
        r"`((?:tests|core|plugins|bench|store|processes|sdk|delivery|examples)/[\w./-]+\.\w+)`", text
    )
    source = ROOT / "core" / "src" / "backhaul"
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [path for path in paths if not (ROOT / path).exists() and not (source / path).exists()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts_and_its_number(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Choice", "Measurement", "Consequence"]
    assert text.startswith(f"# {int(page.name[:4])}. ")
