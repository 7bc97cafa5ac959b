"""The tutorial's hand check: April to June 2028 of the run without luck, in USD m."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gpusim.economics.books.measures import CFADS, DEBT_SERVICE
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import DSCR, NEVER, State
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw

CASE = "hand check"
NO_LUCK = (
    "sites.alpha.delay.probability=0",
    "rates.volatility_per_year=0",
    "gpus.GB300.lead.sd_days=0",
    "gpus.GB300.fitout.sd_days=0",
    "gpus.GB300.acceptance.sd_days=0",
    "operator.on_demand_share=0",
)
FIRST, LAST = 22, 24
"""April and June 2028, months after June 2026."""
MODEL = Path(__file__).parents[2] / "models" / "operators" / "single-site.toml"

FLOWS = {
    "revenue": 305.061,  # 48,000 x 2,184 h x 2.91
    "rent": 38.865,  # 13 x 180 / 5,479 x 91
    "power": 12.560,  # 99,840 kW x 0.80 x 1.20 x 2,184 h x 0.06
    "cost_of_revenue": 52.924,  # and 1.500 of staff
    "depreciation_and_amortization": 152.303,  # 3,668.660 / 2,192 x 91
    "technology_and_infrastructure": 158.637,
    "operating_income": 87.165,
    "interest_expense": 25.800,  # 7.968 + 8.058 + 7.629 and 2.144 of discount
    "debt_repaid_cash": -97.213,
    "cash_for_tax": -10.962,  # 25% of the 20% that losses may not cover of 219.246
    "cash_from_customers": 308.413,
    "cash_for_operations": -23.533,
    "cash_for_rent": -39.0,
    "cash_interest_received": 5.576,  # 19,248, 21,365, 21,823 cash-days at 3.271, 3.260, 3.250%
}


@cache
def told() -> State:
    book = lower(load("single-site", sets=NO_LUCK))
    return process.run(book.state, draw(book.spec, 1, 0))


def quarter(series: np.ndarray, later: int = 0) -> float:
    return series[FIRST + later : LAST + later + 1].sum() / 1e8


@pytest.mark.parametrize("name", FLOWS)
def test_each_line_is_what_paper_gives(name, compare):
    what = f"{name.replace('_', ' ')}, April to June 2028 [USD m]"
    compare(what, quarter(line(told().ledger, name)), FLOWS[name], abs=0.001)


def test_cover_of_the_quarter_and_of_the_same_quarter_with_credits(compare):
    stocks = told().stocks
    compare("CFADS [USD m]", quarter(stocks[CFADS]), 240.494, abs=0.002)
    compare("debt service [USD m]", quarter(stocks[DEBT_SERVICE]), 23.655 + 97.213, abs=0.002)
    with_credits = line(told().ledger, "cash_from_customers")
    received = quarter(with_credits, 12)
    compare(
        "received a year later, with credits [USD m]", received, 308.413 - 3 * 34.017, abs=0.002
    )
    cover = quarter(stocks[CFADS], 12) / quarter(stocks[DEBT_SERVICE], 12)
    compare("DSCR a year later", cover, 1.21, abs=0.005)


def test_the_base_case_is_sound_but_tight(compare):
    state = told()
    assert state.clock[0].first_shortfall == NEVER
    assert state.covenants[0, DSCR].broken == NEVER
    lowest = line(state.ledger, "cash").min() / 1e8
    compare("lowest cash of the run [USD m]", lowest, 173.0, abs=0.1)


def test_the_comment_tells_these_figures():
    text = MODEL.read_text()
    for figure in FLOWS.values():
        assert f"{abs(figure):.3f}" in text
