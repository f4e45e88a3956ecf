from __future__ import annotations

from importlib.metadata import entry_points

import backhaul_billing_brm


def test_the_entry_point_leads_to_the_spec() -> None:
    (found,) = entry_points(group="backhaul", name="billing_brm")
    assert found.load() is backhaul_billing_brm.spec
    assert backhaul_billing_brm.spec.name == found.name
