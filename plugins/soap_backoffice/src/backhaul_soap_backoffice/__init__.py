"""Backhaul plugin for any document/literal SOAP back office, driven by its WSDL."""

from __future__ import annotations

from backhaul.sdk.spec import AdapterSpec

spec = AdapterSpec(
    name="soap_backoffice",
    contract=1,
    summary="Any document/literal SOAP back office, driven by its WSDL",
)
