from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from command_line import Cli

from backhaul.cli.exit_code import ExitCode


def test_it_answers_and_ends_gracefully(cli: Cli) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", "from backhaul.cli.app import main; main()", "-d", str(cli.deployment)]
    with subprocess.Popen(
        [*command, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        address = urlsplit(said[2].rstrip(";"))
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        connection.request("GET", "/nothing/here")
        assert connection.getresponse().status in range(400, 500)
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_what_it_needs_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("backhaul.gateway")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = cli.run("serve")
    assert result.exit_code == ExitCode.CONFIGURATION
    assert "Install backhaul[http]." in result.stderr
