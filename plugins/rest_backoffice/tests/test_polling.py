from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from backhaul.entities import Contact
from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import ConfigurationError, UnsupportedError
from backhaul.sdk.inbound import InboundKind
from backhaul.sdk.simulator.process import SimulatorProcess

Sender = Any
Senders = Callable[..., Sender]


@pytest.fixture
def tmf(sender_with: Senders) -> Sender:
    return sender_with()


def poll(tmf: Sender, cursor: str | None, source: str = "individual") -> Any:
    return tmf.invocation.poll(source, cursor)


def names(polled: Any) -> list[str]:
    return [json.loads(found.body)["familyName"] for found in polled.messages]


def create(simulator: SimulatorProcess, *families: str) -> list[str]:
    made = [
        simulator.control.call(
            "POST",
            "/create",
            {"resource": "individual", "document": {"givenName": "Ada", "familyName": family}},
        )
        for family in families
    ]
    return [found["id"] for found in made]


def edit(simulator: SimulatorProcess, identifier: str, patch: dict[str, Any]) -> None:
    simulator.control.call("POST", "/edit", {"resource": "individual", "id": identifier, "patch": patch})


def test_a_poll_brings_what_was_changed(sender_with: Senders, simulator: SimulatorProcess) -> None:
    tmf = sender_with(poll_overlap=0)
    first, _, _ = create(simulator, "A", "B", "C")
    polled = poll(tmf, None)
    assert (names(polled), polled.more) == (["A", "B", "C"], False)
    edit(simulator, first, {"title": "Ms"})
    again = poll(tmf, polled.cursor)
    # The last change of the poll before is shown again: another one could bear the same stamp.
    assert names(again) == ["C", "A"]
    assert {found.message_id for found in again.messages} & {found.message_id for found in polled.messages}
    ((capability, inbound),) = tmf.invocation.read(again.messages[1])
    assert (capability.entity, inbound.kind) == (Contact, InboundKind.CHANGED)
    assert inbound.external_id == first
    assert inbound.message_id == again.messages[1].message_id
    assert inbound.stamp is not None
    assert inbound.stamp == again.cursor


def test_the_overlap_is_looked_at_again_under_the_same_ids(
    sender_with: Senders, simulator: SimulatorProcess
) -> None:
    tmf = sender_with(poll_overlap=60)
    create(simulator, "A", "B")
    once = poll(tmf, None)
    twice = poll(tmf, once.cursor)
    assert [found.message_id for found in once.messages] == [found.message_id for found in twice.messages]
    assert once.cursor == twice.cursor


def test_a_long_poll_goes_on_where_it_stopped(sender_with: Senders, simulator: SimulatorProcess) -> None:
    tmf = sender_with(poll_overlap=60, page_size=2, poll_pages=2)
    families = [f"F{number}" for number in range(11)]
    create(simulator, *families)
    seen: list[str] = []
    polled = poll(tmf, None)
    rounds = 1
    seen += names(polled)
    while polled.more:
        polled = poll(tmf, polled.cursor)
        seen += names(polled)
        rounds += 1
    assert list(dict.fromkeys(seen)) == families
    assert rounds < 12


def test_objects_that_change_between_pages_are_not_missed(
    sender_with: Senders, simulator: SimulatorProcess
) -> None:
    tmf = sender_with(poll_overlap=0, page_size=2, poll_pages=50)
    identifiers = create(simulator, *[f"F{number}" for number in range(6)])
    exchange = tmf.adapter.transport.exchange
    moved: list[str] = []

    def busy(request: Any, deadline: Deadline) -> Any:
        response = exchange(request, deadline)
        if len(moved) < 2:
            edit(simulator, identifiers[len(moved)], {"title": "Ms"})
            moved.append(identifiers[len(moved)])
        return response

    tmf.adapter.transport.exchange = busy
    assert set(names(poll(tmf, None))) == {f"F{number}" for number in range(6)}


def test_nothing_yet_leaves_the_cursor(tmf: Sender, simulator: SimulatorProcess) -> None:
    assert poll(tmf, None).cursor is None
    cursor = "2030-01-01T00:00:00.000000Z"
    assert poll(tmf, cursor) == poll(tmf, cursor)
    assert poll(tmf, cursor).cursor == cursor


def test_a_source_that_is_not_polled_is_refused(tmf: Sender, sender_with: Senders) -> None:
    for office, source in (
        (tmf, "organization"),
        (sender_with(last_update_field=None), "customer"),
        (sender_with(poll_sources=["customer"]), "individual"),
    ):
        with pytest.raises(UnsupportedError):
            poll(office, None, source)
    assert sender_with(poll_sources=["customer"]).adapter.poll_sources == ("customer",)


def test_a_missing_stamp_is_no_silent_end(sender_with: Senders, simulator: SimulatorProcess) -> None:
    create(simulator, "A")
    tmf = sender_with(last_update_field="href")
    exchange = tmf.adapter.transport.exchange

    def unsorted(request: Any, deadline: Deadline) -> Any:
        from dataclasses import replace  # noqa: PLC0415

        return exchange(replace(request, query={}), deadline)

    tmf.adapter.transport.exchange = unsorted
    with pytest.raises(ConfigurationError, match="has no href"):
        poll(tmf, None)
