from __future__ import annotations

from typing import Any

import pytest

from backhaul.sdk.errors import MappingError
from backhaul.sdk.transports.rest import path


@pytest.mark.parametrize("segments", [("customer", ""), ("customer", ".."), (".",)])
def test_a_path_never_climbs(segments: tuple[Any, ...]) -> None:
    with pytest.raises(MappingError, match="Nothing was sent"):
        path(*segments)
