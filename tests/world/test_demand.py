"""Demand: how many ask, for what; and that nobody's luck depends on another's presence."""

import numpy as np
import pytest
from scipy.stats import norm

from gpusim.economics.core.state import NEVER
from gpusim.world import draw
from gpusim.world.demand import failure_day
from tests.world.specs import ids, spec

REPLICATIONS = range(300)


@pytest.fixture(scope="module")
def worlds():
    own = spec(quarters=8)
    return own, [draw(own, 11, r) for r in REPLICATIONS]


def test_arrivals_follow_the_market_and_who_builds_for_himself(worlds) -> None:
    _, drawn = worlds
    for state, rate in enumerate((6.0, 12.0, 24.0)):
        months = offers = 0
        for w in drawn:
            month = np.searchsorted(w.month_end, w.offers.day)
            in_state = np.flatnonzero(w.market[1:] == state) + 1
            months += len(in_state)
            offers += int(np.isin(month, in_state).sum())
        mean = rate / 12.0 * 0.75  # a quarter of the buyers build for themselves
        assert abs(offers / months - mean) < 3.0 * np.sqrt(mean / months)


def test_offers_come_in_order_of_day_within_the_run(worlds) -> None:
    _, drawn = worlds
    for w in drawn[:50]:
        assert (np.diff(w.offers.day) >= 0).all()
        assert (w.offers.day > w.month_end[0]).all()
        assert (w.offers.day <= w.month_end[-1]).all()


def test_sizes_terms_and_prepayments_follow_their_laws(worlds) -> None:
    _, drawn = worlds
    offers = np.concatenate([w.offers for w in drawn])
    n = len(offers)
    assert (offers["gpus"] % 8 == 0).all()
    assert abs(np.median(offers["gpus"]) - 1000) < 3.0 * 1000 * 0.5 * 1.2533 / np.sqrt(n) + 8
    for share, expected in (
        ((offers["term_days"] == 365).mean(), 0.25),
        ((offers["prepayment_share"] > 0).mean(), 0.5),
        (offers["walks"].mean(), 0.4),
        (offers["renews"].mean(), 0.6),
        ((offers["willingness"] >= 1.0).mean(), 0.5),
    ):
        assert abs(share - expected) < 3.0 * np.sqrt(expected * (1 - expected) / n)


def test_a_segment_more_and_a_longer_horizon_change_no_other_offer() -> None:
    short, long = spec(quarters=4), spec(quarters=8)
    more = long._replace(
        segment_ids=ids("other", "labs"),
        segment_rate=np.vstack([long.segment_rate, long.segment_rate]),
        segment_since=np.array([1, 1]),
        self_build=np.vstack([long.self_build, long.self_build]),
        segment_terms=np.concatenate([long.segment_terms, long.segment_terms]).view(np.recarray),
        segment_law=np.vstack([long.segment_law, long.segment_law]),
        term_choices=np.vstack([long.term_choices, long.term_choices]),
        term_weights=np.vstack([long.term_weights, long.term_weights]),
    )
    for r in range(20):
        few, many, both = (draw(s, 5, r).offers for s in (short, long, more))
        assert few.tobytes() == many[: len(few)].tobytes()
        known = set(both.id.tolist())
        assert set(many.id.tolist()) <= known
        assert len(both) > len(many) or len(many) == 0


def test_customers_fail_as_often_as_their_hazard_says() -> None:
    own = spec(quarters=4)._replace(stay=np.ones(3))  # the market stays balanced
    days = np.array([draw(own, 3, r).default_day for r in range(2000)])
    assert (days[:, 0] == NEVER).all()  # no hazard, no failure
    expected = 1.0 - (1.0 - 0.3 / 12.0) ** 12
    share = (days[:, 1] < NEVER).mean()
    assert abs(share - expected) < 3.0 * np.sqrt(expected * (1 - expected) / len(days))


def chances(hazard: float, correlation: float) -> np.ndarray:
    """Chances of a year over its factor, at 20,001 points of the normal law [points]."""
    z = norm.ppf((np.arange(20_001) + 0.5) / 20_001)
    given = norm.cdf((norm.ppf(hazard) - np.sqrt(correlation) * z) / np.sqrt(1 - correlation))
    assert given.mean() == pytest.approx(hazard, abs=1e-5)
    return given


def test_customers_fail_together_as_often_as_their_years_say() -> None:
    """A year's 40%, given its factor; a month's chance is a twelfth. Two of them fail in the same
    year as often as q^2 is on average over good and bad years, not as the square of q's average."""
    n = 4_000
    own = spec(quarters=4)._replace(
        stay=np.ones(3), customer_hazard=np.full((2, 3), 0.4), customer_correlation=0.3
    )
    failed = np.array([draw(own, 3, r).default_day for r in range(n)]) < NEVER
    year = 1.0 - (1.0 - chances(0.4, 0.3) / 12.0) ** 12
    for share, known in (
        (failed[:, 0].mean(), year.mean()),
        (failed[:, 1].mean(), year.mean()),
        ((failed[:, 0] & failed[:, 1]).mean(), (year**2).mean()),
    ):
        assert abs(share - known) < 3.0 * np.sqrt(known * (1 - known) / n)
    assert (year**2).mean() > year.mean() ** 2 + 0.02


def test_a_customer_to_come_fails_by_the_factor_of_each_year() -> None:
    """At a correlation of next to nothing on the day on which it fails by itself, or one beside it.

    Twenty that ask on 1 January 2026, at 0.5: their first year has 1 - exp(-q) of them, by its q.
    """
    for key in range(300):
        alone = failure_day(5, 1, key, 0.2, 0.0, 20_700)
        assert abs(alone - failure_day(5, 1, key, 0.2, 1e-12, 20_700)) <= 1
    days = [[failure_day(5, r, key, 0.2, 0.5, 20_454) for key in range(20)] for r in range(400)]
    first = (np.array(days) < 20_454 + 365).mean(axis=1)
    year = 1 - np.exp(-chances(0.2, 0.5))
    assert abs(first.mean() - year.mean()) < 3 * np.sqrt((year.var() + 0.15 / 20) / 400)
    assert first.var() == pytest.approx(year.var() + (year * (1 - year)).mean() / 20, rel=0.3)


def test_a_customer_more_changes_no_other_customer() -> None:
    own = spec()
    more = own._replace(
        customer_ids=ids("zero", "one", "two"),
        customer_hazard=np.vstack([[0.5, 0.5, 0.5], own.customer_hazard]),
    )
    for r in range(50):
        assert (draw(more, 1, r).default_day[1:] == draw(own, 1, r).default_day).all()
