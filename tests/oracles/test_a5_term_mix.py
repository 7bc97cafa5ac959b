"""Known answers A5: term mix and forward rates (The Next Platform, 2023-07-27).

`models/term-mix.toml` sells 16,000 H100 in three ways for four years. The published revenue takes
8,760 hours a year; the model's four years hold a leap day.
"""

from pathlib import Path

import numpy as np
import pytest

from gpusim.economics.curves import blended
from gpusim.economics.ledger import ACCOUNTS
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw

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


def test_revenue_of_the_mix(revenue):
    assert revenue.sum() == pytest.approx(5_270, rel=0.002)


def test_blended_price(revenue):
    hours = 16_000 * 24 * 1_461
    assert revenue.sum() * 1e6 / hours == pytest.approx(9.385, rel=1e-6)
    assert blended(np.array([0.5, 0.3, 0.2]), np.array([12.29, 7.20, 5.40])) == pytest.approx(9.385)


def test_forward_of_years_two_and_three():
    path = forwards("flat")
    assert set(path[1:13].round(9)) == {7.2}
    assert set(path[13:37].round(9)) == {4.5}


def test_constant_ratio_of_yearly_forwards():
    year = forwards("falling")[[12, 24, 36]]
    assert year[1] / year[0] == pytest.approx(0.7247449, abs=5e-8)
    assert year[2] / year[1] == pytest.approx(0.7247449, abs=5e-8)
    assert year.sum() == pytest.approx(16.20)


def test_the_simulated_index_follows_the_quotes():
    world = draw(lower(load(MODEL, sets=[QUOTES % "flat"])).spec, 1, 0)
    assert world.rental_index[0, [0, 1, 12, 13, 36]] == pytest.approx([1229, 720, 720, 450, 450])
