"""Backhaul ties a front office to any number of back offices: the same processes, a plugin per system."""

__version__ = "0.1.0"
