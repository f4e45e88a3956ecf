"""What is known of a customer's credit."""

from __future__ import annotations

from enum import StrEnum

from pydantic import StrictInt

from backhaul.entities.moment import CalendarDate, UtcDatetime
from backhaul.entities.money import Money
from backhaul.entities.part import Part
from backhaul.entities.text import Identifier, Text


class CreditStatus(StrEnum):
    """Where the credit of a customer stands."""

    APPROVED = "approved"
    UNDER_REVIEW = "under_review"
    ON_HOLD = "on_hold"
    DENIED = "denied"


class RiskClass(StrEnum):
    """How likely a customer is not to pay."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class CreditProfile(Part):
    """The credit of an account; `part_id` is the credit profile id."""

    credit_area_code: Identifier | None = None
    credit_rating: Text | None = None
    rating_source: Text | None = None
    last_check_date: CalendarDate | None = None
    last_update: UtcDatetime | None = None
    credit_score: StrictInt | None = None
    credit_limit: Money | None = None
    credit_used: Money | None = None
    auto_approval_limit: Money | None = None
    credit_status: CreditStatus | None = None
    status_date: CalendarDate | None = None
    risk_class: RiskClass | None = None
    bureau: Text | None = None
    report_ref: Identifier | None = None
