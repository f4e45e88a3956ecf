"""The demo: the whole product at work on the examples, judged at its end."""

from __future__ import annotations

from backhaul.cli.demo.scenario import run

__all__ = ["run"]
