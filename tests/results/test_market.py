"""Figures of the market by period, worked out by hand (see panels.py), and of drawn paths."""

import numpy as np
import pytest

from gpusim.economics.core.state import FLEET_ON_DEMAND, FLEET_ON_DEMAND_HOURS
from gpusim.engines import batch
from gpusim.experiments.run import fail_if
from gpusim.experiments.run.points import Point, prepare
from gpusim.results import figures, metrics, periods
from gpusim.results.formulas import lenders
from gpusim.results.metric import REASONS
from gpusim.results.payload import payload_of, stack
from gpusim.scenario.language.errors import ScenarioError
from gpusim.world import draw
from tests.engines import build
from tests.results.panels import MONTHS, market, panel
from tests.results.test_metrics import AS_OF

QUARTERS = periods.quarters(AS_OF, MONTHS)
GPUS = ["old", "new"]
HARDWARE = "hardware_price.old"


@pytest.fixture(scope="module")
def quarterly():
    return metrics.compute(panel(), QUARTERS, gpus=GPUS)


def of(values, name):
    return values[name].figures[0].tolist()


def test_states_are_shares_of_a_quarters_months(quarterly):
    assert of(quarterly, "market_scarce") == pytest.approx([1, 0, 0, 0, 1 / 3])
    assert of(quarterly, "market_glut") == pytest.approx([0, 2 / 3, 0, 0, 0])


def test_rates_and_rents_are_means_of_months(quarterly):
    assert of(quarterly, "base_rate") == pytest.approx([0.13 / 3, 0.05, 0.05, 0.05, 0.05])
    assert of(quarterly, "rent.old") == pytest.approx([3.2, 3.5, 3.8, 4.1, 4.4])
    assert of(quarterly, "rental_index.old") == pytest.approx([3.1, 3.4, 3.7, 4.0, 4.3])
    assert of(quarterly, "sold_share.old") == [0.5] * 5


def test_prices_of_hardware_stand_at_period_end(quarterly):
    assert of(quarterly, HARDWARE) == [40_000, 36_000, 36_000, 36_000, 36_000]
    assert of(quarterly, "resale_price.old") == [30_000, 15_000, 15_000, 15_000, 15_000]
    assert of(quarterly, "hardware_price.new") == [50_000] * 5


def test_what_is_not_stated_is_undefined_and_says_why(quarterly):
    for name in ("rent.new", "rental_index.new", "sold_share.new"):
        assert np.isnan(quarterly[name].figures).all()
        assert {REASONS[code] for code in quarterly[name].reasons.ravel()} == {"no rent is stated"}
    none = panel()._replace(resold=np.zeros(2, np.bool_))
    told = metrics.compute(none, QUARTERS, gpus=GPUS)["resale_price.old"]
    assert {REASONS[code] for code in told.reasons.ravel()} == {"no resale market is stated"}


def test_the_market_goes_on_when_the_firm_has_ended(quarterly):
    ended = panel()._replace(defaulted=np.full(2, 0))
    after = metrics.compute(ended, QUARTERS, gpus=GPUS)
    names = ("base_rate", "market_scarce", "market_glut", "rent.old", "sold_share.old", HARDWARE)
    for name in names:
        assert of(after, name) == of(quarterly, name)
    assert np.isnan(after["dscr"].figures).all()


def test_months_years_and_the_whole_run():
    read = [figures.parse(text, QUARTERS, [], gpus=GPUS) for text in ASKED]
    told = [one.figures[0] for one in figures.columns(panel(), QUARTERS, [], read, gpus=GPUS)]
    assert told == pytest.approx(list(ASKED.values()))


ASKED = {
    "rent.old@2026-02": 3.2,
    "rent.old@FY2026": 3.65,  # months 1 to 12: 3.10 to 4.20
    "rent.old": 3.8,  # months 1 to 15: 3.10 to 4.50
    "market_glut@FY2026": 2 / 12,
    "market_scarce": 4 / 15,
    "hardware_price.old@2026-05": 40_000,
    "resale_price.old@2026-06": 15_000,
}


def test_a_gpu_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match=r"GPUs: old, new.*nearest valid name: rent\.old"):
        figures.parse("rent.odd", QUARTERS, [], gpus=GPUS)
    with pytest.raises(ScenarioError, match="nearest valid name: base_rate"):
        figures.parse("base_rat", QUARTERS, [], gpus=GPUS)


def test_every_family_of_a_gpu_has_periods_a_unit_and_a_place():
    known = lenders.known([], (), GPUS)
    assert len(known) == len(market()) - 2
    for name, metric in known.items():
        assert lenders.by_period(name)
        assert (lenders.metric_of(name).unit, metric.name) == (metric.unit, name)
        assert name.partition(".")[2] in metric.meaning


def test_a_condition_takes_them():
    asked = fail_if.parse(
        "rent.old@2026<3.7", lambda text: figures.parse(text, QUARTERS, [], gpus=GPUS)
    )
    told = figures.columns(panel(), QUARTERS, [], [asked.figure], gpus=GPUS)
    assert asked.judge(told[0].figures).holds


def test_without_a_world_the_market_is_not_told():
    book = build.book_of(build.quiet())
    values = metrics.compute(stack([payload_of(book.state, 0)]), periods.quarters(build.AS_OF, 12))
    assert np.isnan(values["base_rate"].figures).all()
    assert np.isnan(values["market_glut"].figures).all()


def test_the_index_told_is_the_one_that_is_drawn():
    point = prepare(Point("spot-heavy"))
    world = draw(point.book.spec, 7, 3)
    state = batch.run(point.book.state, world)
    months = periods.by_month(point.calendar.as_of, point.calendar.months)
    told = metrics.compute(stack([payload_of(state, 3, world=world)]), months, gpus=point.gpus)
    for g, name in enumerate(point.gpus):
        index = world.rental_index[g, 1:] / 100
        assert of(told, f"rental_index.{name}") == pytest.approx(index.tolist())
        assert len(set(index)) > 1


def test_hours_are_sold_at_the_rent_of_their_month():
    """What is posted for hours sold on demand, over those hours, of each GPU and month."""
    point = prepare(Point("spot-heavy"))
    world = draw(point.book.spec, 7, 3)
    state = batch.run(point.book.state, world)
    months = periods.by_month(point.calendar.as_of, point.calendar.months)
    alone = stack([payload_of(state, 3, world=world)])
    told = metrics.compute(alone, months, gpus=point.gpus)
    for g, name in enumerate(point.gpus):
        hours = state.fleet[g, FLEET_ON_DEMAND_HOURS, 1:]
        cents = state.fleet[g, FLEET_ON_DEMAND, 1:]
        assert (hours > 0).any()
        expected = told[f"rent.{name}"].figures[0] * hours * 100
        assert np.abs(expected - cents).max() <= len(point.book.names.pools)  # a cent a pool
