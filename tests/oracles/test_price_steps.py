"""Prices that change within a term, by hand: steps, an escalator, a minimum that grows, renewals.

The tutorial's operator without luck, its tranches of 24,000 GPUs in one lot each, from 1 February
and 1 May 2027 for five years. Amounts in USD.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pytest

from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.ledger import REVENUE_COMMITTED
from gpusim.economics.books.measures import BACKLOG, RPO
from gpusim.economics.core.state import CONTRACTS, State
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.sales.backlog import (
    last_day_value,
    price_of_rest,
    rated_through,
    value_through,
)
from gpusim.engines import batch, process
from gpusim.scenario import ScenarioError, load
from gpusim.scenario.lower import Book, lower
from gpusim.scenario.lowering.frame.lots import rates_of, spans_of, value_of
from gpusim.units_of_measure import date_of, day_of
from gpusim.world import draw
from tests.oracles.test_single_site_by_hand import NO_LUCK

CASE = "hand check"
GPUS = 24_000
ONE_LOT = (
    *NO_LUCK,
    "operator.acceptance_lot_mw=1_000",
    "balance.cash_usd=7_000_000_000",  # so that no order waits for money
    "balance.paid_in_capital_usd=7_000_000_000",
)
STEPS = "contracts.anchor.price_steps=[{ after_months = 12, price_usd_per_gpu_hour = 2.50 }]"
FALLS = "contracts.anchor.price_escalator=-0.1"
HALF = "{ after_months = 0, share = 0.5 }, { after_months = 6, share = 1 }"
GROWS = f"contracts.anchor.commitment=[{HALF}]"
FEBRUARY, MAY = 8, 11
"""Months of 2027 after June 2026."""


def book_of(*sets: str) -> Book:
    return lower(load("single-site", sets=(*ONE_LOT, *sets)))


@cache
def played(*sets: str) -> State:
    book = book_of(*sets)
    state = process.run(book.state, draw(book.spec, 1, 0))
    assert [str(date_of(k.start)) for k in state.tranches[:2]] == ["2027-02-01", "2027-05-01"]
    return state


def earned(state: State, first: int, last: int) -> float:
    """Committed revenue of months, counted from June 2026 [USD]."""
    return -float(state.ledger[REVENUE_COMMITTED, first : last + 1].sum()) / 100


def hours(days: int) -> int:
    return GPUS * 24 * days


def test_each_day_is_earned_at_its_own_price():
    """The first step falls on 1 February 2028 for one tranche, on 1 May for the other."""
    stepped = played(STEPS)
    assert earned(stepped, FEBRUARY, FEBRUARY + 2) == pytest.approx(hours(89) * 2.91)
    january = hours(31) * (2.91 + 2.91)
    april, may = hours(30) * (2.50 + 2.91), hours(31) * (2.50 + 2.50)
    assert earned(stepped, FEBRUARY + 11, FEBRUARY + 11) == pytest.approx(january, abs=0.02)
    assert earned(stepped, FEBRUARY + 14, FEBRUARY + 14) == pytest.approx(april, abs=0.02)
    assert earned(stepped, FEBRUARY + 15, FEBRUARY + 15) == pytest.approx(may, abs=0.02)


def test_the_escalator_counts_from_the_start_and_again_from_a_step():
    """2.91, then 2.619 after a year; after a step in month 6 of 2.00, 1.80 from month 18 on."""
    falls = played(FALLS)
    assert earned(falls, FEBRUARY + 15, FEBRUARY + 15) == pytest.approx(
        hours(31) * 2 * 2.619, abs=0.02
    )
    at = "contracts.anchor.price_steps=[{ after_months = 6, price_usd_per_gpu_hour = 2.00 }]"
    both = played(FALLS, at)
    july_2028 = hours(31) * (2.00 + 2.00)
    august, november = hours(31) * (1.80 + 2.00), hours(30) * (1.80 + 1.80)
    assert earned(both, 25, 25) == pytest.approx(july_2028, abs=0.02)
    assert earned(both, 26, 26) == pytest.approx(august, abs=0.02)
    assert earned(both, 29, 29) == pytest.approx(november, abs=0.02)


def test_a_minimum_grows_within_the_term():
    """Half is paid for six months: of the first tranche until July, of the second until October."""
    grows = played(GROWS)
    assert earned(grows, MAY, MAY) == pytest.approx(hours(31) * 2.91, abs=0.02)
    assert earned(grows, 14, 14) == pytest.approx(hours(31) * 2.91 * 1.5, abs=0.02)  # August
    assert earned(grows, 17, 17) == pytest.approx(hours(30) * 2.91 * 2, abs=0.02)  # November


def test_the_backlog_is_the_sum_of_the_days():
    """1,826 and 1,827 days, 365 and 366 of them before the step."""
    book = book_of(STEPS)
    value = hours(365 + 366) * 2.91 + hours(1826 - 365 + 1827 - 366) * 2.50
    assert sum(k.value for k in book.state.tranches) == round(value * 100)
    final = played(STEPS)
    left = value - earned(final, 0, final.ledger.shape[1] - 1)
    assert final.stocks[BACKLOG, -1] == round(left * 100)


def test_before_the_first_step_only_what_looks_ahead_moves():
    plain, stepped = played(), played(STEPS)
    until = FEBRUARY + 11  # the month before it
    assert np.array_equal(
        plain.ledger[REVENUE_COMMITTED, : until + 1], stepped.ledger[REVENUE_COMMITTED, : until + 1]
    )
    assert not np.array_equal(
        plain.ledger[REVENUE_COMMITTED, until + 1 :], stepped.ledger[REVENUE_COMMITTED, until + 1 :]
    )


def test_a_step_that_changes_no_price_changes_nothing():
    same = "contracts.anchor.price_steps=[{ after_months = 12, price_usd_per_gpu_hour = 2.91 }]"
    whole = "contracts.anchor.commitment=[{ after_months = 0, share = 1 }]"
    plain = played()
    for setting in (same, whole, "contracts.anchor.price_escalator=0"):
        other = played(setting)
        assert np.array_equal(plain.ledger, other.ledger)
        assert np.array_equal(plain.stocks, other.stocks)


def test_both_engines_agree():
    for sets in ((STEPS,), (FALLS, GROWS), (GROWS, STEPS, FALLS)):
        book = book_of(*sets)
        world = draw(book.spec, 3, 0)
        one, other = process.run(book.state, world), batch.run(book.state, world)
        assert np.array_equal(one.ledger, other.ledger)
        assert np.array_equal(one.stocks, other.stocks)


def test_a_value_that_is_stated_lies_over_the_term_as_its_days_are_worth():
    """From 1 July 2026 for four years: 184 days at a half, 1,277 whole: 92 of 1,369."""
    anchor = load("single-site", sets=(GROWS,)).contracts["anchor"]
    stated = anchor.model_copy(update={"price_usd_per_gpu_hour": None})
    tranche = anchor.tranches[0].model_copy(update={"value_usd": 1_369.0})
    start = dt.date(2026, 7, 1)
    spans = spans_of(stated, start, 48, day_of(start), 1461)
    assert [(span.rate, span.days) for span in spans] == [(0.5, 184), (1.0, 1277)]
    assert value_of(stated, tranche, spans) == 136_900
    (_, zero), (day, before) = rates_of(spans, 10)
    assert (zero, day) == (0, 184)
    assert before == pytest.approx(92 / 1369)


def test_of_a_term_that_has_begun_only_the_days_that_are_left_count():
    """A step after 12 months from 1 July 2025, seen from 1 January 2026: in 181 days."""
    anchor = load("single-site", sets=(STEPS,)).contracts["anchor"]
    start, today = dt.date(2025, 7, 1), dt.date(2026, 1, 1)
    spans = spans_of(anchor, start, 24, day_of(today), 730 - 184)
    assert [(span.rate, span.days) for span in spans] == [(2.91, 181), (2.50, 365)]


def test_what_may_be_left_by_notice_counts_by_the_days_that_bind():
    """On 31 December 2027: of one tranche 31 days at 2.91 and 59 at 2.50, of the other 90."""
    sets = (STEPS, "contracts.anchor.exit_notice_days=90", "contracts.anchor.prepayment.share=0")
    final = played(*sets)
    expected = hours(31) * 2.91 + hours(59) * 2.50 + hours(90) * 2.91
    assert final.stocks[RPO, FEBRUARY + 10] == pytest.approx(round(expected * 100), abs=2)


def test_the_price_of_what_is_left():
    state = to_pointer(book_of(STEPS).state)
    cents = [float(price_of_rest(state, 0, days)) for days in (1, 1461, 1462, 1826)]
    assert cents[:2] == pytest.approx([250, 250])
    assert cents[2] == pytest.approx((1461 * 250 + 291) / 1462)
    assert cents[3] == pytest.approx((1461 * 250 + 365 * 291) / 1826)


def test_the_last_days_price_has_no_rounding_of_a_day_in_it():
    """28,847 GPUs at 2.5501 at last: 176,550,563.28 cents a day."""
    odd = (STEPS.replace("2.50", "2.5501"), "contracts.anchor.tranches.0.gpus=28_847")
    state = to_pointer(book_of(*odd).state)
    assert last_day_value(state, 0) == pytest.approx(28_847 * 24 * 255.01, rel=1e-10)


def test_first_days_of_a_term_grow_and_end_at_its_value():
    state = to_pointer(book_of(GROWS, STEPS, FALLS).state)
    through = [int(value_through(state, 0, 0, days)) for days in range(-1, 1828)]
    assert through[:2] == [0, 0]
    assert through[-2:] == [int(state.tranches[0].value)] * 2
    assert (np.diff(through)[1:-1] > 0).all()
    assert rated_through(state, 0, 181) == pytest.approx(hours(181) * 145.5, abs=2)


SHORT = (
    "contracts.anchor.term_months=12",
    "contracts.anchor.prepayment.credited_months=[1, 12]",
    "contracts.anchor.price_steps=[{ after_months = 6, price_usd_per_gpu_hour = 2.50 }]",
)


@pytest.mark.parametrize(
    ("times", "contracts"), [("", None), (", times = 1", 3), (", times = 2", 5)]
)
def test_renewals_are_at_the_last_days_price_and_are_counted(times, contracts):
    """Two tranches renew on 1 February and 1 May 2028 for three months each time."""
    renewal = f"{{ chance = 1, term_months = 3, price_share = 0.8{times} }}"
    final = played(*SHORT, f"contracts.anchor.renewal={renewal}")
    june = earned(final, 24, 24)  # of 2028: the second tranche's first renewal
    if contracts is None:
        assert final.count[CONTRACTS] > 5
        assert june == pytest.approx(hours(30) * (2.50 * 0.8 + 2.50 * 0.8 * 0.8), abs=0.02)
        return
    assert final.count[CONTRACTS] == contracts
    second = 2.50 * 0.8 * 0.8 if contracts == 5 else 0
    assert june == pytest.approx(hours(30) * (2.50 * 0.8 + second), abs=0.02)
    assert earned(final, 27 + contracts - 3, 30) == 0


def test_unit_economics_have_the_price_of_each_month():
    lot = lots_of(load("single-site", sets=(*ONE_LOT, STEPS, GROWS)))[0]
    months = lot.cash.revenue[1:] / (GPUS * 730)
    assert months[[0, 5, 6, 11, 12, 59]] == pytest.approx([1.455, 1.455, 2.91, 2.91, 2.50, 2.50])


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ("contracts.anchor.commitment=[{ after_months = 1, share = 1 }]", "the start of the term"),
        ("contracts.anchor.commitment=[{ after_months = 0, share = 0 }]", "a share above 0"),
        (
            "contracts.anchor.price_steps=[{ after_months = 12, price_usd_per_gpu_hour = 2 }, "
            "{ after_months = 12, price_usd_per_gpu_hour = 1 }]",
            "more than 12, that of the step before",
        ),
        ("contracts.anchor.price_escalator=12", "price_escalator"),
        (
            "contracts.anchor.price_steps=[{ after_months = 60, price_usd_per_gpu_hour = 2 }]",
            "less than the longest term, 60 months",
        ),
        (
            "contracts.anchor.commitment=[{ after_months = 0, share = 0.1 }, "
            "{ after_months = 72, share = 1 }]",
            "less than the longest term, 60 months",
        ),
    ],
)
def test_steps_that_make_no_sense_are_refused(setting, wanted):
    with pytest.raises(ScenarioError, match=wanted):
        load("single-site", sets=(setting,))


def test_a_price_that_grows_beyond_what_is_counted_is_refused():
    """Twice as much each year for fifty years: 24,000 GPUs, 8,766 hours, 2.91 x (2^50 - 1)."""
    sets = ("contracts.anchor.price_escalator=1", "contracts.anchor.term_months=600")
    with pytest.raises(ScenarioError, match="GPUs worth or costing USD 689,"):
        load("single-site", sets=sets)


def test_what_is_earned_up_to_a_change_of_price_is_not_a_cent_less():
    """3 GPUs at 1.00 for the 242 days of February to September, then at 1.25: 72 and 90 a day.

    In binary fractions the share of the whole, 28,494, before 1 October is a hair below 17,424.
    """
    steps = "[{ after_months = 8, price_usd_per_gpu_hour = 1.25 }]"
    year = "contracts.anchor.term_months=12", "contracts.anchor.prepayment.credited_months=[1, 12]"
    small = "contracts.anchor.price_usd_per_gpu_hour=1", "contracts.anchor.tranches.0.gpus=3"
    state = to_pointer(book_of(*year, *small, f"contracts.anchor.price_steps={steps}").state)
    through = [int(value_through(state, 0, 0, days)) for days in range(366)]
    assert through[242] == 242 * 72_00
    assert np.diff(through).tolist() == [72_00] * 242 + [90_00] * 123
