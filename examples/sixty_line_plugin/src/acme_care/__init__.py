"""Accounts in Acme Care: an example of a whole plugin."""

from backhaul.sdk.spec import AdapterSpec

spec = AdapterSpec("acme_care", 1, "Accounts in Acme Care", adapter="acme_care.adapter:AcmeCare")
