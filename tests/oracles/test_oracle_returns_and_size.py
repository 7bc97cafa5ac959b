"""Rates of return against pyxirr, and debt sizes against QuantLib's present values."""

import warnings

import numpy as np
import pytest
import pyxirr

from gpusim.appraisal.returns import irr, sculpted
from tests.engines.build import played
from tests.engines.test_sculpted import tables
from tests.engines.test_sizing import plain

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its SWIG types, on newer Pythons
    import QuantLib as ql  # noqa: N813

CASE = "libraries"
START = ql.Date(15, 4, 2026)
MONTHLY = ql.Period(1, ql.Months)


def present_value(flows, rate_month: float) -> float:
    """QuantLib's worth of monthly flows, the first a month from the start."""
    days = ql.Thirty360(ql.Thirty360.European)
    leg = [ql.SimpleCashFlow(x, START + n * MONTHLY) for n, x in enumerate(flows, 1)]
    flat = ql.InterestRate(12 * rate_month, days, ql.Compounded, ql.Monthly)
    return ql.CashFlows.npv(ql.Leg(leg), flat, False, START, START)


@pytest.mark.parametrize("years", [1, 5, 20])
def test_rates_of_return_are_those_of_pyxirr(years, compare):
    rng = np.random.default_rng(years)
    apart = 0.0
    for _ in range(200):
        flows = np.concatenate([[-rng.uniform(50, 150)], rng.uniform(0, 5, 12 * years)])
        theirs = pyxirr.irr(flows)
        apart = max(apart, abs(irr(flows).value - theirs))
    compare(f"200 rates over {years} years: farthest from pyxirr's", apart, 0.0, abs=1e-9)


@pytest.mark.parametrize("dscr", [1.2, 1.4, 2.0])
def test_sculpted_size_is_quantlibs_worth_of_cash_over_cover(dscr, compare):
    cash = np.random.default_rng(3).uniform(0, 60, 60)
    theirs = present_value(cash / dscr, 0.07 / 12)
    compare(
        f"size on 60 months of cash at {dscr}x", sculpted(cash, dscr, 0.07 / 12), theirs, rel=1e-6
    )


def test_size_of_a_loan_in_a_run_is_quantlibs_worth_of_its_invoices(compare):
    """Cash as in `test_sizing`: invoices of May to February less a fifth, 9.6 times covered."""
    final = played(tables(plain(size_dscr=9.6)))
    days = [31, 30, 31, 31, 30, 31, 30, 31, 31, 28]
    invoices = [1_000 * 2 * 24 * n for n in days]
    theirs = 100 * present_value([0.8 * x / 9.6 for x in invoices], 0.12 / 12)
    compare(
        "commitment of a loan sized by cover [cents]", final.facilities[0].commitment, theirs, abs=1
    )
