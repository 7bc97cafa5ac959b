"""Debt: schedules end at zero, discount is fully amortised, capacity and caps as defined."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpusim.economics.core.calendar import month_last, month_number
from gpusim.economics.core.records import one
from gpusim.economics.core.state import (
    ACT_360,
    ACT_365,
    BULLET,
    LEVEL,
    STRAIGHT,
    THIRTY_360,
    LoanTerms,
)
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.debt.loan_arithmetic import (
    advance_available,
    coupon,
    days_between,
    discount_amortised,
    effective_yield,
    interest,
    level_payment,
    principal_due,
    sculpted_principal,
    undrawn_fee,
)
from gpusim.economics.hardware.capitalised_interest import (
    interest_borne,
    spread_on_orders,
    within_incurred,
)
from gpusim.units_of_measure import day_of, days_in_month, month_ends
from tests.engines.build import AS_OF, book_of, contract, quiet
from tests.oracles.formulas import straight_capacity

TERMS = {int(law): one(LoanTerms, law=law) for law in (LEVEL, STRAIGHT, BULLET)}
laws = st.sampled_from(sorted(TERMS))
loans = st.integers(1_000_00, 10**14)
rates = st.floats(0.0, 0.02)
shares = st.floats(0.0, 0.9)


def ladder(law: int, principal: int, balloon: int, instalments: int, rate: float) -> list[int]:
    paid = []
    for left in range(instalments, 0, -1):
        paid.append(principal_due(TERMS[law], principal, balloon, left, rate))
        principal -= paid[-1]
    return paid


@given(laws, loans, shares, st.integers(1, 120), rates)
def test_every_schedule_repays_the_loan_and_never_lends(law, principal, share, instalments, rate):
    paid = ladder(law, principal, int(principal * share), instalments, rate)
    assert sum(paid) == principal
    assert min(paid) >= 0


@given(loans, shares, st.integers(2, 120), rates)
def test_level_schedule_pays_the_same_every_period(principal, share, instalments, rate):
    balloon = int(principal * share)
    left, payments = principal, []
    for due in ladder(LEVEL, principal, balloon, instalments, rate):
        payments.append(due + left * rate)
        left -= due
    payments[-1] -= balloon
    assert payments == pytest.approx([payments[0]] * instalments, abs=2.0 + instalments)


@given(loans, shares, st.integers(2, 120))
def test_straight_schedule_has_equal_principal_and_the_balloon_last(principal, share, instalments):
    balloon = int(principal * share)
    paid = ladder(STRAIGHT, principal, balloon, instalments, 0.01)
    assert max(paid[:-1]) - min(paid[:-1]) <= 1
    assert 0 <= paid[-1] - balloon - paid[0] <= 1


def test_bullet_pays_nothing_before_its_last_instalment():
    assert ladder(BULLET, 5_000, 0, 4, 0.01) == [0, 0, 0, 5_000]


def test_level_schedule_follows_a_prepayment():
    level = TERMS[LEVEL]
    assert principal_due(level, 1_050_00, 0, 2, 0.1) * 2 == principal_due(
        level, 2_100_00, 0, 2, 0.1
    )


def test_balloon_is_left_after_the_last_level_payment():
    assert level_payment(1_000, 1_000, 0.01, 60) == pytest.approx(10.0)
    assert level_payment(1_200, 200, 0.0, 10) == 100.0


def test_thirty_360_year_has_360_days_and_actual_year_365():
    ends = month_ends(dt.date(2025, 12, 31), 12)
    months = list(pairwise(ends))
    assert [days_between(since, until, THIRTY_360) for since, until in months] == [30] * 12
    assert sum(days_between(since, until, ACT_360) for since, until in months) == 365
    assert sum(days_between(since, until, ACT_365) for since, until in months) == 365


@pytest.mark.parametrize(
    ("date", "days"),
    [
        (dt.date(2026, 12, 14), 16),  # 30 - 14
        (dt.date(2026, 8, 29), 1),
        (dt.date(2026, 8, 30), 0),  # the 31st is the thirtieth day as well
        (dt.date(2026, 8, 31), 0),
        (dt.date(2026, 7, 19), 11),
        (dt.date(2028, 2, 19), 11),  # a February has thirty days too
    ],
)
def test_thirty_360_of_a_broken_month_counts_to_the_thirtieth(date, days):
    end = day_of(date.replace(day=days_in_month(date.year, date.month)))
    assert days_between(day_of(date), end, THIRTY_360) == days


def test_sofr_loan_earns_more_than_its_rate_in_a_year():
    assert interest(360_000_00, 0.10, 365) == 36_500_00


def test_floor_holds_the_base_rate_and_a_fixed_coupon_ignores_it():
    floating = one(LoanTerms, floating=1, base_floor=0.01)
    assert coupon(floating, 0.03, 0.06) == pytest.approx(0.09)
    assert coupon(floating, 0.005, 0.06) == pytest.approx(0.07)
    assert coupon(one(LoanTerms, base_floor=0.01), 0.03, 0.0925) == 0.0925


def test_a_hedge_fixes_its_share_of_a_floating_loan_and_nothing_of_a_fixed_one():
    """Half at the swap's 5%, half at the floor's 3%, and 2% on all of it: 6%."""
    half = {"base_floor": 0.03, "hedged_share": 0.5, "swap_rate": 0.05}
    assert coupon(one(LoanTerms, floating=1, **half), 0.01, 0.02) == pytest.approx(0.06)
    whole = one(LoanTerms, floating=1, **half | {"hedged_share": 1.0})
    assert coupon(whole, 0.04, 0.02) == pytest.approx(0.07)
    assert coupon(one(LoanTerms, **half), 0.04, 0.09) == 0.09


@given(
    laws,
    st.integers(10**10, 10**13),
    st.floats(0.001, 0.15),
    shares,
    st.integers(1, 24),
    st.sampled_from([1, 3, 6]),
    st.integers(0, 24),
    st.floats(0.0, 0.015),
)
def test_discount_is_gone_when_the_draw_is(
    law, principal, share, balloon, count, every, grace, a_month
):
    discount, kept, first = int(principal * share), int(principal * balloon), grace + every
    months = first + (count - 1) * every
    days, repaid, outstanding = month_ends(dt.date(2026, 1, 31), months), [], principal
    for left in range(count, 0, -1):
        repaid.append(principal_due(TERMS[law], outstanding, kept, left, a_month * every))
        outstanding -= repaid[-1]
    rate = effective_yield(
        principal, discount, a_month, days[0], np.array(days[first::every]), np.array(repaid)
    )
    outstanding, unamortised = principal, discount
    for month in range(1, months + 1):
        unamortised -= discount_amortised(outstanding, unamortised, rate, a_month, 1.0)
        if month >= first and (month - first) % every == 0:
            left = count - (month - first) // every
            outstanding -= principal_due(TERMS[law], outstanding, kept, left, a_month * every)
    assert outstanding == 0
    assert unamortised <= months * (1 + rate) ** months


def test_no_discount_yields_the_coupon():
    assert effective_yield(100_00, 0, 0.01, 0, np.array([30]), np.array([100_00])) == 0.01


def test_a_discount_of_one_cent_is_a_discount_and_one_of_all_has_no_yield():
    """99 cents lent on 31 December 1969 and 100 repaid on 31 January: 1/99 a month."""
    on = np.array([30])
    assert effective_yield(100, 1, 0.0, -1, on, np.array([100])) == pytest.approx(1 / 99)
    assert effective_yield(100, 100, 0.01, -1, on, np.array([100])) == 0.01


@given(
    st.integers(0, 30),
    st.lists(st.integers(1, 200), min_size=1, max_size=20),
    st.floats(0.001, 0.1),
)
def test_discount_is_gone_with_the_last_of_any_payment_days(drawn, gaps, share):
    """By the days of each month from any day on: none is left, and none is used up early."""
    days = np.cumsum([drawn, *gaps])[1:]
    principal = 1_000_000_00 * len(days)
    discount, monthly = int(principal * share), 0.008
    repaid = np.full(len(days), 1_000_000_00)
    rate = effective_yield(principal, discount, monthly, drawn, days, repaid)
    ends = [month_last(n) for n in range(month_number(int(days[-1])) + 1)]
    since, left, outstanding = drawn, discount, principal
    for day in sorted({*days.tolist(), *(d for d in ends if drawn < d < days[-1])}):
        assert left > 0
        a_month = ends[month_number(day)] - month_last(month_number(day) - 1)
        left -= discount_amortised(outstanding, left, rate, monthly, (day - since) / a_month)
        outstanding -= 1_000_000_00 * (day in days)
        since = day
    assert left <= 2 * len(ends) * (1 + rate) ** len(ends)


def test_amortised_discount_never_exceeds_what_is_left():
    assert discount_amortised(100_00, 20, 0.05, 0.01, 1.0) == 20
    assert discount_amortised(100_00, 0, 0.05, 0.01, 1.0) == 0


def test_a_sculpted_instalment_leaves_the_balloon_and_the_last_one_takes_it():
    """Cash of 1,000 covers all of 500 but what is kept for the end."""
    assert sculpted_principal(1_000.0, 1.0, 500, 500, 0.0, 2) == 0
    assert sculpted_principal(1_000.0, 1.0, 500, 120, 0.0, 2) == 380
    assert sculpted_principal(0.0, 1.0, 500, 120, 0.0, 1) == 500


def test_fee_is_charged_on_the_unused_part_only():
    assert undrawn_fee(36_000_00, 0.01, 10) == 10_00
    assert undrawn_fee(-5_00, 0.01, 10) == 0


def test_capacity_example_of_the_definitions():
    """L 38.28, 12 equal principals, 14%: the first month's 3.19 + 0.447 against 4.545 is 1.25."""
    cash = 100e8 / 22
    loan = round(straight_capacity(cash, 1.25, 0.14 / 12, 12))
    principal = principal_due(TERMS[STRAIGHT], loan, 0, 12, 0.14 / 12)
    paid = interest(loan, 0.14, 30)
    assert round(loan / 1e8, 2) == 38.28
    assert round(principal / 1e8, 2) == 3.19
    assert round(paid / 1e8, 3) == 0.447
    assert cash / (principal + paid) == pytest.approx(1.25, abs=1e-6)


