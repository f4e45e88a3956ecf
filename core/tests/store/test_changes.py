from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from backhaul.store.unit_of_work import UnitOfWork

NOON = 1_700_000_000.0
A1, A2 = ("account", "a1"), ("account", "a2")

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def test_the_history_of_a_record_oldest_first(work: Work) -> None:
    def change(uow: UnitOfWork, ref: tuple[str, str], version: int, **special: Any) -> None:
        usual: dict[str, Any] = {"origin": "front", "fields": {"name", "alias"}, "message_id": "m1"}
        uow.changes.add(ref, version, **(usual | {"causation_id": None, "hop": 0} | special))

    with work() as uow:
        change(uow, A1, 1)
        change(uow, A2, 1)
    with work(NOON + 5) as uow:
        change(uow, A1, 2, origin="billing", causation_id="m0", hop=2)
        first, second = uow.changes.of(A1)
    assert (first["version"], first["origin"], first["fields"]) == (1, "front", ["alias", "name"])
    assert (first["at"], first["causation_id"], first["hop"]) == (NOON, None, 0)
    assert (second["version"], second["origin"], second["at"]) == (2, "billing", NOON + 5)
    assert (second["causation_id"], second["hop"], second["message_id"]) == ("m0", 2, "m1")
    assert second["seq"] > first["seq"]


def test_what_was_lost_in_a_merge_stays_visible(work: Work) -> None:
    with work() as uow:
        conflict: dict[str, Any] = {"path": "name", "kind": "crossed", "kept": "ours"}
        uow.changes.add_conflict("billing", A1, message_id="m1", ours="Ada", theirs=None, **conflict)
        uow.changes.add_conflict("billing", A2, message_id=None, ours=1, theirs=[2], **conflict)
        (found,) = uow.changes.conflicts_of(A1)
        (other,) = uow.changes.conflicts_of(A2)
    assert {name: found[name] for name in ("backoffice", "path", "kind", "kept", "ours", "theirs")} == {
        "backoffice": "billing",
        "path": "name",
        "kind": "crossed",
        "kept": "ours",
        "ours": "Ada",
        "theirs": None,
    }
    assert (found["message_id"], found["at"]) == ("m1", NOON)
    assert (other["ours"], other["theirs"]) == (1, [2])


def test_the_newest_change_of_a_record(work: Work) -> None:
    with work() as uow:
        assert uow.changes.last_of(A1) is None
        for version in (1, 2):
            uow.changes.add(
                A1, version, origin="front", fields=["name"], message_id="m", causation_id=None, hop=0
            )
        newest = uow.changes.last_of(A1)
    assert newest is not None
    assert newest["version"] == 2
