"""Mistakes that show only when the parts of a scenario meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpusim.scenario.language.errors import Mistake, ScenarioError, dotted
from gpusim.scenario.language.fields import KeyPath, Problem

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario


def refusal(scenario: Scenario, path: KeyPath, found: str, expected: str) -> ScenarioError:
    """The error for a scenario that cannot be lowered, placed in its file if it came from one."""
    if not scenario.name:
        return ScenarioError([Mistake("", 0, 0, dotted(path), found, expected)])
    return ScenarioError([scenario.tree.mistake(Problem(path, found, expected))])
