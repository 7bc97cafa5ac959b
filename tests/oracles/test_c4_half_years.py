"""Known answers C4: a project whose yearly cash is counted at ends and in the middle of years.

985 paid, then 75, 120, 100 and 1,200; at 10%. The published answers are to the cent, its rates of
return to a hundredth of a point, that of middles "about". Inputs: head of `models/half-years.toml`.
"""

import pytest

from gpusim.appraisal.view.timing import timing_of
from tests.oracles.unit_rows import row, value

CASE = "C4"
SCALE = 50_000
"""A published dollar is 50 USD of each of 1,000 GPUs."""
CASH = [75, 120, 100, 1_200]


def by_years(convention):
    return row("half-years", "customer", hurdle=0.10, timing=timing_of("yearly", convention))


@pytest.mark.parametrize(
    ("convention", "npv", "irr"), [("end", 77.10, 12.37), ("mid", 128.94, 14.55)]
)
def test_present_value_and_rate_of_return(convention, npv, irr, compare):
    found = by_years(convention)
    worth = round(value(found, "npv") / SCALE, 2)
    compare(f"present value at 10%, {convention}s of years, to a cent", worth, npv)
    rate = round(100 * value(found, "irr_unlevered"), 2)
    compare(f"rate of return, {convention}s of years, to a hundredth [%]", rate, irr)


def test_each_year_s_cash_is_at_its_own_price(compare):
    years = [year.revenue / SCALE for year in by_years("end").years[1:]]
    compare("cash of years 1-4", years, CASH, abs=1e-6)
