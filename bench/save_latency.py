"""How long the front office waits for a save while a worker runs at full speed, beside saves without one."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from harness import accounts, deployment, keep, percentile

from backhaul.bootstrap import Backhaul


def saves(backhaul: Backhaul, prefix: str, count: int, pause: float) -> list[float]:
    """Milliseconds of single saves, one after the other with a pause, as agents make them."""
    taken: list[float] = []
    for record in accounts(prefix, count):
        began = time.perf_counter()
        backhaul.front_office.save(record)
        taken.append((time.perf_counter() - began) * 1000)
        time.sleep(pause)
    return taken


def busy_saves(
    backhaul: Backhaul, name: str, backlog: int, count: int, pause: float, *, apart: bool
) -> tuple[list[float], int]:
    """The same saves while a backlog is being delivered, and the deliveries that were left.

    By a worker apart, as `backhaul worker` is, or by a thread of this process.
    """
    records = accounts(f"B{name}", backlog)
    for start in range(0, backlog, 200):
        backhaul.front_office.save_all(records[start : start + 200])
    stop = _worker_apart(backhaul) if apart else _worker_here(backhaul)
    time.sleep(2.0 if apart else 0.5)
    try:
        taken = saves(backhaul, f"S{name}", count, pause)
        with backhaul.store.read() as uow:
            left = uow.deliveries.counts()["crm"].get("pending", 0)
        if left >= backlog:
            raise SystemExit("the worker has done nothing, so these numbers would say nothing")
    finally:
        stop()
    return taken, left


def _worker_here(backhaul: Backhaul) -> Callable[[], None]:
    dispatcher = backhaul.dispatcher()
    thread = threading.Thread(target=dispatcher.run)
    thread.start()

    def stop() -> None:
        dispatcher.stop()
        thread.join()

    return stop


def _worker_apart(backhaul: Backhaul) -> Callable[[], None]:
    program = Path(sys.executable).with_name("backhaul")
    command = [str(program), "--deployment", str(backhaul.deployment.path), "worker"]
    process = subprocess.Popen(  # noqa: S603  (our own command)
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def stop() -> None:
        process.terminate()
        process.wait(60)

    return stop


def main() -> None:
    """Run both and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backlog", type=int, default=8000)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--pause", type=float, default=0.005)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, deployment(Path(folder)) as (backhaul, _):
        calm = saves(backhaul, "Q", options.count, options.pause)
        size = (options.backlog, options.count, options.pause)
        apart, left = busy_saves(backhaul, "P", *size, apart=True)
        backhaul.dispatcher().drain(120)
        here, left_here = busy_saves(backhaul, "T", *size, apart=False)
    for name, taken in (
        ("alone", calm),
        ("beside a worker process", apart),
        ("beside a worker thread", here),
    ):
        print(
            f"save {name}: p50 {percentile(taken, 0.5):.1f}, p95 {percentile(taken, 0.95):.1f}, "
            f"p99 {percentile(taken, 0.99):.1f}, worst {max(taken):.1f} ms"
        )
    if not (left and left_here):
        print("the backlog ran out before the saves did: give --backlog more")
    numbers = {"alone": calm, "apart": apart, "here": here, "left": [left, left_here]}
    print(f"wanted: p99 of at most 25 ms beside a worker; raw numbers in {keep('save_latency', numbers)}")


if __name__ == "__main__":
    main()
