"""Spans of days."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from backhaul.entities.model import Model
from backhaul.entities.moment import CalendarDate


class Dated(Model):
    """What is valid from one day to another, both included; an empty end is open."""

    valid_from: CalendarDate | None = None
    valid_to: CalendarDate | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            msg = "valid_to lies before valid_from"
            raise ValueError(msg)
        return self
