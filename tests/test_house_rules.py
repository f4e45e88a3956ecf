"""Rules about the repository itself that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
# In two halves, or this file would break its own rule.
REGISTRY_HOSTS = re.compile(
    "|".join(["pypi" + r"\.(org|io|python)", "pythonhosted" + r"\.org", "npmjs" + r"\.(org|com)"])
)
DECISION_NAME = re.compile(r"\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.md")


def repository_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


FILES = repository_files()
PYTHON = [path for path in FILES if path.suffix == ".py"]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_the_rules_see_the_repository() -> None:
    assert "tests/test_house_rules.py" in map(named, PYTHON)


def test_no_python_file_is_too_long() -> None:
    sizes = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {name: size for name, size in sizes.items() if size > MAX_FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    sizes = {
        f"{named(path)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in PYTHON
        for node in functions(path)
    }
    assert {name: size for name, size in sizes.items() if size > MAX_FUNCTION_LINES} == {}


def test_unit_tests_do_not_sleep() -> None:
    unit = [path for path in PYTHON if re.match(r"(core|contracts|plugins/\w+)/tests/", named(path))]
    sleeping = re.compile(r"\btime\.sleep\(|^from time import .*\bsleep\b", re.MULTILINE)
    assert [named(path) for path in unit if sleeping.search(path.read_text(encoding="utf-8"))] == []


def test_no_file_names_a_package_registry() -> None:
    naming = [
        named(path)
        for path in FILES
        if REGISTRY_HOSTS.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert naming == []


def test_the_lock_holds_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE)) == len(
        re.findall(r"(?:^|\n)[\w.-]+==[^#]*?--hash=", lock)
    )


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name for name in names if not DECISION_NAME.fullmatch(name)] == []
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_every_distribution_names_the_licence_and_the_same_version() -> None:
    projects = [
        tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        for path in FILES
        if path.name == "pyproject.toml" and path.parent != ROOT and "examples" not in path.parts
    ]
    assert {project["license"] for project in projects} == {"Apache-2.0"}
    assert len({project["version"] for project in projects}) == 1


def test_every_dependency_is_explained() -> None:
    explained = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    project = tomllib.loads((ROOT / "core" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    stated = [
        *project["dependencies"],
        *chain.from_iterable(project["optional-dependencies"].values()),
        *chain.from_iterable(groups.values()),
    ]
    wanted = {re.split(r"[\[<>=]", item)[0] for item in stated if isinstance(item, str)} - {"backhaul"}
    assert sorted(name for name in wanted if f"`{name}`" not in explained) == []


def test_every_package_that_plugins_may_not_import_is_protected() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (contract,) = [found for found in contracts if found["name"].startswith("A plugin imports only")]
    source = ROOT / "core" / "src" / "backhaul"
    parts = {
        entry.stem for entry in source.iterdir() if entry.suffix == ".py" or (entry / "__init__.py").is_file()
    }
    protected = {name.removeprefix("backhaul.") for name in contract["protected_modules"]}
    assert parts - protected == {"__init__", "sdk", "entities"}
