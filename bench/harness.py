"""What the benchmarks share: a simulator, a deployment of one back office on SQLite, and where results go."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backhaul.bootstrap import Backhaul, open_deployment
from backhaul.entities import Account, AccountType, Contact
from backhaul.sdk.simulator.process import SimulatorProcess

RESULTS = Path(__file__).parent / "results"
CONTACTS = 20

_DEPLOYMENT = """
[store]
url = "sqlite:///bench.db"

[backoffice.crm]
plugin = "rest_backoffice"
url = "{url}/tmf-api"
max_in_flight = 32

[[route]]
process = "CUT Send Account Data"
to = ["crm"]

[[route]]
process = "Send Contact Data"
to = ["crm"]
"""


@contextmanager
def deployment(folder: Path) -> Iterator[tuple[Backhaul, SimulatorProcess]]:
    """A deployment with bound contacts, and its simulator in a process of its own."""
    with SimulatorProcess("backhaul_rest_backoffice.simulator") as simulator:
        file = folder / "backhaul.toml"
        file.write_text(_DEPLOYMENT.format(url=simulator.url), encoding="utf-8")
        backhaul = open_deployment(file)
        try:
            people = [Contact(id=f"C{n}", first_name="Ann", last_name=f"Lee {n}") for n in range(CONTACTS)]
            backhaul.front_office.save_all(people)
            backhaul.dispatcher().drain(60)
            yield backhaul, simulator
        finally:
            backhaul.close()


def accounts(prefix: str, count: int) -> list[Account]:
    """Residential accounts that engage a bound contact: one POST each."""
    return [
        Account(
            id=f"{prefix}-{number}",
            name=f"Account {number}",
            account_number=f"N-{prefix}-{number}",
            account_type=AccountType.RESIDENTIAL,
            currency="EUR",
            contact_ids=[f"C{number % CONTACTS}"],
            primary_contact_id=f"C{number % CONTACTS}",
        )
        for number in range(count)
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def keep(name: str, results: Any) -> Path:
    """Keep the raw numbers of a run."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    about = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    path.write_text(json.dumps({**about, "results": results}, indent=1) + "\n", encoding="utf-8")
    return path
