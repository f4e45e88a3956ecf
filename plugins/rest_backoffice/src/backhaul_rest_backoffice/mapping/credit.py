"""The credit profile of a customer."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from marshmallow import ValidationError

from backhaul.entities import Account, CreditProfile, RiskClass
from backhaul.sdk.json import Document, Json
from backhaul.sdk.mapping import MISSING, Inward, MissingType, Outward, WireField
from backhaul_rest_backoffice.mapping.medium import day

#: What we know of a credit profile over there; the rest of it is theirs.
OURS = frozenset({"creditProfileDate", "creditScore", "creditRiskRating"})
_RATING = {RiskClass.LOW: 1, RiskClass.MEDIUM: 2, RiskClass.HIGH: 3}
_CLASS: dict[Json, str] = {rating: risk.value for risk, rating in _RATING.items()}
_DATE = day("creditProfileDate")


class Credit(WireField):
    """Date, score and risk class of a credit profile, as one value.

    TM Forum wants a date in every credit profile: that of the last check, else of the credit status. The
    rating counts from 1 (low risk) to 3 (high).
    """

    wire_type: ClassVar[str] = "credit profile"

    def to_wire(self, value: Any, scope: Outward) -> Json | MissingType:
        """Return the credit profile; nothing where there is neither score nor class, or no date."""
        if not isinstance(value, CreditProfile) or (value.credit_score is None and value.risk_class is None):
            return MISSING
        dated = _date_of(value, scope.record)
        if dated is None:
            return MISSING
        return _document(
            dated, value.credit_score, None if value.risk_class is None else _RATING[value.risk_class]
        )

    def normal(self, value: Json) -> Json:
        """Return what we know of a credit profile."""
        if not isinstance(value, dict):
            raise ValidationError("expected a credit profile")
        score, rating = value.get("creditScore"), value.get("creditRiskRating")
        for name, number in (("creditScore", score), ("creditRiskRating", rating)):
            if isinstance(number, bool) or not isinstance(number, int | None):
                raise ValidationError(f"{name} is no whole number")
        return _document(_DATE.normal(value.get("creditProfileDate")), score, rating)

    def from_wire(self, value: Json, scope: Inward) -> Json | MissingType:
        """Return the credit profile that we have, with these facts."""
        if not isinstance(value, dict):
            raise ValidationError("expected a credit profile")
        held = scope.document.get("credit_profile")
        known = dict(held) if isinstance(held, dict) else self.shape.shell()
        dated = _DATE.from_wire(value["creditProfileDate"], scope)
        rating = value.get("creditRiskRating")
        return {
            **known,
            "last_check_date": known.get("last_check_date") if dated is MISSING else dated,
            "credit_score": value.get("creditScore"),
            "risk_class": _CLASS.get(rating, known.get("risk_class")),
        }

    def rule(self) -> str:
        """Say how it is written."""
        return "date, score, and rating 1 (low risk) to 3 (high)"

    def losses(self) -> tuple[str, ...]:
        """Say what does not come back."""
        return (
            "score and class without any date",
            "which date it was, where there is no last check",
            "ratings other than 1, 2 and 3",
        )


def _date_of(profile: CreditProfile, account: Any) -> str | None:
    fallback = account.credit_status_date if isinstance(account, Account) else None
    found: date | None = profile.last_check_date or profile.status_date or fallback
    if found is None and profile.last_update is not None:
        found = profile.last_update.date()
    return None if found is None else f"{found.isoformat()}T00:00:00Z"


def _document(dated: Json, score: Json, rating: Json) -> Document:
    document: Document = {"creditProfileDate": dated, "validFor": {"startDateTime": dated}}
    if score is not None:
        document["creditScore"] = score
    if rating is not None:
        document["creditRiskRating"] = rating
    return document
