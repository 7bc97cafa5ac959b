"""Monthly paths follow their laws, within three standard errors over independent replications."""

import numpy as np
import pytest

from gpusim.world import draw
from tests.world.specs import floats, spec

REPLICATIONS = 3_000
GLUT, BALANCED, SCARCE = 0, 1, 2


def worlds(**changes):
    made = spec(**changes)
    return [draw(made, 11, r) for r in range(REPLICATIONS)]


def share_error(p: float, n: int) -> float:
    return 3 * (p * (1 - p) / n) ** 0.5


@pytest.fixture(scope="module")
def drawn():
    return worlds()


@pytest.fixture(scope="module")
def states(drawn):
    return np.array([w.market for w in drawn])


@pytest.mark.parametrize(
    ("state", "following", "probability"),
    [
        (GLUT, GLUT, 0.8),
        (GLUT, BALANCED, 0.2),
        (GLUT, SCARCE, 0.0),
        (BALANCED, GLUT, 0.12),
        (BALANCED, BALANCED, 0.7),
        (BALANCED, SCARCE, 0.18),
        (SCARCE, GLUT, 0.0),
        (SCARCE, BALANCED, 0.1),
        (SCARCE, SCARCE, 0.9),
    ],
)
def test_the_chain_moves_as_often_as_it_says(states, state, following, probability):
    now, then = states[:, :-1].ravel(), states[:, 1:].ravel()
    from_here = then[now == state]
    share = (from_here == following).mean()
    assert share == pytest.approx(probability, abs=share_error(probability, len(from_here)))


def test_the_as_of_month_is_known(drawn):
    assert {int(w.market[0]) for w in drawn} == {BALANCED}
    assert {float(p) for w in drawn for p in w.on_demand_price[0, :1]} == {210.0}
    assert {float(w.base_rate[0]) for w in drawn} == {0.04}


def test_use_and_spread_are_those_of_the_months_state(drawn):
    use, spread = (0.5, 0.7, 0.9), (0.01, 0.0, -0.005)
    for w in drawn[:50]:
        assert list(w.on_demand_use[0]) == [use[state] for state in w.market]
        assert list(w.spread) == [spread[state] for state in w.market]


def test_without_volatility_the_price_only_drifts():
    """One year of glut at a log drift of -ln 2 a year halves the price."""
    (world,) = worlds(
        start_state=GLUT, stay=floats(1, 1, 1), drift=floats(-np.log(2), 0, 0), volatility=0.0
    )[:1]
    assert world.on_demand_price[:, 12] == pytest.approx([105.0, 210.0])


def test_the_price_index_has_the_yearly_volatility_and_is_shared():
    drawn = worlds(drift=floats(0, 0, 0), gen_floor=floats(0, 0))
    log = np.log([w.on_demand_price[:, 12] / (210.0, 420.0) for w in drawn])
    assert log[:, 0] == pytest.approx(log[:, 1], abs=1e-12)
    assert log[:, 0].mean() == pytest.approx(0.0, abs=3 * 0.2 / REPLICATIONS**0.5)
    assert log[:, 0].std() == pytest.approx(0.2, abs=3 * 0.2 / (2 * REPLICATIONS) ** 0.5)


def test_no_price_falls_below_its_floor():
    drawn = worlds(drift=floats(-9, -9, -9))
    assert {tuple(w.on_demand_price[:, -1]) for w in drawn} == {(60.0, 90.0)}


def test_base_rate_noise_spreads_and_reverts():
    """A year of noise at speed 0.5: sd 0.01 * sqrt(1 - 1/e); half a year keeps exp(-1/4) of it."""
    drawn = worlds(base_curve=np.full(13, 1.0))
    noise = np.array([w.base_rate for w in drawn]) - 1.0
    sd = 0.01 * 0.63212**0.5
    assert noise[:, 12].mean() == pytest.approx(0.0, abs=3 * sd / REPLICATIONS**0.5)
    assert noise[:, 12].std() == pytest.approx(sd, abs=3 * sd / (2 * REPLICATIONS) ** 0.5)
    slope = (noise[:, 6] * noise[:, 12]).mean() / (noise[:, 6] ** 2).mean()
    left = noise[:, 12] - slope * noise[:, 6]
    error = left.std() / noise[:, 6].std() / REPLICATIONS**0.5
    assert slope == pytest.approx(0.7788, abs=3 * error)


def test_base_rate_without_reversion_is_a_random_walk():
    drawn = worlds(base_curve=np.full(13, 1.0), mean_reversion=0.0)
    sd = np.array([w.base_rate[12] for w in drawn]).std()
    assert sd == pytest.approx(0.01, abs=3 * 0.01 / (2 * REPLICATIONS) ** 0.5)


def test_base_rate_is_never_negative():
    lowest = min(w.base_rate.min() for w in worlds(base_curve=np.full(13, 0.001)))
    assert lowest == 0.0


@pytest.mark.parametrize(("state", "probability"), [(GLUT, 0.3), (BALANCED, 0.9), (SCARCE, 1.0)])
def test_the_loan_market_is_open_as_often_as_the_state_says(drawn, states, state, probability):
    is_open = np.array([w.market_open for w in drawn])[states == state]
    assert is_open.mean() == pytest.approx(probability, abs=share_error(probability, is_open.size))
