"""The tables of `gpusim units`: as wide as a screen of a hundred characters allows."""

import pytest
from rich.console import Console

from gpusim.appraisal.unit_economics import compute
from gpusim.appraisal.view.timing import timing_of
from gpusim.reports.units import units_report, years_report
from gpusim.scenario import load


@pytest.mark.parametrize("model", ["single-site", "coreweave-2025q4"])
def test_no_table_is_wider_than_a_hundred_characters(model):
    console = Console(width=400)
    units = compute(load(model))
    tables = [*units_report.tables_of(units), *years_report.tables_of(units)]
    assert len(tables) >= 12
    assert max(console.measure(table).maximum for table in tables) <= 100


def test_timing_is_told_in_words():
    units = compute(load("single-site"), timing=timing_of("quarterly", "mid"))
    told = units_report.timing_of(units)
    assert "cash at quarter middles (debt service" in told
    assert "rates from quarterly cash" in told
