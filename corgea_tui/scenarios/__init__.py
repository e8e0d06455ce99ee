"""Scenarios: sequences of events with delays and variables, as TOML files."""

from corgea_tui.scenarios.model import Scenario
from corgea_tui.scenarios.read import load, shipped

__all__ = ["Scenario", "load", "shipped"]
