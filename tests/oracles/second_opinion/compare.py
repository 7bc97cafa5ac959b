"""Ours beside gpusim's, line by line."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from gpusim.scenario import Scenario, load
from tests.oracles.second_opinion import run as ours

DOLLAR = 100
A_BILLIONTH = 1e-9
"""Of the worth of some thousand days, each discounted in binary fractions, on either side."""
COVERS = ("llcr.", "plcr.")
UNTOLD = -(10**12)
"""Of a cover that one side does not tell [cents]."""


class Difference(NamedTuple):
    period: str
    line: str
    ours: int
    theirs: int


def theirs(scenario: Scenario) -> dict[str, dict[str, int]]:
    """Every statement line of every month, simulated in this process by the batch engine."""
    from gpusim.experiments.common.replicate import Job, replicate
    from gpusim.results import metrics, periods, tables
    from gpusim.results.payload import stack
    from gpusim.scenario.lower import lower

    done = replicate(Job(lower(scenario), seed=1, narrated=0), 0)
    if done.breach is not None:
        raise AssertionError(f"gpusim's books do not tie: {done.breach}")
    calendar = periods.by_month(scenario.model.as_of, 3 * scenario.model.quarters)
    panel = stack([done.payload])
    table = tables.statements(panel, calendar)
    told = {row.pop("period"): row for row in table.iter_rows(named=True)}
    figures = metrics.compute(panel, calendar, list(scenario.debt))
    for month, worth in zip(told.values(), figures["building_value"].figures[0], strict=True):
        month["building_value"] = round(worth * DOLLAR)
    for name in scenario.debt:
        owed = figures[f"balance.{name}"].figures[0]
        for word in ("llcr", "plcr"):  # as amounts: what is to come over the loan, times the loan
            cover = figures[f"{word}.{name}"].figures[0] * owed * DOLLAR
            for month, worth in zip(told.values(), cover, strict=True):
                if not math.isnan(worth):
                    month[f"{word}.{name}"] = round(worth)
    return told


def differences(path: Path, limit: int = DOLLAR) -> list[Difference]:
    scenario = load(str(path))
    told, out = theirs(scenario), []
    for period, lines in ours.months(scenario):
        covers = {x for x in told[period] if x.startswith(COVERS)}  # told by one side alone too
        for line in [*lines, *sorted(covers - set(lines))]:
            value, other = lines.get(line, UNTOLD), told[period].get(line, UNTOLD)
            most = max(limit, abs(value) * A_BILLIONTH) if line in covers else limit
            if abs(other - value) > most:
                out.append(Difference(period, line, value, other))
    return out


def untold(path: Path) -> set[str]:
    """Lines of gpusim's statements that we do not compute."""
    scenario = load(str(path))
    _, lines = ours.months(scenario)[0]
    told = {x for x in next(iter(theirs(scenario).values())) if not x.startswith(COVERS)}
    return told - set(lines) - {"replication", "firm_ended"}
