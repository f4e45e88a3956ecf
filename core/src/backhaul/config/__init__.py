"""The deployment file, read into typed settings; every error names file, line and nearest valid key."""

from __future__ import annotations

from backhaul.config.checks import problems_of
from backhaul.config.deployment import Deployment, load_deployment, parse_deployment
from backhaul.config.problem import DeploymentError, Problem, refuse
from backhaul.config.tables import BackOfficeTable, ServeTable, StoreTable
from backhaul.config.template import TEMPLATE

__all__ = [
    "TEMPLATE",
    "BackOfficeTable",
    "Deployment",
    "DeploymentError",
    "Problem",
    "ServeTable",
    "StoreTable",
    "load_deployment",
    "parse_deployment",
    "problems_of",
    "refuse",
]
