from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backhaul.delivery import owner
from backhaul.delivery.owner import Owner

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed in /proc")


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def of(pid: int) -> Owner:
    return dataclasses.replace(Owner.current(), pid=pid, started=owner._started(pid) or "")


def test_who_runs_is_not_dead(other: subprocess.Popen[bytes]) -> None:
    assert not of(other.pid).is_dead_here(Owner.current())
    assert not Owner.parse(str(Owner.current())).is_dead_here(Owner.current())


def test_a_killed_process_that_nobody_has_waited_for_is_dead(other: subprocess.Popen[bytes]) -> None:
    known = of(other.pid)
    other.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays listed
    assert Path(f"/proc/{other.pid}/stat").exists()
    assert known.is_dead_here(Owner.current())


def test_a_pid_that_another_process_has_by_now_does_not_make_it_alive(other: subprocess.Popen[bytes]) -> None:
    assert dataclasses.replace(of(other.pid), started="1").is_dead_here(Owner.current())


def test_who_ran_before_the_reboot_is_dead_and_of_other_hosts_nothing_is_known() -> None:
    here = Owner.current()
    assert dataclasses.replace(here, boot="another").is_dead_here(here)
    assert not dataclasses.replace(here, host="another", started="1").is_dead_here(here)
