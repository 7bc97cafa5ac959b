"""What a month's prices are, read from a world."""

import numpy as np
import pytest

from gpusim.economics.core.calendar import month_of
from gpusim.economics.core.state_pointer import world_to_pointer
from gpusim.economics.plant import curves, market
from gpusim.world import draw
from tests.world.specs import floats, spec

MONTH_END = draw(spec(), 1, 0).month_end


@pytest.fixture(scope="module")
def w():
    calm = {"drift": floats(0, 0, 0), "volatility": 0.0}
    return world_to_pointer(draw(spec(**calm, gen_inflation=floats(0.0, 0.25)), 1, 0))


@pytest.mark.parametrize(("term", "price"), [(0, 210.0), (30, 147.0), (60, 84.0), (120, 84.0)])
def test_a_term_price_is_its_ratio_of_the_index(w, term, price):
    assert market.term_price(w, 0, 3, term) == pytest.approx(price)


def test_a_term_in_days_is_priced_by_the_nearest_month():
    """A month is 365.25 / 12 = 30.4375 days, so one and a half are 45.66."""
    assert [market.months_of(days) for days in (15, 16, 45, 46, 76, 77)] == [0, 1, 1, 2, 2, 3]


def test_the_as_of_month_is_that_of_all_days_before(w):
    as_of, first = int(MONTH_END[0]), int(MONTH_END[1])
    days = [as_of - 400, as_of - 1, as_of, as_of + 1, first, first + 1]
    assert [month_of(w, day) for day in days] == [0, 0, 0, 1, 1, 2]


def test_hardware_costs_what_it_has_grown_to(w):
    as_of, end = int(MONTH_END[0]), int(MONTH_END[12])
    assert market.hardware_cost_on(w, 0, end, 999) == 999
    assert market.hardware_cost_on(w, 1, end, 1_000_000) == 1_250_000
    assert market.hardware_cost_on(w, 1, as_of, 1_000_000) == 1_000_000
    # twelve roots of 1.25 make a month: 1.018769; ten of January's 31 days of the first
    assert market.hardware_cost_on(w, 1, as_of + 10, 1_000_000) == 1_006_055


@pytest.mark.parametrize(
    ("age", "share"), [(-5, 1.0), (0, 1.0), (365, 0.6), (730, 0.4), (9_000, 0.4)]
)
def test_residuals_are_read_by_age(w, age, share):
    assert market.residual_share(w, age) == pytest.approx(share)


def test_a_used_gpu_fetches_its_age_share_of_a_new_one(w):
    """USD 30,000 new; half way between 0.6 after one year and 0.4 after two."""
    assert market.resale_price(w, 0, 6, 365) == 1_800_000
    assert market.resale_price(w, 0, 6, 547) == pytest.approx(1_500_000, rel=0.002)


def test_a_first_quote_alone_is_the_price_of_every_month():
    path = np.zeros(7)
    curves.flat_forwards(np.array([3]), floats(2.0), path)
    assert path.tolist() == [0.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]


def test_after_the_last_quote_the_price_stays_at_its_last_year():
    """Two years at 3 hold one at 4, so the second is at 2, and so is all that follows."""
    path = np.zeros(50)
    curves.falling_forwards(np.array([12, 24]), floats(4.0, 3.0), path)
    assert path[1:] == pytest.approx([4.0] * 12 + [2.0] * 37)


def test_forwards_average_to_each_quote():
    terms, prices = np.array([12, 24, 60]), floats(3.0, 2.8, 2.5)
    for rule in (curves.flat_forwards, curves.falling_forwards):
        path = np.zeros(61)
        rule(terms, prices, path)
        means = [path[1 : term + 1].mean() for term in terms]
        assert means == pytest.approx(list(prices))


def test_a_rising_stretch_has_a_ratio_above_one():
    assert curves.yearly_ratio(1.0, 2, 3.0) == pytest.approx(2.0)
