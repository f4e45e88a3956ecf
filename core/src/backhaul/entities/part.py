"""Parts: what lives inside a record and has no life of its own."""

from __future__ import annotations

from uuid import uuid4

from pydantic import Field

from backhaul.entities.model import Model
from backhaul.entities.text import Identifier


def new_id() -> str:
    """Return a fresh random id: 32 hexadecimal digits."""
    return uuid4().hex


class Part(Model):
    """A member of a record. Lists of parts are merged by `part_id`, unique within its list."""

    part_id: Identifier = Field(default_factory=new_id)
