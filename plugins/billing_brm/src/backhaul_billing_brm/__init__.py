"""Backhaul plugin for a billing system with an Oracle-BRM-style SOAP interface."""

from __future__ import annotations

from backhaul.sdk.spec import AdapterSpec

spec = AdapterSpec(
    name="billing_brm",
    contract=1,
    summary="Billing over Oracle-BRM-style SOAP web services",
)
