"""`backhaul demo` as a user runs it: what it prints, what it leaves behind."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc"),
]

COMMAND = [sys.executable, "-c", "from backhaul.cli.app import main; main()", "demo"]
#: Inherited by everything that the demo starts, so that survivors are found whoever their parent is.
MARK = "BACKHAUL_TEST_DEMO"
PLANTED_DEFECTS = 88


@dataclass(frozen=True)
class Demo:
    """One run, ended."""

    status: int
    output: str
    errors: str
    folder: Path
    survivors: list[str]

    def table(self, back_office: str) -> dict[str, dict[str, int]]:
        """The rows of a back office's first table, by their name."""
        lines = self.output.splitlines()
        start = next(place for place, line in enumerate(lines) if line.startswith(back_office.upper()))
        columns = re.split(r"\s{2,}", lines[start])
        found = {}
        for line in lines[start + 1 :]:
            if not line.strip():
                break
            name, *numbers = re.split(r"\s{2,}", line.strip())
            found[name] = dict(zip(columns[1:], map(int, numbers), strict=True))
        return found


def started(mark: str, temporary: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env={**os.environ, MARK: mark, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a signal for it is not one for us
    )


def marked(mark: str) -> list[str]:
    """The processes that carry the mark."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # no process, another user's, or gone meanwhile
    return found


def gone(mark: str, within: float) -> list[str]:
    """Who is still there after so many seconds."""
    ends = time.monotonic() + within
    while (left := marked(mark)) and time.monotonic() < ends:
        time.sleep(0.1)
    return left


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    temporary = tmp_path_factory.mktemp("demo")
    folder = temporary / "kept"
    mark = uuid4().hex
    process = started(mark, temporary, "--keep", str(folder))
    try:
        output, errors = process.communicate(timeout=200)
    except subprocess.TimeoutExpired:
        process.terminate()
        output, errors = process.communicate()
    return Demo(process.returncode, output, errors, folder, gone(mark, 0.0))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A demo whose workers have begun, and its mark."""
    mark = uuid4().hex
    process = started(mark, tmp_path)
    assert process.stdout is not None
    while line := process.stdout.readline():
        if "backhaul worker" in line:
            break
    yield process, mark
    process.kill()
    process.communicate()


def test_it_succeeds(demo: Demo) -> None:
    assert demo.status == 0, f"{demo.output}\n{demo.errors}"
    assert "Everything is where it belongs" in demo.output


def test_nothing_that_it_started_survives(demo: Demo) -> None:
    assert demo.survivors == []


@pytest.mark.parametrize("back_office", ["crm_north", "crm_south"])
def test_the_table_of_each_back_office_shows_everything_once(demo: Demo, back_office: str) -> None:
    # The good rows of the export, and one account with its person opened by each clerk.
    expected = {"accounts": 451 + 2, "contacts": 663 + 2}
    for name, row in demo.table(back_office).items():
        assert row == {
            "EXPECTED": expected[name],
            "THERE": expected[name],
            "BOUND": expected[name],
            "CREATED BY US": expected[name] - 1,
            "MISSING": 0,
            "DOUBLED": 0,
            "DIFFERING": 0,
        }
    assert demo.table(back_office).keys() == expected.keys()


def test_the_balance_of_deliveries_adds_up(demo: Demo) -> None:
    pattern = r"^DELIVERIES.*?\n(.*?)^planned = the sum of these +(\d+)$"
    tables = re.findall(pattern, demo.output, re.MULTILINE | re.DOTALL)
    assert len(tables) == 2
    for rows, planned in tables:
        numbers = [int(line.split()[-1]) for line in rows.splitlines()]
        assert sum(numbers) == int(planned)
        assert "open                        0" in rows


def test_it_says_what_it_did(demo: Demo) -> None:
    for told in (
        "backhaul import accounts.csv contacts.csv",
        "kill -9",
        "takes its lanes back",
        "crm_north refuses connections from now on",
        "crm_north is back after",
        "was rejected by crm_south: CREDIT_CHECK",
        "POST /v1/processes/CUT Get Account Data",
    ):
        assert told in demo.output
    assert not re.search(r"changes taken over: 0 |, 0 from crm_south", demo.output)


def test_the_rejected_rows_are_kept_with_line_field_and_reason(demo: Demo) -> None:
    rows = []
    for name in ("accounts.rejects.csv", "contacts.rejects.csv"):
        with (demo.folder / name).open(encoding="utf-8-sig", newline="") as file:
            rows += list(csv.DictReader(file))
    assert len(rows) == PLANTED_DEFECTS
    assert all(row["line"] and row["reason"] for row in rows)


def test_the_kept_deployment_file_names_the_addresses_of_the_run(demo: Demo) -> None:
    deployment = tomllib.loads((demo.folder / "backhaul.toml").read_text(encoding="utf-8"))
    for name, table in deployment["backoffice"].items():
        assert f"{name} at {table['url'].removesuffix('/tmf-api')} works" in demo.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_it_stops_everything_that_it_started(
    running: tuple[subprocess.Popen[str], str], number: signal.Signals, tmp_path: Path
) -> None:
    process, mark = running
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert gone(mark, 1.0) == []
    assert list(tmp_path.iterdir()) == []


def test_killed_it_leaves_nobody_behind(running: tuple[subprocess.Popen[str], str]) -> None:
    process, mark = running
    process.kill()
    process.communicate()
    assert gone(mark, 30.0) == []


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    process = started(uuid4().hex, tmp_path, "--keep", str(tmp_path))
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "not empty" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
