from __future__ import annotations

from backhaul_rest_backoffice.simulator.clock import Clock


def test_every_reading_is_later_than_the_one_before() -> None:
    readings = iter([10.0, 10.0, 9.0, 11.5])
    clock = Clock(lambda: next(readings))
    assert [clock.tick() for _ in range(4)] == [
        "1970-01-01T00:00:10.000000Z",
        "1970-01-01T00:00:10.000001Z",
        "1970-01-01T00:00:10.000002Z",
        "1970-01-01T00:00:11.500000Z",
    ]
