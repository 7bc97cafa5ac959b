"""Known answers A5: term mix and forward rates (The Next Platform, 2023-07-27).

`models/term-mix.toml` sells 16,000 H100 in three ways for four years. The published revenue takes
8,760 hours a year; the model's four years hold a leap day.
"""

from pathlib import Path

import pytest

from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw

CASE = "A5"
MODEL = str(Path(__file__).parent / "models" / "term-mix.toml")
MILLION = 100_000_000
QUOTES = (
    "gpus.H100.forward={ quotes = [{ term_months = 12, usd_per_gpu_hour = 7.20 },"
    ' { term_months = 36, usd_per_gpu_hour = 5.40 }], between = "%s" }'
)


@pytest.fixture(scope="module")
def revenue():
    """Committed, on demand [USD millions]."""
    book = lower(load(MODEL))
    state = process.run(book.state, draw(book.spec, 1, 0))
    rows = [ACCOUNTS.index(name) for name in ("revenue_committed", "revenue_on_demand")]
    return -state.ledger[rows, 1:].sum(axis=1) / MILLION


def forwards(between):
    """Expected index of each month [USD/GPU-hour]."""
    return lower(load(MODEL, sets=[QUOTES % between])).spec.gen_forward[0] / 100


def test_revenue_of_the_mix(revenue, compare):
    compare("revenue of four years [USD m]", revenue.sum(), 5_270, rel=0.002)


def test_blended_price(revenue, compare):
    hours = 16_000 * 24 * 1_461
    realised = revenue.sum() * 1e6 / hours
    compare("blended price of the run [USD/GPU-hour]", realised, 9.385, rel=1e-6)


def test_forward_of_years_two_and_three(compare):
    path = forwards("flat")
    compare("forwards of year 1 [USD/GPU-hour]", sorted(set(path[1:13].round(9))), [7.2])
    compare("forwards of years 2-3 [USD/GPU-hour]", sorted(set(path[13:37].round(9))), [4.5])


def test_constant_ratio_of_yearly_forwards(compare):
    year = forwards("falling")[[12, 24, 36]]
    ratios = year[1:] / year[:-1]
    compare("ratio of yearly forwards", ratios, [0.7247449, 0.7247449], abs=5e-8)
    compare("sum of three yearly forwards", year.sum(), 16.20, rel=1e-6)


def test_the_simulated_index_follows_the_quotes(compare):
    world = draw(lower(load(MODEL, sets=[QUOTES % "flat"])).spec, 1, 0)
    found = world.rental_index[0, [0, 1, 12, 13, 36]]
    known = [1229, 720, 720, 450, 450]
    compare("simulated index in months 0, 1, 12, 13, 36 [cents/GPU-hour]", found, known, rel=1e-6)
