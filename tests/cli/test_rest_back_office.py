"""The command line against the simulated TM Forum system, each in a process of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from backhaul.cli.app import app
from backhaul.cli.exit_code import ExitCode
from backhaul.sdk.simulator.control_client import ControlClient

MAIN = [sys.executable, "-c", "from backhaul.cli.app import main; main()"]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "telco"
DEPLOYMENT = """
[backoffice.crm]
plugin = "rest_backoffice"
url = "{url}"
timeout = 10
settle_after = 0.5
backoff = 0.1
hub = false

[[route]]
process = "Send Contact Data"
to = ["crm"]

[[route]]
process = "CUT Send Account Data"
to = ["crm"]

[ownership.account]
"credit_profile.*" = "crm"
"""
CONTACT = "contact_id,salutation,first_name,middle_name,last_name,job_title,status,contact_type,gender,"
CONTACT += "birth_date,preferred_channel,email,work_phone,mobile_phone,account_ids\n"


class Site:
    """A deployment and the simulated system that `backhaul simulate` runs for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.simulator = subprocess.Popen(
            [*MAIN, "simulate", "rest_backoffice", "--seed", "7"], stdout=subprocess.PIPE, text=True
        )
        assert self.simulator.stdout is not None
        said = json.loads(self.simulator.stdout.readline())
        self.control = ControlClient(said["control"])
        self.deployment = folder / "backhaul.toml"
        self.url = f"{said['url']}/tmf-api"
        self.deployment.write_text(DEPLOYMENT.format(url=self.url), encoding="utf-8")

    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(app, ["-d", str(self.deployment), *arguments])

    def json(self, *arguments: str, code: int = 0) -> Any:
        result = self.run("--json", *arguments)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def stop(self) -> int:
        assert self.simulator.stdout is not None
        self.simulator.send_signal(signal.SIGTERM)
        self.simulator.stdout.close()
        return self.simulator.wait(20)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def loaded(site: Site) -> Site:
    """Three people and their account are imported."""
    people = [f"C-{one},,Jane,,Doe{one},,active,,,,,jane{one}@x.example,,,\n" for one in (1, 2, 3)]
    (site.folder / "contacts.csv").write_text(CONTACT + "".join(people), encoding="utf-8")
    header = EXAMPLE.joinpath("accounts.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    row = {
        "account_id": "A-1",
        "name": "Doe & Co",
        "status": "active",
        "contact_ids": "C-1",
        "primary_contact_id": "C-1",
        "currency": "EUR",
        "credit_limit": "500",
        "credit_status_date": "2024-01-01",
    }
    line = ",".join(row.get(name, "") for name in header)
    (site.folder / "accounts.csv").write_text(f"{','.join(header)}\n{line}\n", encoding="utf-8")
    files = [str(site.folder / name) for name in ("accounts.csv", "contacts.csv")]
    found = site.json("import", *files, "--rejects", str(site.folder))
    assert (found["contact"]["new"], found["account"]["new"], found["account"]["deliveries"]) == (3, 1, 1)
    return site


def test_what_is_imported_arrives_and_can_be_traced(loaded: Site) -> None:
    (row,) = loaded.json("worker", "--until-idle")
    assert (row["planned"], row["completed"], row["open"], row["holds"]) == (4, 4, 0, True)
    state = loaded.control.state()
    assert "Doe & Co" in json.dumps(state)
    pairs = loaded.json("xref", "export")
    assert sorted(pair["record_id"] for pair in pairs) == ["A-1", "C-1", "C-2", "C-3"]
    (customer,) = [pair for pair in pairs if pair["resource"] == "customer"]
    assert loaded.json("get", "account", "--external", f"crm:{customer['external_id']}")["id"] == "A-1"
    (line,) = loaded.json("send", "Send Contact Data", "C-1", "--wait", "20")
    assert (line["state"], line["code"]) == ("skipped", "in_sync")


def test_explaining_opens_no_socket(loaded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded.json("worker", "--until-idle")
    before = loaded.control.stats()

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("a socket was opened")

    with monkeypatch.context() as forbidden:
        for name in ("socket", "create_connection", "getaddrinfo", "socketpair"):
            forbidden.setattr(socket, name, refuse)
        (found,) = loaded.json("explain", "account", "A-1")["back_offices"]
        checked = loaded.json("check", "--offline")
    assert loaded.control.stats() == before
    assert checked["ok"]
    assert found["change"] == "update"
    fields = {one["wire_path"]: one for one in found["fields"]}
    assert fields["name"]["value"] == "Doe & Co"
    assert fields["status"]["value_map"] == "account_status"
    limit = fields["characteristic[name=creditLimit].value.amount"]
    assert (limit["owner"], limit["left_out"]) == ("crm", "crm owns it")
    assert fields["engagedParty"]["source"] == "primary_contact_id"


def test_check_reaches_the_system_or_says_why_not(site: Site) -> None:
    found = site.json("check")
    assert found["results"][-1]["detail"].startswith(site.url)
    site.control.outage()
    found = site.json("check", code=ExitCode.UNREACHABLE)
    assert "refused" in found["results"][-1]["detail"]
    site.control.reopen()


def work(site: Site) -> dict[str, Any]:
    """The balance when nothing is open any more."""
    for _ in range(50):
        (row,) = site.json("worker", "--until-idle")
        if not row["open"]:
            return dict(row)
    raise AssertionError(row)


def test_a_refusal_and_a_lost_answer_are_told(loaded: Site) -> None:
    loaded.control.faults(
        {"operation": "POST customer", "fault": "refuse", "code": "CREDIT", "text": "No credit."},
        {"operation": "POST individual", "fault": "drop_after_commit", "nth": [2]},
    )
    row = work(loaded)
    assert (row["completed"], row["rejected"]) == (3, 1)
    (parked,) = loaded.json("deliveries", "list", "--parked")
    assert (parked["record_id"], parked["state"]) == ("A-1", "rejected")
    assert "No credit." in parked["reason"]
    loaded.control.faults()
    assert loaded.json("deliveries", "resubmit", str(parked["id"]), "--why", "credit was granted")["planned"]
    row = work(loaded)
    assert (row["completed"], row["replaced"], row["holds"]) == (4, 1, True)
    assert len(loaded.json("xref", "export")) == 4


def test_sigterm_lets_the_call_in_flight_finish(loaded: Site) -> None:
    loaded.control.faults({"operation": "POST individual", "fault": "delay", "seconds": 1.5})
    with subprocess.Popen(
        [*MAIN, "-d", str(loaded.deployment), "worker"], stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline().startswith("Working for crm")
        while not loaded.control.stats()["requests"]:
            assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    states = [one["state"] for one in loaded.json("deliveries", "list") if one["entity"] == "contact"]
    assert set(states) <= {"completed", "pending"}
    assert "completed" in states
    held = json.dumps(loaded.control.state())
    assert [state == "completed" for state in states] == [f"Doe{one}" in held for one in (1, 2, 3)]


def test_the_simulator_ends_as_it_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.control.state() is not None
    assert site.simulator.poll() is None
    assert site.stop() == 0
