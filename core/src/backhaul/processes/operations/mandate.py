"""Who acts, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backhaul.processes.operations.masking import masked_text
from backhaul.sdk.errors import RejectedError
from backhaul.store.unit_of_work import UnitOfWork

_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Mandate:
    """In whose name an operator verb runs, and for which reason; both end up in the audit trail.

    Raises RejectedError when one of them is empty.
    """

    who: str
    why: str

    def __post_init__(self) -> None:
        if not self.who.strip() or len(self.who) > _LONGEST_NAME:
            msg = "What operators do is recorded with their name."
            raise RejectedError(msg, code="who", hint=f"Say who you are, in 1 to {_LONGEST_NAME} characters.")
        if not self.why.strip():
            msg = "What operators do is recorded with its reason."
            raise RejectedError(msg, code="why", hint="Say why in a few words.")

    def __str__(self) -> str:
        return f"{self.who}: {masked_text(self.why)}"

    def audit(self, uow: UnitOfWork, verb: str, subject: str, detail: Any = None) -> None:
        """Record what was done, in the transaction that does it."""
        why = masked_text(self.why)
        uow.ledger.audit(who=self.who, why=why, verb=verb, subject=subject[:_LONGEST_NAME], detail=detail)
