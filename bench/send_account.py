"""Send Account over REST beside a hand-written urllib3 script that posts the same payloads.

Both run against the same simulator, with 32 threads, in turn within one run; ours with everything that makes
it durable and ordered: SQLite with synchronous=FULL, lanes, pins before the first byte, merge of the reply.
"""

from __future__ import annotations

import argparse
import json
import queue
import tempfile
import threading
import time
from pathlib import Path

import urllib3
from harness import accounts, deployment, keep, median

from backhaul.bootstrap import Backhaul
from backhaul.sdk.simulator.process import SimulatorProcess
from backhaul.store.deliveries import DeliveryFilter
from backhaul.store.delivery_state import State

THREADS = 32
_HEADERS = {"content-type": "application/json;charset=utf-8", "accept": "application/json"}


def pipeline(backhaul: Backhaul, prefix: str, count: int) -> tuple[float, list[bytes]]:
    """Sends per second of the pipeline, and the payloads that it posted."""
    records = accounts(prefix, count)
    for start in range(0, count, 200):
        backhaul.front_office.save_all(records[start : start + 200])
    with backhaul.store.read() as uow:
        first = min(item.id for item in uow.deliveries.page(_pending(), limit=count))
    dispatcher = backhaul.dispatcher()
    began = time.perf_counter()
    dispatcher.drain(300)
    elapsed = time.perf_counter() - began
    with backhaul.store.read() as uow:
        completed = DeliveryFilter(states=frozenset({State.COMPLETED}))
        done = uow.deliveries.page(completed, limit=count, after=first - 1)
    if len(done) != count:
        raise SystemExit(f"{count} accounts were planned and {len(done)} completed: no number counts")
    return count / elapsed, [json.dumps(item.pin["payload"]).encode() for item in done]


def _pending() -> DeliveryFilter:
    return DeliveryFilter(states=frozenset({State.PENDING}))


def script(url: str, payloads: list[bytes]) -> float:
    """Posts per second of what anybody would write by hand: a pool, threads, post, read the id."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for payload in payloads:
        waiting.put(payload)
    pool = urllib3.PoolManager(maxsize=THREADS, retries=False)
    failed: list[str] = []

    def work() -> None:
        while True:
            try:
                payload = waiting.get_nowait()
            except queue.Empty:
                return
            response = pool.request(
                "POST", f"{url}/tmf-api/customerManagement/v4/customer", body=payload, headers=_HEADERS
            )
            if response.status != 201 or not json.loads(response.data)["id"]:
                failed.append(str(response.status))

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - began
    if failed:
        raise SystemExit(f"{len(failed)} posts of the script failed: {failed[:3]}")
    return len(payloads) / elapsed


def compare(folder: Path, delay: float, count: int, rounds: int) -> dict[str, object]:
    """Pairs of runs, in turn."""
    ours: list[float] = []
    theirs: list[float] = []
    with deployment(folder) as (backhaul, simulator):
        _slow(simulator, delay)
        for number in range(rounds):
            rate, payloads = pipeline(backhaul, f"R{number}", count)
            ours.append(rate)
            theirs.append(script(simulator.url, payloads))
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    print(
        f"{delay * 1000:4.0f} ms a call: pipeline {median(ours):6.0f}/s, script {median(theirs):6.0f}/s, "
        f"ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    return {"delay": delay, "count": count, "pipeline": ours, "script": theirs, "ratio": median(ratios)}


def _slow(simulator: SimulatorProcess, delay: float) -> None:
    if delay:
        simulator.control.faults({"fault": "delay", "method": "POST", "seconds": delay})


def main() -> None:
    """Run both delays and keep the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    results = []
    for delay in (0.0, 0.02):
        with tempfile.TemporaryDirectory() as folder:
            results.append(compare(Path(folder), delay, options.count, options.rounds))
    print(f"wanted: at least 0.40 at 0 ms and 0.95 at 20 ms; raw numbers in {keep('send_account', results)}")


if __name__ == "__main__":
    main()
