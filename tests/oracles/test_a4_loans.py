"""Known answers A4: loan arithmetic of a credit memo of 2026-09-17, USD millions.

Capex 100, loan 42, 14% a year, equal principal over N months, cash available 100 / P a month,
where P is the payback in months. `models/credit-memo.toml` is the loan of 42 over twelve months.
"""

import numpy as np
import pytest

from gpusim.appraisal.unit_cash import Loan, blank, borrow
from gpusim.appraisal.unit_measures import dscr_by_period
from gpusim.economics.books.measures import CFADS, DEBT_SERVICE
from gpusim.economics.books.statements import line
from gpusim.economics.core.records import one
from gpusim.economics.core.state import STRAIGHT, THIRTY_360, LoanTerms
from gpusim.economics.debt.loan_arithmetic import interest, principal_due
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.oracles.formulas import straight_capacity
from tests.oracles.unit_rows import MODELS

CASE = "A4"
MILLION = 100_000_000
RATE = 0.14
TERMS = one(LoanTerms, law=STRAIGHT)


def services(loan: int, months: int) -> list[tuple[int, int]]:
    """(principal, interest) of every month."""
    paid = []
    for left in range(months, 0, -1):
        due = principal_due(TERMS, loan, 0, left, RATE / 12)
        paid.append((due, interest(loan, RATE, 30)))
        loan -= due
    return paid


@pytest.mark.parametrize(("payback", "dscr"), [(22, 1.14), (30, 0.84), (36, 0.70)])
def test_first_month_dscr(payback, dscr, compare):
    principal, coupon = services(42 * MILLION, 12)[0]
    found = round(100 * MILLION / payback / (principal + coupon), 2)
    compare(f"first-month DSCR, payback {payback} months, to a hundredth", found, dscr)


@pytest.mark.parametrize(("payback", "dscr"), [(22, 1.14), (30, 0.84), (36, 0.70)])
def test_first_month_dscr_of_a_planned_lot(payback, dscr, compare):
    """Service falls, so the first month is the worst period by months."""
    terms = one(LoanTerms, law=STRAIGHT, day_count=THIRTY_360, months=12, every_months=1)
    cash = blank(12)
    cash.revenue[1:] = 100e6 / payback
    lent = borrow(cash, Loan(42e6, np.full(13, RATE), terms))
    months = [month.value for month in dscr_by_period(lent, 1)]
    assert min(months) == months[0]
    what = f"worst month's DSCR of `units`, payback {payback} months, to a hundredth"
    compare(what, round(months[0], 2), dscr)


@pytest.mark.parametrize(
    ("payback", "capacities"),
    [
        (22, (20.39, 29.62, 38.28)),
        (30, (14.95, 21.72, 28.07)),
        (36, (12.46, 18.10, 23.39)),
    ],
)
def test_capacity_at_dscr_of_one_and_a_quarter(payback, capacities, compare):
    found = [straight_capacity(100 / payback, 1.25, RATE / 12, months) for months in (6, 9, 12)]
    what = f"capacity at 1.25x over 6, 9, 12 months, payback {payback} months, to a hundredth"
    compare(what, [round(loan, 2) for loan in found], capacities)
    for loan, months in zip(found, (6, 9, 12), strict=True):
        first = sum(services(round(loan * MILLION), months)[0]) / MILLION
        assert 100 / payback / first == pytest.approx(1.25, abs=1e-6)


def test_interest_over_twelve_months(compare):
    total = sum(coupon for _, coupon in services(42 * MILLION, 12))
    found = round(100 * total / (42 * MILLION), 3)
    compare("interest over 12 months, to a thousandth [% of principal]", found, 7.583)


def repaid(loan: float, payback: float):
    """The memo's firm with a loan [USD] over twelve months, and cash by its payback."""
    monthly = round(100e6 / payback, 2)
    invoices = round(12 * monthly, 2)
    sets = (
        f"debt.loan.opening.principal_usd={loan}",
        f"debt.loan.opening.repayments.2026={loan}",
        f"receivables.invoices.*.amount_usd={monthly}",
        f"balance.receivables_usd={invoices}",
        f"balance.loans_usd={loan}",
        f"balance.paid_in_capital_usd={round(100e6 + invoices - loan, 2)}",
    )
    book = lower(load(str(MODELS / "credit-memo.toml"), sets=sets))
    return process.run(book.state, draw(book.spec, 1, 0))


@pytest.mark.parametrize(("payback", "dscr"), [(22, 1.14), (30, 0.84), (36, 0.70)])
def test_first_month_dscr_of_a_run(payback, dscr, compare):
    done = repaid(42e6, payback)
    found = round(done.stocks[CFADS, 1] / done.stocks[DEBT_SERVICE, 1], 2)
    compare(f"first-month DSCR of a run, payback {payback} months, to a hundredth", found, dscr)


@pytest.mark.parametrize(("payback", "millions"), [(22, 38.28), (30, 28.07), (36, 23.39)])
def test_a_run_covers_the_published_capacity_as_stated(payback, millions, compare):
    """Capacity is published to 10,000: cover of the first month within 0.0005."""
    done = repaid(millions * 1e6, payback)
    found = done.stocks[CFADS, 1] / done.stocks[DEBT_SERVICE, 1]
    what = f"first-month DSCR of a run with the capacity of 12 months, payback {payback} months"
    compare(what, found, 1.25, abs=0.0005)


def test_interest_of_a_run(compare):
    done = repaid(42e6, 22)
    found = round(100 * line(done.ledger, "interest_expense")[1:].sum() / (42 * MILLION), 3)
    compare("interest of a run over 12 months, to a thousandth [% of principal]", found, 7.583)
    compare("principal left after it [cents]", line(done.ledger, "debt_principal")[-1], 0)
