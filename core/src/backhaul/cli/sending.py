"""Delivering what was just planned, and waiting for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from backhaul.bootstrap import Backhaul
from backhaul.processes.operations.deliveries import DeliveryOperations
from backhaul.processes.operations.delivery_view import DeliveryLine
from backhaul.store.delivery_filter import DeliveryFilter

_LOOK_EVERY = 0.05


def outcomes(backhaul: Backhaul, planned: Sequence[int], wait: float | None) -> list[DeliveryLine]:
    """How the deliveries stand: at once, or with `wait` when they are settled or so many seconds have passed.

    What absorbed one of them (a save that covers it) is not followed: it is settled as superseded then.
    """
    if not planned:
        return []
    chosen = DeliveryFilter(ids=tuple(planned))
    operations = DeliveryOperations(backhaul.store, backhaul.landscape, backhaul.announcements)
    if wait is not None:
        _deliver(backhaul, operations, chosen, wait)
    return operations.list(chosen, limit=len(planned))


def _deliver(backhaul: Backhaul, operations: DeliveryOperations, chosen: DeliveryFilter, wait: float) -> None:
    dispatcher = backhaul.dispatcher()
    failure: list[BaseException] = []

    def run() -> None:
        try:
            dispatcher.run()
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that waits)
            failure.append(error)

    thread = threading.Thread(target=run, name="backhaul-send")
    thread.start()
    ends = time.monotonic() + wait
    try:
        while thread.is_alive() and time.monotonic() < ends and not _settled(operations, chosen):
            time.sleep(_LOOK_EVERY)
    finally:
        dispatcher.stop()
        thread.join()
    if failure:
        raise failure[0]


def _settled(operations: DeliveryOperations, chosen: DeliveryFilter) -> bool:
    lines = operations.list(chosen, limit=len(chosen.ids or ()))
    return all(line.settled_at is not None or line.delivery_parked for line in lines)
