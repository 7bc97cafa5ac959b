"""Model files: the only reader of models/. TOML in, a frozen `Scenario` out, mistakes told well."""

from __future__ import annotations

from gpusim.scenario.checks.sources import Explained, Row, check_sources, explained, source_rows
from gpusim.scenario.language.errors import Mistake, ScenarioError
from gpusim.scenario.listing import Listing, list_models
from gpusim.scenario.load import Draft, check, draft, finish, load
from gpusim.scenario.reading.bundled import names as bundled_names
from gpusim.scenario.scenario import Scenario
from gpusim.scenario.schema import json_schema, reference

__all__ = [
    "Draft",
    "Explained",
    "Listing",
    "Mistake",
    "Row",
    "Scenario",
    "ScenarioError",
    "bundled_names",
    "check",
    "check_sources",
    "draft",
    "explained",
    "finish",
    "json_schema",
    "list_models",
    "load",
    "reference",
    "source_rows",
]
