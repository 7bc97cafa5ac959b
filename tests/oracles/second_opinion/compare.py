"""Ours beside gpusim's, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gpusim.scenario import Scenario, load
from tests.oracles.second_opinion import run as ours

DOLLAR = 100


class Difference(NamedTuple):
    period: str
    line: str
    ours: int
    theirs: int


def theirs(scenario: Scenario) -> dict[str, dict[str, int]]:
    """Every statement line of every month, simulated in this process by the batch engine."""
    from gpusim.experiments.common.replicate import Job, replicate
    from gpusim.results import periods, tables
    from gpusim.results.payload import stack
    from gpusim.scenario.lower import lower

    done = replicate(Job(lower(scenario), seed=1, narrated=0), 0)
    if done.breach is not None:
        raise AssertionError(f"gpusim's books do not tie: {done.breach}")
    calendar = periods.by_month(scenario.model.as_of, 3 * scenario.model.quarters)
    table = tables.statements(stack([done.payload]), calendar)
    return {row.pop("period"): row for row in table.iter_rows(named=True)}


def differences(path: Path, limit: int = DOLLAR) -> list[Difference]:
    scenario = load(str(path))
    told = theirs(scenario)
    return [
        Difference(period, line, value, told[period][line])
        for period, lines in ours.months(scenario)
        for line, value in lines.items()
        if abs(told[period][line] - value) > limit
    ]


def untold(path: Path) -> set[str]:
    """Lines of gpusim's statements that we do not compute."""
    scenario = load(str(path))
    _, lines = ours.months(scenario)[0]
    return set(next(iter(theirs(scenario).values()))) - set(lines) - {"replication", "firm_ended"}
