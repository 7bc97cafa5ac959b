"""Rents, list prices, hardware and resale follow their laws."""

import numpy as np
import pytest

from gpusim.world import draw
from tests.world.specs import floats, spec

REPLICATIONS = 2_000
STILL = {"drift": floats(0, 0, 0), "gen_floor": floats(0, 0)}
CALM = {**STILL, "volatility": 0.0}


def worlds(replications=REPLICATIONS, **changes):
    made = spec(**changes)
    return [draw(made, 5, r) for r in range(replications)]


def world(**changes):
    return worlds(1, **changes)[0]


def year_end(drawn, field):
    return np.array([np.log(getattr(w, field)[:, 12] / getattr(w, field)[:, 0]) for w in drawn])


def correlation(a, b):
    return np.corrcoef(a, b)[0, 1]


def near(rho):
    return pytest.approx(rho, abs=3 * (1 - rho * rho) / REPLICATIONS**0.5)


def test_own_noise_splits_the_variance_between_generations():
    """Common 0.2 and own 0.1: 0.2236 in all, correlated by 0.8."""
    log = year_end(worlds(own_volatility=0.1, **STILL), "rental_index")
    sd = 0.05**0.5
    assert log.std(axis=0) == pytest.approx([sd, sd], abs=3 * sd / (2 * REPLICATIONS) ** 0.5)
    assert correlation(log[:, 0], log[:, 1]) == near(0.8)


def test_shocks_correlate_as_stated():
    lower = np.linalg.cholesky(
        np.array([[1, 0.3, 0.5, -0.4], [0.3, 1, 0, 0], [0.5, 0, 1, 0], [-0.4, 0, 0, 1.0]])
    )
    noise = {"spread_volatility": 0.01, "spread_shift": floats(0, 0, 0), "hardware_volatility": 0.1}
    drawn = worlds(
        cholesky=lower, base_curve=np.full(13, 1.0), mean_reversion=0.0, **noise, **STILL
    )
    rent = year_end(drawn, "rental_index")[:, 0]
    hardware = year_end(drawn, "hardware_factor")[:, 0]
    rate = np.array([w.base_rate[12] for w in drawn])
    spread = np.array([w.spread[12] for w in drawn])
    assert correlation(rent, rate) == near(0.3)
    assert correlation(rent, hardware) == near(0.5)
    assert correlation(rent, spread) == near(-0.4)
    assert correlation(rate, hardware) == near(0.0)


def test_correlations_leave_the_rents_as_they_were():
    """Rents come first in the triangle: what is correlated with them moves, not they."""
    lower = np.linalg.cholesky(np.full((4, 4), 0.5) + 0.5 * np.eye(4))
    assert np.array_equal(world(cholesky=lower).rental_index, world().rental_index)


RELEASE = {
    "release_month": np.array([3]),
    "release_over": np.array([4]),
    "release_step": floats(0.2),
    "release_older": np.array([[1, 0]]),
}


def test_a_release_lowers_older_generations_by_its_step():
    older, newer = world(**RELEASE, **CALM).rental_index
    assert list(older[:3]) == [210.0, 210.0, 210.0]
    assert older[4] == pytest.approx(210.0 * 0.8**0.5)
    assert older[6:] == pytest.approx(np.full(7, 168.0))
    assert list(newer) == [420.0] * 13


def test_an_earlier_release_lowers_rents_earlier_with_the_same_luck():
    early = world(**{**RELEASE, "release_month": np.array([1])}, **STILL)
    late = world(**RELEASE, **STILL)
    ratio = early.rental_index[0] / late.rental_index[0]
    assert ratio[3] == pytest.approx(0.8**0.5)
    assert ratio[[0, 6, 12]] == pytest.approx([1.0, 1.0, 1.0])


def test_the_floor_holds_through_releases_and_noise():
    low = world(**RELEASE, drift=floats(-9, -9, -9), own_volatility=0.5)
    assert list(low.rental_index[:, 12]) == [60.0, 90.0]


GLUT_FOREVER = {"start_state": 0, "stay": floats(1, 1, 1), "drift": floats(-np.log(2), 0, 0)}


