from __future__ import annotations

from backhaul_rest_backoffice.simulator.disorder import Disorder, DisorderPlan
from backhaul_rest_backoffice.simulator.event import Event

EVENTS = [Event("party", f"e{number}", {}) for number in range(200)]


def sent(plan: DisorderPlan) -> list[str]:
    disorder = Disorder(plan)
    stream = [found for event in EVENTS for found in disorder.after(event)]
    return [event.name for event in [*stream, *disorder.released()]]


def test_without_a_plan_everything_is_sent_once_and_in_order() -> None:
    assert sent(DisorderPlan()) == [event.name for event in EVENTS]


def test_events_change_places_but_none_is_lost() -> None:
    names = sent(DisorderPlan(shuffle=0.3, seed=1))
    assert names != [event.name for event in EVENTS]
    assert sorted(names) == sorted(event.name for event in EVENTS)


def test_some_events_come_twice() -> None:
    names = sent(DisorderPlan(duplicate=0.3, seed=1))
    assert len(names) > len(EVENTS)
    assert set(names) == {event.name for event in EVENTS}


def test_the_seed_decides() -> None:
    plan = DisorderPlan(duplicate=0.2, shuffle=0.2, seed=5)
    assert sent(plan) == sent(plan)
    assert sent(plan) != sent(DisorderPlan(duplicate=0.2, shuffle=0.2, seed=6))
