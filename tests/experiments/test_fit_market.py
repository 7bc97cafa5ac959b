"""The fit of the rental market: what it finds, what the models hold, what it can reproduce."""

import datetime as dt

import numpy as np
import pytest

from gpusim.experiments.backtest.fit_market import SKU, STATES, TERM, TIER, Chain, Prior, fit
from gpusim.experiments.backtest.replay_rents import replay, simulate
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.reading.published.rents import Rent, rents
from gpusim.units_of_measure import add_months

BOTH_AT_LEAST = 0.005
"""Stated before any run: one path in two hundred must fall and rise as H100 rents did."""


def series(until=None):
    return rents(SKU, TIER, TERM, until=until)


def test_the_series_is_the_published_one():
    told = {rent.date: rent.usd for rent in series()}
    assert told[dt.date(2023, 6, 30)] == 3.05
    assert told[dt.date(2025, 10, 31)] == 1.70 == min(told.values())
    assert told[dt.date(2026, 3, 31)] == 2.35
    assert max(told) == dt.date(2026, 3, 31)


@pytest.mark.parametrize(
    ("model", "until"),
    [
        ("coreweave-2025q1", dt.date(2025, 3, 31)),
        ("coreweave-2025q4", dt.date(2025, 12, 31)),
        ("single-site", dt.date(2026, 3, 31)),
    ],
)
def test_models_hold_the_fit_to_what_was_known_on_their_day(model, until):
    scenario = load(model)
    assert scenario.model.as_of >= until
    fitted, market = fit(series(until)), scenario.market
    assert fitted.last == until
    drifts = [getattr(market.drift_per_year, state) for state in STATES]
    assert drifts == pytest.approx(list(fitted.drift), abs=0.006)
    assert market.volatility_per_year == pytest.approx(fitted.common_volatility, abs=0.002)
    assert market.own_volatility_per_year == pytest.approx(fitted.own_volatility, abs=0.001)
    assert market.stay.model_dump() == dict(zip(STATES, Chain().stay, strict=True))
    assert market.balanced_to_scarce == Chain().balanced_to_scarce


def test_simulated_rents_can_fall_and_rise_as_the_published_did():
    """To 1.75 by October 2025 and then 30% up within six months, from 3.05 in mid-2023."""
    told = replay(series(), fit(series()), replications=4_000)
    assert told.low == pytest.approx(1.75, abs=0.002)
    assert told.both >= BOTH_AT_LEAST
    assert told.fall >= 0.1
    assert told.rise >= 0.05


def test_the_rise_of_2026_is_what_tells_of_scarcity():
    before, after = fit(series(dt.date(2025, 12, 31))), fit(series())
    assert after.drift[2] > before.drift[2] + 0.3
    assert after.state["scarce"] > 0.9 > 0.1 > before.state["scarce"]
    assert before.parameters[2].learned == 0.0


def test_a_long_series_gives_its_own_parameters_back():
    """Forty years of simulated months, with priors that say next to nothing."""
    truth = fit(series())
    start = Rent(dt.date(2030, 1, 31), 100.0)
    path = simulate(start, truth, 480, 1, 3)[0]
    days = [add_months(start.date, m) for m in range(481)]
    told = [Rent(day, float(usd)) for day, usd in zip(days, path, strict=True)]
    wide = Prior(sd=(2.0, 2.0, 2.0, 2.0))
    found = fit(told, prior=wide)
    for p, true in zip(found.parameters, [*truth.drift, truth.volatility], strict=True):
        assert abs(p.estimate - true) < 3 * p.sd
        assert p.learned > 0.8


def test_the_fit_does_not_depend_on_the_unit():
    cents = [Rent(rent.date, 100 * rent.usd) for rent in series()]
    assert np.allclose(fit(cents).drift, fit(series()).drift)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("2025-01-31,H100 SXM,neocloud contract,12,2.0\n", "1 H100 SXM rows"),
        ("January,H100 SXM,neocloud contract,12,2.0\n", "January"),
        ("2025-01-31,H100 SXM,neocloud contract,12,-2\n", "-2"),
        (
            "2025-01-30,H100 SXM,neocloud contract,12,2.0\n"
            "2025-01-31,H100 SXM,neocloud contract,12,2.1\n",
            "2025-01-30 and 2025-01-31",
        ),
    ],
)
def test_wrong_rents_are_told(tmp_path, rows, found):
    path = tmp_path / "rents.csv"
    path.write_text("date,sku,tier,term_months,usd_per_gpu_hour\n" + rows)
    with pytest.raises(ScenarioError) as caught:
        rents(SKU, TIER, TERM, path=str(path))
    assert caught.value.mistakes[0].found.startswith(found)


def test_a_file_without_the_columns_is_told(tmp_path):
    path = tmp_path / "rents.csv"
    path.write_text("date,price\n")
    with pytest.raises(ScenarioError, match="sku, tier, term_months, usd_per_gpu_hour"):
        rents(SKU, TIER, TERM, path=str(path))
    with pytest.raises(ScenarioError, match="no such file"):
        rents(SKU, TIER, TERM, path=str(tmp_path / "none.csv"))
