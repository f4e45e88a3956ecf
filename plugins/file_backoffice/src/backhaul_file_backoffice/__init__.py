"""Backhaul plugin for any batch back office that exchanges files."""

from __future__ import annotations

from backhaul.sdk.spec import AdapterSpec

spec = AdapterSpec(
    name="file_backoffice",
    contract=1,
    summary="Any batch back office: CSV, JSON Lines, fixed width or XML files",
)