def test_the_list_price_closes_a_share_of_its_gap_each_month():
    w = world(list_adjustment=0.25, volatility=0.0, **GLUT_FOREVER)
    gap = w.on_demand_price[:, :-1] - w.rental_index[:, 1:]
    moved = w.on_demand_price[:, :-1] - w.on_demand_price[:, 1:]
    assert moved == pytest.approx(0.25 * gap)
    assert np.all(w.on_demand_price[:, 1:] > w.rental_index[:, 1:])


def test_a_list_price_that_never_moves_sells_less_as_rents_halve():
    w = world(list_adjustment=0.0, use_elasticity=1.0, volatility=0.0, **GLUT_FOREVER)
    assert list(w.on_demand_price[0]) == [210.0] * 13
    assert w.on_demand_use[:, 0] == pytest.approx([0.5, 0.5])
    assert w.on_demand_use[:, 12] == pytest.approx([0.25, 0.25])


def test_use_is_a_share_however_far_rents_run_ahead():
    w = world(list_adjustment=0.0, use_elasticity=3.0, drift=floats(2, 2, 2))
    assert w.on_demand_use.max() == 1.0
    assert w.on_demand_use.min() >= 0.0


def test_a_generation_without_a_price_sells_as_its_state_says():
    w = world(gen_price=floats(0, 0), use_elasticity=1.0, **CALM)
    assert w.on_demand_use[0].tolist() == [(0.5, 0.7, 0.9)[state] for state in w.market]


def test_a_forward_curve_is_the_mean_of_the_index():
    """Whatever the states' drifts and the noise; the other generation keeps its own law."""
    curve = np.zeros((2, 13))
    curve[0, 1:] = np.linspace(200.0, 100.0, 12)
    changes = {"gen_floor": floats(0, 0), "own_volatility": 0.1}
    drawn = np.array([w.rental_index for w in worlds(gen_forward=curve, **changes)])
    free = np.array([w.rental_index for w in worlds(**changes)])
    error = 3 * drawn[:, 0, 1:].std(axis=0) / REPLICATIONS**0.5
    assert np.all(np.abs(drawn[:, 0, 1:].mean(axis=0) - curve[0, 1:]) < error)
    assert np.array_equal(drawn[:, 1], free[:, 1])
    assert set(drawn[:, 0, 0]) == {210.0}


def test_hardware_grows_on_average_by_its_inflation():
    drawn = worlds(gen_inflation=floats(0.0, 0.2), hardware_volatility=0.1)
    factor = np.array([w.hardware_factor for w in drawn])
    assert set(factor[:, :, 0].ravel()) == {1.0}
    error = 3 * factor[:, 1, 12].std() / REPLICATIONS**0.5
    assert factor[:, :, 12].mean(axis=0) == pytest.approx([1.0, 1.2], abs=error)


def test_hardware_follows_the_state():
    w = world(start_state=2, stay=floats(1, 1, 1), hardware_drift=floats(0, 0, np.log(1.5)))
    assert w.hardware_factor[:, 12] == pytest.approx([1.5, 1.5])


@pytest.mark.parametrize(("elasticity", "kept"), [(0.0, 1.0), (1.0, 0.5), (2.0, 0.25)])
def test_resale_follows_rents_by_its_elasticity(elasticity, kept):
    w = world(resale_elasticity=elasticity, volatility=0.0, **GLUT_FOREVER)
    assert w.resale[:, 12] == pytest.approx([3e6 * kept, 7e6 * kept])


def test_spreads_are_those_of_the_state_and_noise_around_them():
    drawn = worlds(spread_volatility=0.01, spread_shift=floats(0, 0, 0))
    spread = np.array([w.spread for w in drawn])
    assert set(spread[:, 0]) == {0.0}
    assert spread[:, 12].std() == pytest.approx(0.01, abs=3 * 0.01 / (2 * REPLICATIONS) ** 0.5)


def test_whatever_a_file_says_prices_stay_bounded():
    wild = {"drift": floats(5, 5, 5), "hardware_drift": floats(5, 5, 5), "volatility": 1.0}
    w = world(quarters=40, gen_inflation=floats(5, 5), resale_elasticity=10.0, **wild)
    assert w.rental_index.max() == 1e6
    assert w.hardware_factor.max() == 10.0
    assert w.resale.max() == 7e7
    assert all(np.isfinite(column).all() for column in w if column.dtype.names is None)
