"""Writes the JSON Schemas of the entities into the contracts.

python contracts/generate.py              write the current schemas
python contracts/generate.py --check      write nothing; exit 1 when a schema differs from its model
python contracts/generate.py --release    write the current schemas, and keep them as a released version
"""
# ruff: noqa: INP001, T201  (a script, and what it prints is its result)

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from backhaul.entities.schema import entity_schemas

HERE = Path(__file__).resolve().parent
CURRENT = HERE / "src" / "backhaul_contracts" / "documents" / "entities"
RELEASED = HERE / "released"
COMMAND = "python contracts/generate.py"


def rendered() -> dict[str, str]:
    """Return the text of every schema file, by file name; the same models give the same bytes."""
    return {
        f"{name}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in entity_schemas().items()
    }


def differences(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Return the names of the files that are missing in the folder, too many there, or differ."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in found.keys() | files.keys() if found.get(name) != files.get(name))


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Make the folder hold exactly these schema files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in differences(folder, files):
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink()


def version() -> str:
    """Return the version of the contracts distribution in this checkout."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def release(files: Mapping[str, str]) -> Path:
    """Keep these files as the release of the current version.

    Raises FileExistsError when it was released with other content: a release never changes.
    """
    folder = RELEASED / version()
    if folder.exists() and differences(folder, files):
        msg = f"{folder} is released already; raise the version in {HERE / 'pyproject.toml'}"
        raise FileExistsError(msg)
    write(folder, files)
    return folder


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Write the JSON Schemas of the entities.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="only say which schemas differ from the models")
    choice.add_argument("--release", action="store_true", help="also keep them as a released version")
    options = parser.parse_args()
    files = rendered()
    stale = differences(CURRENT, files)
    if options.check:
        for name in stale:
            print(f"{name} differs from its model; run: {COMMAND}")
        return 1 if stale else 0
    write(CURRENT, files)
    print(f"{CURRENT}: {', '.join(stale) or 'nothing changed'}")
    if options.release:
        print(f"released: {release(files)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
