from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from backhaul.sdk.errors import BackhaulError
from backhaul.sdk.simulator.control_client import ControlClient
from backhaul.sdk.simulator.process import SimulatorProcess

MODULE = """
import sys
from backhaul.sdk.simulator.command import main
from backhaul.sdk.simulator.message import SimResponse
from backhaul.sdk.simulator.server import SimulatorServer

class Shop:
    held = []
    def state(self): return self.held
    def reset(self): self.held = []
    def restore(self, state): self.held = list(state)
    def create(self, request):
        self.held.append(request.json())
        return SimResponse(201, {"id": len(self.held)})

def build(options):
    shop = Shop()
    server = SimulatorServer(
        shop, host=options.host, port=options.port, control_port=options.control_port, faults=options.faults
    )
    server.route("POST", "/customer", shop.create)
    if options.arguments.size == "huge":
        raise SystemExit("too large for this shop")
    return server

if __name__ == "__main__":
    sys.exit(main(build, arguments=lambda parser: parser.add_argument("--size", default="small")))
"""


@pytest.fixture(autouse=True)
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corner_shop.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)


def create(url: str) -> Any:
    return ControlClient(url).call("POST", "/customer", {"name": "Anna"})


def test_it_runs_and_is_steered_and_reaped() -> None:
    with SimulatorProcess("corner_shop") as shop:
        assert create(shop.url) == {"id": 1}
        assert shop.control.state() == [{"name": "Anna"}]
        running, pid = shop.is_running, shop.pid
    assert (running, shop.is_running) == (True, False)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_its_state_outlives_an_orderly_end_but_not_a_crash(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with SimulatorProcess("corner_shop", "--state", str(state)) as shop:
        create(shop.url)
    assert json.loads(state.read_text()) == [{"name": "Anna"}]
    crashed = SimulatorProcess("corner_shop", "--state", str(state))
    assert create(crashed.url) == {"id": 2}
    assert crashed.kill() == -signal.SIGKILL
    with SimulatorProcess("corner_shop", "--state", str(state)) as shop:
        assert shop.control.state() == [{"name": "Anna"}]


def test_a_fault_plan_is_given_as_a_file(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('[[rule]]\nfault = "refuse"\ntext = "as planned"\n')
    with SimulatorProcess("corner_shop", "--faults", str(plan), "--seed", "3") as shop:
        with pytest.raises(BackhaulError, match="as planned"):
            create(shop.url)
        assert shop.control.stats()["faults"][0]["struck"] == 1


@pytest.mark.parametrize(
    ("module", "arguments", "words"),
    [
        ("no_such_shop", (), "No module named no_such_shop"),
        ("corner_shop", ("--size", "huge"), "too large for this shop"),
        ("corner_shop", ("--faults", "absent.toml"), r"absent\.toml: The fault plan cannot be read"),
        ("corner_shop", ("--colour", "red"), "unrecognized arguments"),
    ],
)
def test_a_simulator_that_does_not_start_says_why(
    module: str, arguments: tuple[str, ...], words: str
) -> None:
    with pytest.raises(BackhaulError, match=f"(?s)did not start.*{words}"):
        SimulatorProcess(module, *arguments)


def test_one_that_never_gets_ready_is_ended(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import time\ntime.sleep(60)\n")
    begun = time.monotonic()
    with pytest.raises(BackhaulError, match="did not start"):
        SimulatorProcess("sleeper", ready_within=0.2)
    assert time.monotonic() - begun < 5


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    parent = (
        "import os, sys\n"
        "from backhaul.sdk.simulator.process import SimulatorProcess\n"
        "print(SimulatorProcess('corner_shop').control.url, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", parent], capture_output=True, text=True, timeout=20, check=False
    )
    address = urlsplit(ran.stdout.strip())
    until = time.monotonic() + 5
    refused = False
    while not refused and time.monotonic() < until:
        with socket.socket() as probe:
            refused = probe.connect_ex((address.hostname or "", address.port or 0)) == errno.ECONNREFUSED
    assert refused


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_it_in_order(tmp_path: Path, name: str) -> None:
    state = tmp_path / "state.json"
    with subprocess.Popen(
        [sys.executable, "-m", "corner_shop", "--state", str(state)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as shop:
        assert shop.stdout is not None
        ready = json.loads(shop.stdout.readline())
        assert ready["pid"] == shop.pid
        create(ready["url"])
        shop.send_signal(getattr(signal, name))
        assert shop.wait(10) == 0
    assert json.loads(state.read_text()) == [{"name": "Anna"}]


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("{")
    with pytest.raises(BackhaulError, match=r"state\.json: The state cannot be read.*Remove the file"):
        SimulatorProcess("corner_shop", "--state", str(state))


def test_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; import backhaul.sdk.simulator.command, backhaul.sdk.simulator.process;"
        "print([name for name in ('pydantic', 'urllib3', 'marshmallow', 'requests') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
