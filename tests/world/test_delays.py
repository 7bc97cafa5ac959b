"""Delays, lead times, fit-out and acceptance follow their laws, within three standard errors."""

import numpy as np
import pytest

from gpusim.world import draw
from tests.world.specs import floats, spec

REPLICATIONS = 4_000


@pytest.fixture(scope="module")
def drawn():
    made = spec()
    return [draw(made, 3, r) for r in range(REPLICATIONS)]


def column(drawn, name: str):
    return np.array([getattr(world, name) for world in drawn])


@pytest.mark.parametrize(
    ("name", "probability", "mean", "sd"),
    [("hall_delay", 0.4, 180.0, 120.0), ("power_delay", 0.25, 90.0, 45.0)],
)
def test_a_hall_is_late_as_often_and_as_much_as_its_law(drawn, name, probability, mean, sd):
    days = column(drawn, name)[:, 2]
    late = days[days > 0]
    error = (probability * (1 - probability) / REPLICATIONS) ** 0.5
    assert (days > 0).mean() == pytest.approx(probability, abs=3 * error)
    assert late.mean() == pytest.approx(mean, abs=3 * sd / len(late) ** 0.5)
    fourth = ((late - late.mean()) ** 4).mean()
    error_of_sd = ((fourth - late.var() ** 2) / len(late)) ** 0.5 / (2 * late.std())
    assert late.std() == pytest.approx(sd, abs=3 * error_of_sd)


@pytest.mark.parametrize("name", ["hall_delay", "power_delay"])
def test_halls_of_one_developer_slip_together_and_others_do_not(drawn, name):
    late = column(drawn, name) > 0
    correlation = np.corrcoef(late.T)
    assert correlation[0, 1] > 0.2
    assert correlation[0, 2] == pytest.approx(0.0, abs=3 / REPLICATIONS**0.5)


def test_even_odds_for_two_halls_of_a_developer_are_both_late_a_third_of_the_time():
    """Two normal numbers correlated by 1/2 share a sign's side with 1/4 + asin(1/2)/2pi = 1/3."""
    made = spec(hall_probability=floats(0.5, 0.5, 0.5))
    late = column([draw(made, 3, r) for r in range(REPLICATIONS)], "hall_delay") > 0
    both = (late[:, 0] & late[:, 1]).mean()
    assert both == pytest.approx(1 / 3, abs=3 * (2 / 9 / REPLICATIONS) ** 0.5)


def test_power_is_late_for_reasons_of_its_own(drawn):
    halls, power = column(drawn, "hall_delay")[:, 0] > 0, column(drawn, "power_delay")[:, 0] > 0
    assert np.corrcoef(halls, power)[0, 1] == pytest.approx(0.0, abs=3 / REPLICATIONS**0.5)


def test_probability_zero_is_never_and_one_is_always():
    made = spec(hall_probability=floats(0.0, 1.0, 1.0))
    days = column([draw(made, 3, r) for r in range(200)], "hall_delay")
    assert days[:, 0].max() == 0
    assert days[:, 1:].min() >= 1


def test_lead_times_have_the_planned_mean_and_no_memory(drawn):
    days = column(drawn, "lead_days")[:, 0]
    n = days.size
    assert days.mean() == pytest.approx(120.0, abs=3 * 30.0 / n**0.5)
    assert days.std() == pytest.approx(30.0, rel=0.02)
    assert np.corrcoef(days[:, 0], days[:, 1])[0, 1] == pytest.approx(
        0.0, abs=3 / REPLICATIONS**0.5
    )


def test_without_spread_the_plan_is_kept(drawn):
    assert set(column(drawn, "lead_days")[:, 1].ravel()) == {180}
    assert set(column(drawn, "acceptance_days")[:, 1]) == {30}


@pytest.mark.parametrize(
    ("name", "mean", "sd"), [("fitout_days", 45.0, 15.0), ("acceptance_days", 30.0, 10.0)]
)
def test_orders_take_the_planned_days_on_average(drawn, name, mean, sd):
    days = column(drawn, name)[:, 0]
    assert days.mean() == pytest.approx(mean, abs=3 * sd / REPLICATIONS**0.5)
    assert days.min() >= 1
