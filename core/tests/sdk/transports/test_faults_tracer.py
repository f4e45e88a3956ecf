from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from backhaul.sdk.deadline import Deadline
from backhaul.sdk.errors import BackhaulError, TransientError, UnknownOutcomeError
from backhaul.sdk.simulator.recurrence import Recurrence
from backhaul.sdk.transports.base import Request, Response, Transport
from backhaul.sdk.transports.faults import FaultyTransport, TransportFault, TransportRule
from backhaul.sdk.transports.tracer import Trace, TracingTransport

WRITE = Request("POST", "customer", "POST customer", body=b"12345")
READ = Request("GET", "customer/1", "GET customer", safe=True)
DEADLINE = Deadline.after(60)


class Counting:
    def __init__(self) -> None:
        self.executed = 0
        self.closed = False

    def exchange(self, request: Request, deadline: Deadline) -> Response:
        self.executed += 1
        return Response(201, {"content-type": "application/json"}, b"{}")

    def close(self) -> None:
        self.closed = True


def outcome(transport: Transport, request: Request = WRITE) -> Response | BackhaulError:
    try:
        return transport.exchange(request, DEADLINE)
    except BackhaulError as error:
        return error


@pytest.mark.parametrize(
    ("fault", "executed", "after_write", "after_read"),
    [
        (TransportFault.REFUSE, 0, TransientError, TransientError),
        (TransportFault.DROP_BEFORE, 0, UnknownOutcomeError, TransientError),
        (TransportFault.DROP_AFTER, 1, UnknownOutcomeError, TransientError),
        (TransportFault.STATUS, 0, Response, Response),
        (TransportFault.GARBLE, 1, Response, Response),
        (TransportFault.DELAY, 1, Response, Response),
    ],
)
def test_a_fault_looks_like_a_real_one(
    fault: TransportFault, executed: int, after_write: type, after_read: type
) -> None:
    for request, kind in ((WRITE, after_write), (READ, after_read)):
        inner = Counting()
        transport = FaultyTransport(inner, [TransportRule(fault)])
        assert type(outcome(transport, request)) is kind
        assert inner.executed == executed


def test_garbling_and_status_change_the_answer() -> None:
    garbled = outcome(FaultyTransport(Counting(), [TransportRule(TransportFault.GARBLE, body=b"<p>")]))
    assert isinstance(garbled, Response)
    assert (garbled.status, garbled.header("Content-Type"), garbled.body) == (201, "text/html", b"<p>")
    status = outcome(FaultyTransport(Counting(), [TransportRule(TransportFault.STATUS, status=429)]))
    assert isinstance(status, Response)
    assert status.status == 429


def test_a_delay_never_outlasts_the_deadline() -> None:
    slept: list[float] = []
    rule = TransportRule(TransportFault.DELAY, seconds=100)
    transport = FaultyTransport(Counting(), [rule], sleep=slept.append)
    transport.exchange(WRITE, Deadline(at=7.0, clock=lambda: 2.0))
    assert slept == [5.0]


def test_rules_are_for_operations_and_the_first_one_due_counts() -> None:
    rules = [
        TransportRule(TransportFault.REFUSE, operation="POST *", when=Recurrence(nth=(2,))),
        TransportRule(TransportFault.DROP_AFTER, operation="POST customer", when=Recurrence(limit=2)),
    ]
    transport = FaultyTransport(Counting(), rules)
    kinds = [type(outcome(transport)).__name__ for _ in range(4)]
    assert kinds == ["UnknownOutcomeError", "TransientError", "UnknownOutcomeError", "Response"]
    assert isinstance(outcome(transport, READ), Response)


def test_chance_is_the_same_for_the_same_seed() -> None:
    def pattern(seed: int) -> list[bool]:
        rule = TransportRule(TransportFault.REFUSE, when=Recurrence(probability=0.5))
        transport = FaultyTransport(Counting(), [rule], seed=seed)
        return [isinstance(outcome(transport), Response) for _ in range(50)]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)
    assert 10 < sum(pattern(1)) < 40


def test_closing_goes_through() -> None:
    inner = Counting()
    TracingTransport(FaultyTransport(inner, [])).close()
    assert inner.closed


def test_a_trace_tells_operation_outcome_and_time() -> None:
    traces: list[Trace] = []
    clock: Iterator[float] = iter([1.0, 1.25, 2.0, 2.5])
    rule = TransportRule(TransportFault.REFUSE, when=Recurrence(nth=(2,)))
    transport = TracingTransport(
        FaultyTransport(Counting(), [rule]), report=traces.append, clock=lambda: next(clock)
    )
    outcome(transport)
    outcome(transport)
    assert traces == [
        Trace("POST customer", "POST", 250.0, 5, status=201, received_bytes=2),
        Trace("POST customer", "POST", 500.0, 5, error="TransientError"),
    ]


def test_by_default_a_line_is_logged_without_bodies(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="backhaul.sdk.transports.tracer")
    outcome(TracingTransport(Counting(), clock=lambda: 0.0))
    assert [record.getMessage() for record in caplog.records] == [
        "POST customer: 201 in 0.0 ms, 5 bytes out, 2 bytes in"
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"nth": (1,), "every": 2}, "only one of"),
        ({"probability": 1.5}, "between 0 and 1"),
        ({"every": 0}, "count from 1"),
        ({"nth": (0,)}, "count from 1"),
    ],
)
def test_a_recurrence_that_cannot_be_meant_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Recurrence(**values)  # type: ignore[arg-type]
