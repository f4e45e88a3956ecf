from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from backhaul.store.unit_of_work import UnitOfWork

NOON = 1_700_000_000.0

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def test_an_attempt_is_on_record_from_before_its_first_byte_to_its_end(work: Work) -> None:
    with work() as uow:
        uow.attempts.start([{"delivery_id": 7, "number": 1, "kind": "send"}], "me")
        uow.attempts.start([], "me")
    with work(NOON + 2) as uow:
        uow.attempts.end(7, 1, "unknown", "no answer in 30 s")
        uow.attempts.start(
            [
                {"delivery_id": 7, "number": 2, "kind": "probe"},
                {"delivery_id": 8, "number": 2, "kind": "send"},
            ],
            "you",
        )
        first, second = uow.attempts.of(7)
    assert (first["number"], first["kind"], first["owner"]) == (1, "send", "me")
    assert (first["started_at"], first["ended_at"]) == (NOON, NOON + 2)
    assert (first["outcome"], first["text"]) == ("unknown", "no answer in 30 s")
    assert (second["number"], second["kind"], second["owner"], second["ended_at"]) == (
        2,
        "probe",
        "you",
        None,
    )


def test_the_end_of_one_attempt_leaves_the_others_alone(work: Work) -> None:
    with work() as uow:
        rows = [{"delivery_id": one, "number": two, "kind": "send"} for one in (7, 8) for two in (1, 2)]
        uow.attempts.start(rows, "me")
        uow.attempts.end(7, 2, "completed", None)
        assert [one["outcome"] for one in uow.attempts.of(7)] == [None, "completed"]
        assert [one["outcome"] for one in uow.attempts.of(8)] == [None, None]


def test_many_attempts_end_alike(work: Work) -> None:
    with work() as uow:
        rows = [{"delivery_id": one, "number": 1, "kind": "send"} for one in (7, 8, 9)]
        uow.attempts.start(rows, "me")
        uow.attempts.end_all([], "completed")
        uow.attempts.end_all([(7, 1), (9, 1)], "completed")
        ends = [uow.attempts.of(one)[0]["outcome"] for one in (7, 8, 9)]
        assert (ends, uow.attempts.of(9)[0]["ended_at"]) == (["completed", None, "completed"], NOON)
