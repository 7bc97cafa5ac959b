"""What a backtest draws: ranges, and clocks that move together."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from gpusim.experiments.common import sampled_inputs as drawn
from gpusim.scenario import load

Q3 = "coreweave-2025q3"


def told(sets: tuple[str, ...]) -> dict[str, str]:
    return dict(s.split("=", 1) for s in sets if "*=" not in s)


def days(scenario, text: str) -> int:
    return (dt.date.fromisoformat(text) - scenario.model.as_of).days


def test_levels_fill_every_input_evenly():
    levels = drawn.levels(10, seed=3)
    assert levels.shape == (10, len(drawn.DRAWN) + len(drawn.CLOCKS))
    for column in levels.T:
        assert sorted(int(10 * level) for level in column) == list(range(10))


def test_low_and_high_ends_are_those_of_the_range():
    scenario = load(Q3)
    n = len(drawn.DRAWN) + len(drawn.CLOCKS)
    place = next(k for k, d in enumerate(drawn.DRAWN) if "overheads" in d.paths[0])
    for level, end in ((0.0, drawn.DRAWN[place].low), (1.0, drawn.DRAWN[place].high)):
        sets = drawn.settings(scenario, np.full(n, level))
        expected = scenario.overheads["sales"].monthly_usd * end
        given = next(s for s in sets if s.startswith("overheads.sales.monthly_usd="))
        assert float(given.split("=")[1]) == pytest.approx(expected)


@pytest.mark.parametrize(
    "name", ["coreweave-2025q4", "nebius-2025q4", "iren-2025q4", "single-site"]
)
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_the_ends_of_all_ranges_are_a_valid_model(name, level):
    n = len(drawn.DRAWN) + len(drawn.CLOCKS)
    load(name, sets=drawn.settings(load(name), np.full(n, level)))


def test_factors_of_one_change_no_day():
    scenario = load(Q3)
    for path, text in told(tuple(drawn.clocks(scenario, 1, 1, 1, 1, 1))).items():
        parts = tuple(int(p) if p.isdigit() else p for p in path.split("."))
        if parts[-1] == "start" and parts[1].startswith("fitting"):
            continue  # planned from the days of fit-out in whole days
        assert str(scenario.tree.get(parts)) == text, path


def test_a_slower_pace_moves_halls_and_bills_and_not_deliveries():
    scenario = load(Q3)
    slow = told(tuple(drawn.clocks(scenario, 2, 1, 1, 1, 1)))
    usual = told(tuple(drawn.clocks(scenario, 1, 1, 1, 1, 1)))
    hall = "sites.growth.phases.5.ready"
    assert days(scenario, slow[hall]) == 2 * days(scenario, usual[hall])
    bill = "contracts.growth-0.tranches.3.start"
    gpu = scenario.gpus["GB200"]
    wait = gpu.fitout.planned_days + gpu.acceptance.planned_days
    handover = days(scenario, usual[bill]) - wait
    assert days(scenario, slow[bill]) == 2 * handover + wait
    delivery = next(path for path in usual if path.endswith("delivery"))
    assert slow[delivery] == usual[delivery]


def test_nobody_signs_after_the_first_bill():
    scenario = load(Q3)
    for pace in (0.6, 1.0, 1.67):
        sets = told(tuple(drawn.clocks(scenario, pace, 0.67, 0.75, 1.0, 3.0)))
        load(Q3, sets=tuple(f"{path}={text}" for path, text in sets.items()))
