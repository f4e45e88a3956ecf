"""Backhaul plugin for any REST back office; TM Forum Open APIs out of the box."""

from __future__ import annotations

from backhaul.sdk.spec import AdapterSpec

spec = AdapterSpec(
    name="rest_backoffice",
    contract=1,
    summary="Any REST back office; TM Forum Open APIs out of the box",
    adapter="backhaul_rest_backoffice.adapter:TmfBackOffice",
    simulator="backhaul_rest_backoffice.simulator",
)
