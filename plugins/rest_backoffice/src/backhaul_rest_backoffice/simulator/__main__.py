"""`python -m backhaul_rest_backoffice.simulator`: a TM Forum back office to try things against."""

from __future__ import annotations

from backhaul_rest_backoffice.simulator.command import main

if __name__ == "__main__":
    raise SystemExit(main())
