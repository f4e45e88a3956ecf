"""What goes wrong, when and how often: declared, and the same again for the same seed.

A plan in TOML::

    seed = 7

    [[rule]]
    operation = "POST /customer"      # also: method, path; all may have * and ?
    fault = "drop_after_commit"
    nth = [3]                         # or: every = 10, or: probability = 0.05; none of them: always
    limit = 1

Chance is drawn per rule and per matching request, from the seed, the rule's position and the count, so
that other rules and other traffic do not shift it.
"""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from backhaul.sdk.errors import ConfigurationError
from backhaul.sdk.simulator.recurrence import Recurrence, Recurring


class FaultKind(StrEnum):
    """What can go wrong.

    `duplicate` is a network or proxy that delivers the same request twice: it is executed twice and the
    second answer comes back.
    """

    REFUSE = "refuse"
    DELAY = "delay"
    DRIBBLE = "dribble"
    FAIL_BEFORE_COMMIT = "fail_before_commit"
    FAIL_AFTER_COMMIT = "fail_after_commit"
    DROP_BEFORE = "drop_before"
    DROP_AFTER_COMMIT = "drop_after_commit"
    DUPLICATE = "duplicate"
    GARBLE = "garble"
    THROTTLE = "throttle"
    UNAUTHORIZED = "unauthorized"


class Garbling(StrEnum):
    """How an answer is spoilt."""

    HTML = "html"
    TRUNCATED = "truncated"
    ENCODING = "encoding"
    OVERSIZED = "oversized"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule: which requests, how often, and what happens to them. Times are seconds.

    `seconds` is the length of a delay, or the pause between two dribbled bytes; `head` dribbles the
    headers too. `garbling` leaves the status alone.
    """

    fault: FaultKind
    operation: str = "*"
    method: str = "*"
    path: str = "*"
    when: Recurrence = field(default_factory=Recurrence)
    status: int | None = None
    code: str = "SIMULATED"
    text: str = "The simulator refuses this request, as planned."
    seconds: float = 1.0
    retry_after: str | None = None
    garbling: Garbling = Garbling.HTML
    head: bool = False

    def matches(self, operation: str, method: str, path: str) -> bool:
        """True if the rule is about this request."""
        return (
            fnmatchcase(operation, self.operation)
            and fnmatchcase(method, self.method)
            and fnmatchcase(path, self.path)
        )


class FaultPlan:
    """The rules and how often each has matched and struck. Thread-safe."""

    def __init__(self, rules: Sequence[FaultRule] = (), seed: int = 0) -> None:
        self.rules = tuple(rules)
        self.seed = seed
        self._lock = threading.Lock()
        self._recurring = [Recurring(rule.when, f"{seed}/{place}") for place, rule in enumerate(self.rules)]

    @classmethod
    def parse(cls, document: Mapping[str, Any], seed: int | None = None) -> FaultPlan:
        """The plan in a TOML or JSON document; `seed` wins over the document's. Raises ConfigurationError."""
        unknown = sorted(set(document) - {"seed", "rule", "rules"})
        if unknown:
            raise ConfigurationError(f"A fault plan has no {unknown[0]!r}; it has seed and rule.")
        rules = document.get("rule", document.get("rules", []))
        if not isinstance(rules, list):
            raise ConfigurationError("A fault plan's rules are a list: begin each with [[rule]].")
        own = document.get("seed", 0)
        parsed = [_rule(rule, place) for place, rule in enumerate(rules, 1)]
        return cls(parsed, own if seed is None else seed)

    @classmethod
    def read(cls, path: Path, seed: int | None = None) -> FaultPlan:
        """The plan in a file, TOML or (named .json) JSON. Raises ConfigurationError."""
        try:
            text = path.read_text(encoding="utf-8")
            document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"The fault plan cannot be read: {error}", file=str(path)) from None
        return cls.parse(document, seed)

    def strike(self, operation: str, method: str, path: str) -> list[FaultRule]:
        """The rules that strike this request, in their order; counts them."""
        if not self.rules:
            return []
        with self._lock:
            return [
                rule
                for rule, recurring in zip(self.rules, self._recurring, strict=True)
                if rule.matches(operation, method, path) and recurring.is_due()
            ]

    def counts(self) -> list[dict[str, Any]]:
        """How often each rule has matched and struck."""
        with self._lock:
            return [
                {
                    "fault": rule.fault.value,
                    "operation": rule.operation,
                    "matched": recurring.occasions,
                    "struck": recurring.happened,
                }
                for rule, recurring in zip(self.rules, self._recurring, strict=True)
            ]


def _rule(document: object, place: int) -> FaultRule:
    if not isinstance(document, Mapping):
        raise ConfigurationError(f"Fault rule {place} is not a table.")
    known = {item.name for item in (*fields(FaultRule), *fields(Recurrence))} - {"when"}
    unknown = sorted(set(document) - known)
    if unknown:
        raise ConfigurationError(
            f"Fault rule {place} has no {unknown[0]!r}.", hint=f"It may have: {', '.join(sorted(known))}."
        )
    try:
        return _parsed(dict(document))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"Fault rule {place}: {error}.", hint=f"The faults are: {', '.join(FaultKind)}."
        ) from None


def _parsed(values: dict[str, Any]) -> FaultRule:
    values["fault"] = FaultKind(values.get("fault", ""))
    if "garbling" in values:
        values["garbling"] = Garbling(values["garbling"])
    when = {item.name: values.pop(item.name) for item in fields(Recurrence) if item.name in values}
    if "nth" in when:
        when["nth"] = (when["nth"],) if isinstance(when["nth"], int) else tuple(when["nth"])
    rule = FaultRule(when=Recurrence(**when), **values)
    if rule.seconds < 0:
        raise ValueError("seconds cannot be negative")
    return rule
