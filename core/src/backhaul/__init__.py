"""Backhaul ties a front office to any number of back offices: one set of processes, one plugin per kind of system."""

__version__ = "0.1.0"