def test_capitalised_interest_is_at_most_what_was_incurred():
    """1% of 1,000 of hardware and of 500 of buildings is 15; of 9 incurred, 6 and 3."""
    borne = [interest_borne(1.0, held, held, 0.01) for held in (1_000_00, 500_00)]
    assert borne == [10_00, 5_00]
    assert within_incurred(9_00, *borne) == (6_00, 3_00)
    assert within_incurred(0, *borne) == (0, 0)


@pytest.mark.parametrize(
    ("cost", "outstanding", "drawn", "available"),
    [(1_000, 0, 0, 700), (1_000, 700, 700, 0), (10_000, 0, 1_600, 400), (1_000, 900, 900, 0)],
)
def test_a_draw_is_bound_by_cost_then_by_commitment(cost, outstanding, drawn, available):
    assert advance_available(0.70, cost, outstanding, 2_000, drawn) == available


def test_capitalised_interest_is_shared_by_the_average_in_construction():
    """Orders that opened with 1 and 3 cents and close with 1 and 5: averages of 1 and 4 of 5, so of
    10 cents 2 and 8."""
    lot = {"gpus": 10, "start": dt.date(2026, 9, 1), "value_usd": 1_000}
    state = book_of(quiet(contracts={"A": contract([lot]), "B": contract([lot])})).state
    state.orders.opened[:2], state.orders.in_progress[:2] = (1, 3), (1, 5)
    before = day_of(AS_OF)
    assert spread_on_orders(to_pointer(state), 10, before, before + 30) == 10
    assert state.orders.in_progress[:2].tolist() == [1 + 2, 5 + 8]
    assert state.orders.opened[:2].tolist() == [1 + 2, 5 + 8]
