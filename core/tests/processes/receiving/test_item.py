"""A record that is held comes back as it arrived."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from backhaul.processes.receiving.item import Item, loaded
from backhaul.sdk.inbound import Inbound, InboundKind


def inbound(**values: Any) -> Inbound:
    return Inbound(InboundKind.CHANGED, "CU-1", {"name": "Ødegård", **values})


def test_a_held_record_keeps_exact_fractions() -> None:
    arrived = inbound(limit=Decimal("20000.10"), list=[{"deep": Decimal("0.1")}])
    stored = json.loads(json.dumps(Item(0, "account", arrived).dumped()))
    assert loaded(stored) == arrived


def test_a_held_record_of_an_earlier_release_is_understood() -> None:
    stored = {
        **json.loads(json.dumps(Item(0, "account", inbound()).dumped())),
        "document": {"name": "Ødegård"},
    }
    assert loaded(stored) == inbound()


def test_a_held_refusal_keeps_code_and_text() -> None:
    arrived = Inbound(InboundKind.UPDATED, None, {}, ticket="T1", refused=("422", "no"))
    stored = json.loads(json.dumps(Item(0, "account", arrived).dumped()))
    assert loaded(stored).refused == ("422", "no")
