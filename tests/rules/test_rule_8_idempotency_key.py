"""RULES 8: the idempotency key of a command."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.rules.support.commanding import payment, planned, submit, world_of
from tests.rules.support.office import OfficeSettings
from tests.rules.support.world import World

from backhaul.processes.command import Commanded, Commands
from backhaul.sdk.errors import ConflictError, NotFoundError, RejectedError, UnsupportedError
from backhaul.store.delivery_state import State
from backhaul.store.ledger import Ledger

MakeWorld = Callable[..., World]
P1 = ("payment", "p1")

# ---- the idempotency key --------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "", "  "])
def test_a_command_without_an_idempotency_key_is_refused(make_world: MakeWorld, key: str | None) -> None:
    world = world_of(make_world)
    with pytest.raises(RejectedError, match="idempotency key") as refused:
        submit(world, key=key)
    assert refused.value.code == "idempotency_key_missing"
    assert (planned(world), world.stored(*P1)) == (0, None)


@pytest.mark.parametrize("which", [{"key": "k" * 256}, {"caller": "c" * 256}, {"caller": ""}])
def test_a_key_or_caller_that_cannot_be_kept_whole_is_refused(
    make_world: MakeWorld, which: dict[str, str]
) -> None:
    with pytest.raises(RejectedError) as refused:
        submit(world_of(make_world), **which)  # type: ignore[arg-type]
    assert refused.value.code == "idempotency_key_unusable"


def test_the_same_key_and_content_returns_the_first_answer_and_does_nothing(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    first = submit(world)
    assert (first.version, len(first.deliveries), first.repeated) == (1, 1, False)
    assert submit(world) == replace(first, repeated=True)
    world.drain()
    world.restart()
    assert submit(world) == replace(first, repeated=True)
    world.drain()
    assert planned(world) == 1
    assert len(world.system.writes("payment")) == 1
    assert [change["version"] for change in world.changes(*P1)] == [1]


def test_the_first_answer_stands_after_its_record_has_changed(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    first = submit(world)
    world.edit(*P1, note="seen")
    assert submit(world) == replace(first, repeated=True)
    assert world.load(*P1).note == "seen"


@pytest.mark.parametrize(
    "other",
    [
        {"record": payment(amount="12.51")},
        {"record": payment("p2")},
        {"targets": ("billing", "assurance")},
        {"not_after": 60.0},
    ],
    ids=["amount", "record", "targets", "not_after"],
)
def test_the_same_key_with_other_content_is_a_conflict(make_world: MakeWorld, other: dict[str, Any]) -> None:
    world = make_world(
        offices={"billing": OfficeSettings(), "assurance": OfficeSettings()},
        routes=[],
    )
    submit(world)
    with pytest.raises(ConflictError, match="another command"):
        submit(world, **other)
    assert planned(world) == 1
    assert world.stored("payment", "p2") is None


def test_keys_are_kept_per_caller(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    submit(world, caller="shop")
    other = submit(world, payment("p2"), caller="kiosk")
    assert other.repeated is False
    assert planned(world) == 2


def test_what_the_caller_said_decides_where_the_record_got_its_id_from_us(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    said = {"amount": "12.50"}
    first = submit(world, payment("issued-1"), request=said)
    assert submit(world, payment("issued-2"), request=said) == replace(first, repeated=True)
    with pytest.raises(ConflictError):
        submit(world, payment("issued-3"), request={"amount": "13.00"})
    assert planned(world) == 1


def test_only_a_hash_of_the_request_is_kept(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    submit(world, payment(note="for the doctor"))
    kept = world.row("SELECT * FROM idempotency_keys")
    assert len(kept["hash"]) == 64
    assert "doctor" not in str(kept)


def test_two_with_one_key_at_the_same_moment_are_one_command(make_world: MakeWorld) -> None:
    world = world_of(make_world)
    answers: list[Commanded] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        answers.append(submit(world))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.deliveries for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 7
    assert planned(world) == 1


@pytest.mark.parametrize("step", ["_check_targets", "_checked"])
def test_the_loser_of_a_race_gets_the_winners_answer(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever it had read when the other committed."""
    world = world_of(make_world)
    won: list[Commanded] = []
    original = getattr(Commands, step)

    def overtaken(self: Commands, *given: Any) -> Any:
        found = original(self, *given) if step == "_checked" else None
        if not won:
            monkeypatch.setattr(Commands, step, original)
            won.append(submit(world))
        return found if step == "_checked" else original(self, *given)

    monkeypatch.setattr(Commands, step, overtaken)
    answer = submit(world)
    assert answer == replace(won[0], repeated=True)
    assert planned(world) == 1


def test_record_deliveries_and_key_are_one_transaction(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(make_world)

    def fail(*_: object) -> None:
        msg = "the power fails"
        raise OSError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "remember_answer", fail)
        with pytest.raises(OSError, match="power"):
            submit(world)
    assert (planned(world), world.stored(*P1), world.changes(*P1)) == (0, None, [])
    assert submit(world).repeated is False


def test_a_refused_command_does_not_use_up_its_key(make_world: MakeWorld) -> None:
    world = world_of(make_world, entities=("account", "payment"))
    with pytest.raises(NotFoundError, match="nowhere"):
        submit(world, targets=("nowhere",))
    with pytest.raises(RejectedError, match="no back office"):
        submit(world, targets=())
    world.restart(offices={"billing": OfficeSettings(entities=("account",))})
    with pytest.raises(UnsupportedError):
        submit(world)
    world.restart(offices={"billing": OfficeSettings()})
    assert submit(world).repeated is False
    assert planned(world) == 1


def test_a_command_to_a_back_office_whose_plugin_is_missing_is_planned_and_held(
    make_world: MakeWorld,
) -> None:
    world = make_world(
        offices={"billing": OfficeSettings()}, routes=[], missing={"field": "its plugin is not installed"}
    )
    (delivery,) = submit(world, targets=("field",)).deliveries
    world.drain()
    assert world.delivery(delivery).state is State.PENDING
