"""Every table of the store."""

from __future__ import annotations

from backhaul.store.tables import delivery, records
from backhaul.store.tables.base import metadata

__all__ = ["delivery", "metadata", "records"]
