"""SIGKILL at random moments: nothing lost, nothing doubled, nothing out of order.

The seed is printed and can be set (BACKHAUL_CRASH_SEED). It fixes the moments of the kills and what the
clerks draw; who runs when is the machine's affair, so the same seed gives a similar run, not the same.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.crash.support.clerks import Clerks
from tests.crash.support.deployment import LONGEST_DELAY
from tests.crash.support.scene import Scene, set_scene
from tests.crash.support.worker import Worker

#: More than this on its way, and the clerks wait: most saves are to be sent, not superseded.
_MOST_OPEN = 300
#: A worker that is killed early dies somewhere between its start and its first calls.
_EARLY, _EARLIEST_END = 0.25, 1.6
_SHOWN = 20


@dataclass(frozen=True)
class Load:
    """How much is sent and how many workers die meanwhile."""

    deliveries: int
    kills: int
    workers: int = 1
    faults: tuple[Mapping[str, Any], ...] = ()


SLOW_AT_TIMES = {"method": "P*", "fault": "delay", "seconds": LONGEST_DELAY, "probability": 0.01}
CUT_OFF = tuple(
    {"method": method, "fault": "drop_after_commit", "probability": 0.04} for method in ("POST", "PATCH")
)


@pytest.mark.timeout(300)
def test_sigkill_of_the_worker_at_twenty_moments(tmp_path: Path) -> None:
    survives(tmp_path, Load(deliveries=5_000, kills=20, faults=(SLOW_AT_TIMES,)))


@pytest.mark.timeout(300)
def test_sigkill_of_one_of_two_workers_while_answers_are_lost(tmp_path: Path) -> None:
    survives(tmp_path, Load(deliveries=1_200, kills=6, workers=2, faults=(*CUT_OFF, SLOW_AT_TIMES)))


def survives(folder: Path, load: Load) -> None:
    seed = int(os.environ.get("BACKHAUL_CRASH_SEED") or random.SystemRandom().randrange(10**9))
    print(f"BACKHAUL_CRASH_SEED={seed}")  # noqa: T201  (shown when the test fails: to repeat it)
    began = time.monotonic()
    with set_scene(folder) as scene:
        scene.simulator.control.faults(*load.faults, seed=seed)
        clerks = clerks_at_work(scene, load, seed)
        workers = [scene.start_worker() for _ in range(load.workers)]
        chance = random.Random(f"kills/{seed}")  # noqa: S311  (what it draws is no secret)
        kill(scene, load, chance, workers)
        clerks.end(within=60)
        scene.until_quiet()
        stopped = [worker.stop() for worker in workers]
        assert stopped == [0] * load.workers, [worker.words() for worker in workers]
        problems = scene.problems()
        report = f"seed {seed}, {time.monotonic() - began:.0f} s, {scene.balance()}"
        print(report)  # noqa: T201
        assert not problems, "\n".join([report, f"{len(problems)} problems:", *problems[:_SHOWN]])


def clerks_at_work(scene: Scene, load: Load, seed: int) -> Clerks:
    def enough() -> bool:
        row = scene.balance()
        return row.planned - row.superseded - row.skipped >= load.deliveries

    def not_too_much() -> None:
        scene.until(lambda: scene.balance().open < _MOST_OPEN, "workers should keep up", within=60)

    clerks = Clerks(scene.desk, seed, enough, not_too_much)
    clerks.begin()
    return clerks


def kill(scene: Scene, load: Load, chance: random.Random, workers: list[Worker]) -> None:
    """Kill a worker at each moment, by count of what is settled or early in its life; another takes over."""
    last = int(load.deliveries * 0.95)
    for moment in sorted(chance.sample(range(1, last), load.kills)):
        place = chance.randrange(len(workers))
        if chance.random() < _EARLY:
            time.sleep(chance.uniform(0, _EARLIEST_END))
        else:
            scene.until(lambda moment=moment: settled(scene) >= moment, "work should go on", within=60)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.05))
        workers[place].kill()
        workers[place] = scene.start_worker()


def settled(scene: Scene) -> int:
    row = scene.balance()
    return row.planned - row.open - row.superseded - row.skipped
