from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from command_line import DEPLOYMENT, Cli

from backhaul.bootstrap import opened
from backhaul.cli.exit_code import ExitCode
from backhaul.cli.working import Shift
from backhaul.entities import Contact


def test_until_idle_it_delivers_everything_and_adds_up(cli: Cli, jane: Contact) -> None:
    cli.save(jane, Contact(id="C-2", last_name="Doe of a very long name"))
    (row,) = cli.json("worker", "--until-idle")
    assert (row["planned"], row["completed"], row["unmappable"], row["open"], row["holds"]) == (
        2,
        1,
        1,
        0,
        True,
    )
    assert cli.held("C-1")["name"]["last"] == "Doe"
    assert cli.json("deliveries", "balance") == [row]
    assert "desk" in cli.ok("deliveries", "balance")


def test_it_ends_when_nothing_can_be_done_now(cli: Cli, jane: Contact) -> None:
    cli.write("down")
    cli.save(jane)
    (row,) = cli.json("worker", "--until-idle")
    assert (row["open"], row["backing_off"]) == (1, 1)
    assert cli.json("backoffice", "status")[0]["state"] == "down"


def test_a_budget_ends_it(cli: Cli, jane: Contact) -> None:
    cli.save(jane)
    (row,) = cli.json("worker", "--budget", "0.5")
    assert row["completed"] == 1
    cli.json("worker", "--until-idle", "--budget", "0")


def test_strict_refuses_a_missing_plugin(cli: Cli) -> None:
    cli.write(text=DEPLOYMENT + '\n[backoffice.other]\nplugin = "desc"\n')
    result = cli.run("worker", "--until-idle", "--strict")
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "desc" in result.stderr
    cli.ok("worker", "--until-idle")


@contextmanager
def running(cli: Cli) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, that has said that it works."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = "from backhaul.cli.app import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "-d", str(cli.deployment), "worker"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        assert process.stderr.readline() == "Working for desk; Ctrl-C ends it.\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_gracefully(cli: Cli, jane: Contact, number: signal.Signals) -> None:
    with running(cli) as process:
        cli.save(jane)
        waited = threading.Event()
        while not (cli.folder / "held" / "C-1.json").exists():
            waited.wait(0.02)
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (0, "")
    assert cli.json("deliveries", "show", "1")["line"]["state"] == "completed"


def test_handlers_are_put_back(cli: Cli) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with opened(cli.deployment) as backhaul:
        Shift(backhaul, 5.0).work(until_idle=True)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_between_two_drains_is_not_lost(
    cli: Cli, jane: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again() -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    cli.save(jane)
    with opened(cli.deployment) as backhaul:
        monkeypatch.setattr(backhaul.receive, "take_held", again)
        Shift(backhaul).work(until_idle=True)
    assert (cli.folder / "held" / "C-1.json").exists()
