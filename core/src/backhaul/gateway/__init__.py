"""Northbound: the HTTP API, and the addresses at which back offices push their changes."""
