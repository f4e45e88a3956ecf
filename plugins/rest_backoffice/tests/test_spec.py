from __future__ import annotations

from importlib.metadata import entry_points

import backhaul_rest_backoffice


def test_the_entry_point_leads_to_the_spec() -> None:
    (found,) = entry_points(group="backhaul", name="rest_backoffice")
    assert found.load() is backhaul_rest_backoffice.spec
    assert backhaul_rest_backoffice.spec.name == found.name
