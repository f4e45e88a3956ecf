"""SIGKILL at chosen points between the steps of a delivery, one worker after the other."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from tests.crash.support.records import account, contact
from tests.crash.support.scene import Scene, set_scene

#: In the order of a delivery's life; the last ones meet what the others have left unknown.
POINTS = [
    "claimed",
    "pinned",
    "after POST individual",
    "before POST organization",
    "after POST organization",
    "bound",
    "before POST customer",
    "after POST customer",
    "before PATCH individual",
    "after PATCH individual",
    "after PATCH organization",
    "before PATCH customer",
    "after PATCH customer",
    "answered",
    "settling",
    "deciding",
    "committed",
    "probe pinned",
    "after GET customer",
    "after GET organization",
]
_OLD = [f"old-{number}" for number in range(6)]
_PASSAGE = "3"


@pytest.mark.timeout(240)
def test_sigkill_at_each_point_of_a_delivery(tmp_path: Path) -> None:
    with set_scene(tmp_path) as scene:
        for name in _OLD:
            save_new(scene, name)
        worker = scene.start_worker()
        scene.until_quiet()
        assert worker.stop() == 0, worker.words()
        for point in POINTS:
            work_for(scene, point)
            doomed = scene.start_worker(point, _PASSAGE)
            assert doomed.wait() == -signal.SIGKILL, f"{point}: {doomed.words()}"
        scene.start_worker()
        scene.until_quiet()
        assert scene.problems() == []


def work_for(scene: Scene, point: str) -> None:
    """Creates and updates of every kind, so that each point is passed."""
    for number in range(4):
        save_new(scene, f"{point.replace(' ', '-')}-{number}")
    for name in _OLD:
        for entity, kind in (("contact", "C"), ("account", "P"), ("account", "O")):
            scene.desk.change(entity, f"{kind}-{name}")


def save_new(scene: Scene, name: str) -> None:
    """A person, an account of that person, and an account for which an organization is made."""
    person = contact(f"C-{name}")
    scene.desk.save(person, account(f"P-{name}", person=person.id), account(f"O-{name}", person=None))
