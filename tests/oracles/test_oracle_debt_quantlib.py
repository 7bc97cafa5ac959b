"""Loan schedules and effective yields against QuantLib."""

import datetime as dt
import itertools
import warnings

import numpy as np
import pytest

from gpusim.economics.core.records import one
from gpusim.economics.core.state import BULLET, LEVEL, STRAIGHT, LoanTerms
from gpusim.economics.debt.loan_arithmetic import effective_yield, interest, principal_due
from gpusim.units_of_measure import month_ends

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its SWIG types, on newer Pythons
    import QuantLib as ql  # noqa: N813

CASE = "QuantLib"
LOAN = 1_000_000_00
LAWS = {LEVEL: "level", STRAIGHT: "straight line", BULLET: "bullet"}
START = ql.Date(15, 1, 2026)
THIRTY_360 = ql.Thirty360(ql.Thirty360.BondBasis)


def notionals(law: int, balloon: int, instalments: int, rate_period: float) -> list[int]:
    """Our principal outstanding before every instalment."""
    left, terms = [LOAN], one(LoanTerms, law=law)
    for count in range(instalments, 1, -1):
        left.append(left[-1] - principal_due(terms, left[-1], balloon, count, rate_period))
    return left


def bond(outstanding: list[int], coupon: float) -> ql.Bond:
    """A monthly bond whose notional follows a list, one entry a month."""
    end = START + ql.Period(len(outstanding), ql.Months)
    schedule = ql.MakeSchedule(START, end, ql.Period(ql.Monthly))
    balances = [float(amount) for amount in outstanding]
    return ql.AmortizingFixedRateBond(0, balances, schedule, [coupon], THIRTY_360)


@pytest.mark.parametrize(("years", "rate"), [(1, 0.14), (5, 0.0875), (5, 0.06), (10, 0.11)])
def test_level_schedule_is_quantlibs(years, rate, compare):
    theirs = ql.sinkingNotionals(ql.Period(years, ql.Years), ql.Monthly, rate, float(LOAN))
    ours = [*notionals(LEVEL, 0, 12 * years, rate / 12), 0]
    apart = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    what = f"level balance, {years} years at {rate:.2%}: farthest from QuantLib's [cents]"
    compare(what, apart, 0, abs=12 * years)


@pytest.mark.parametrize("law", [LEVEL, STRAIGHT, BULLET])
def test_coupons_and_principal_are_quantlibs(law, compare):
    outstanding = notionals(law, LOAN // 4, 24, 0.09 / 12)
    flows = [(f.date(), f.amount()) for f in bond(outstanding, 0.09).cashflows()]
    ours = [
        interest(left, 0.09, 30) + left - following
        for left, following in zip(outstanding, [*outstanding[1:], 0], strict=True)
    ]
    theirs = [
        sum(amount for date, amount in flows if date == START + ql.Period(m, ql.Months))
        for m in range(1, 25)
    ]
    apart = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    what = f"coupons and principal, {LAWS[law]}: farthest from QuantLib's [cents]"
    compare(what, apart, 0, abs=0.51)


@pytest.mark.parametrize("law", [LEVEL, STRAIGHT, BULLET])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
@pytest.mark.parametrize(("every", "grace", "balloon"), [(1, 0, 0), (3, 6, 0), (1, 9, 0.3)])
def test_effective_yield_is_quantlibs(law, share, every, grace, balloon, compare):
    coupon, count = 0.11, 12
    kept, discount = int(LOAN * balloon), int(LOAN * share)
    by_instalment = notionals(law, kept, count, coupon / 12 * every)
    by_month = [LOAN] * grace + [left for left in by_instalment for _ in range(every)]
    theirs = ql.CashFlows.yieldRate(
        bond(by_month, coupon).cashflows(),
        float(LOAN - discount),
        THIRTY_360,
        ql.Compounded,
        ql.Monthly,
        False,
        START,
        START,
        1e-12,
    )
    left = [*by_instalment, 0]
    repaid = np.array([before - after for before, after in itertools.pairwise(left)])
    ends = np.array(month_ends(dt.date(2026, 1, 31), grace + count * every))
    on = ends[grace + every :: every]
    ours = effective_yield(LOAN, discount, coupon / 12, int(ends[0]), on, repaid)
    terms = f"every {every} months, {grace} of grace, balloon {balloon:.0%}"
    what = f"effective yield, {LAWS[law]}, discount {share:.0%}, {terms}"
    compare(what, 12 * ours, theirs, abs=1e-7)
