"""Instalments over the whole term where another cap than cover limits a sculpted loan."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.unit_cash import Loan, blank, borrow, cover_of
from gpusim.appraisal.unit_economics import compute
from gpusim.economics.books.measures import DEBT_REPAID, DEBT_SERVICE
from gpusim.economics.core.records import one
from gpusim.economics.core.state import RESULTING, SCULPTED, THIRTY_360, LoanTerms, State
from gpusim.economics.debt.draws import leave_out_gaps, resulting_cover, sculpted_debt
from gpusim.economics.debt.loan_arithmetic import sculpted_principal
from gpusim.economics.debt.payment_dates import STUB_FIRST, STUB_LAST
from gpusim.engines import process
from gpusim.engines.story import tell
from gpusim.engines.story.trace import Trace
from gpusim.scenario.language.errors import ScenarioError
from tests.engines.build import book_of, played, scenario_of, world_of
from tests.engines.test_sculpted import loan, tables


def test_level_cash_is_covered_by_the_annuity():
    """10 a month for 60 months at 0.5% a month are worth 517.2556; debt of 300: 1.7242."""
    cash, rates = np.full(60, 10.0), np.full(60, 0.005)
    worth = 10 * (1 - 1.005**-60) / 0.005
    assert worth == pytest.approx(517.255608, abs=1e-6)
    for stated in (1.1, 1.5):
        assert resulting_cover(cash, stated, 300.0, rates) == pytest.approx(worth / 300)
    assert resulting_cover(cash, 1.8, 300.0, rates) == 1.8  # never below what is stated


def test_two_periods_by_hand():
    """121 twice at 10% are worth 210; of 150 each serves 86.43 and the whole is repaid."""
    cash, rates = np.array([121_00.0, 121_00.0]), np.full(2, 0.1)
    cover = resulting_cover(cash, 1.1, 150_00.0, rates)
    assert cover == pytest.approx(1.40)
    first = sculpted_principal(121_00.0, cover, 150_00, 0, 0.1, 2)
    last = 150_00 - first
    assert (first, last) == (71_43, 78_57)
    assert last * 1.1 == pytest.approx(86_43, abs=1)


def test_a_balloon_is_left_for_the_last_instalment():
    """Of 300 with 121 left at the end, 10%: 300 - 121 / 1.21 = 200; 242 twice are worth 420."""
    cash, rates = np.array([242.0, 242.0]), np.full(2, 0.1)
    debt = sculpted_debt(300, 121, rates)
    assert debt == pytest.approx(200)
    assert resulting_cover(cash, 1.1, debt, rates) == pytest.approx(2.1)
    assert resulting_cover(cash, 1.1, 0.0, rates) == 1.1  # a cent that is all balloon


def played_with(**plan: Any) -> State:
    """4m against cash that would carry more, in twelve monthly instalments."""
    terms = {"months": 12, "dscr": 1.25} | plan
    debt = loan(commitment_usd=4_000_000, amortisation=terms)
    return played(tables(debt, model={"quarters": 8}))


def test_stated_cover_is_over_early_and_a_resulting_one_lasts_the_term():
    stated, resulting = (played_with(cover=word) for word in ("stated", "resulting"))
    assert (stated.stocks[DEBT_REPAID] > 0).sum() == 5
    months = np.flatnonzero(resulting.stocks[DEBT_REPAID])
    assert len(months) == 12
    service = resulting.stocks[DEBT_SERVICE, months]
    covers = 0.8 * resulting.received[0, months] / service  # the last one like all others
    assert covers == pytest.approx(np.full(12, resulting.draws[0].cover), rel=1e-6)
    assert resulting.stocks[DEBT_REPAID].sum() == 4_000_000_00


def test_a_stated_cover_above_what_results_is_kept():
    """At 5x the last instalment takes the rest, whatever the word is."""
    stated, resulting = (played_with(cover=word, dscr=5.0) for word in ("stated", "resulting"))
    assert (stated.stocks == resulting.stocks).all()
    assert resulting.draws[0].cover == 5.0


def test_units_repay_a_lots_loan_by_the_annuity_where_its_cash_is_level():
    """80 a month is worth 900.41 at 1% over twelve months; 600 are covered 1.5007 times, 53.31."""
    terms = one(
        LoanTerms,
        law=SCULPTED,
        cover=RESULTING,
        months=12,
        every_months=1,
        dscr=1.1,
        day_count=THIRTY_360,
        running_cost_share=0.2,
    )
    cash = blank(24)._replace(revenue=np.array([0.0, *[100.0] * 24]))
    agreed = Loan(600.0, np.full(25, 0.12), terms)
    service = 600 * 0.01 / (1 - 1.01**-12)
    assert service == pytest.approx(53.3093, abs=1e-4)
    assert cover_of(agreed, cash) == pytest.approx(80 / service)
    lent = borrow(cash, agreed)
    paid = lent.interest + lent.principal
    assert paid[1:13] == pytest.approx(np.full(12, service), abs=0.05)
    assert not paid[13:].any()


def test_units_tell_the_cover_that_results_and_no_stated_one():
    for word, count in (("resulting", 1), ("stated", 0)):
        plan = {"months": 12, "dscr": 1.25, "cover": word}
        debt = loan(commitment_usd=4_000_000, amortisation=plan)
        notes = compute(scenario_of(tables(debt)), contract="one").rows[0].notes
        found = [note for note in notes if note.startswith("loan: planned cash covers")]
        assert len(found) == count
        assert all("1.25x is asked" in note for note in found)


def test_the_story_tells_the_cover_of_a_draw():
    plan = {"months": 12, "dscr": 1.25, "cover": "resulting"}
    made = tables(loan(commitment_usd=4_000_000, amortisation=plan))
    book, trace = book_of(made), Trace()
    final = process.run(book.state, world_of(book), trace=trace)
    (line,) = (text for text in tell(book.names, trace) if "planned cash covers" in text)
    assert f"which planned cash covers {final.draws[0].cover:.2f} times" in line


def test_another_law_has_no_cover():
    plain = {name: value for name, value in loan().items() if name != "amortisation"}
    plan = {"law": "straight", "months": 12, "every_months": 1, "cover": "resulting"}
    with pytest.raises(ScenarioError, match='law = "sculpted", or no cover'):
        scenario_of(tables(plain | {"amortisation": plan}))


def test_a_period_without_cash_is_left_out_wherever_it_is():
    """Nothing, 121, nothing, 121 at 10%: interest of two years is paid from elsewhere, 1.40."""
    cash, rates = np.array([0.0, 121_00.0, 0.0, 121_00.0]), np.full(4, 0.1)
    periods = leave_out_gaps(cash, rates)
    debt = sculpted_debt(150_00, 0, rates[:periods])
    assert resulting_cover(cash[:periods], 1.1, debt, rates[:periods]) == pytest.approx(1.40)


def test_a_last_period_that_the_maturity_cuts_short_bears_interest_of_its_months_alone():
    """Drawn on 31 May, quarterly at 3%, due on 31 January: its last period has two months, 2%.

    Invoices of USD 48,000 a day are paid in the month after. Of May to July 92 days come by August,
    of August to October 92, of November and December 61. Each instalment, the last too, takes as
    much of its cash as the others.
    """
    plan = {"months": 12, "every_months": 3, "dscr": 1.25, "cover": "resulting"}
    maturity = dt.date(2027, 1, 31)
    debt = loan(
        commitment_usd=4_000_000, maturity=maturity, available_to=maturity, amortisation=plan
    )
    final = played(tables(debt, model={"quarters": 8}))
    days = (92, 92, 61)
    factors = (1.03, 1.03**2, 1.03**2 * 1.02)
    cash = [0.8 * 48_000 * n for n in days]
    cover = sum(c / f for c, f in zip(cash, factors, strict=True)) / 4_000_000
    assert final.draws[0].cover == pytest.approx(cover)
    months = np.flatnonzero(final.stocks[DEBT_REPAID])
    assert months.tolist() == [5, 8, 10]
    assert final.stocks[DEBT_SERVICE, months] / 100 == pytest.approx(np.array(cash) / cover)


@pytest.mark.parametrize("size", [{}, {"size_dscr": 1.25, "opens": dt.date(2026, 5, 31)}])
def test_a_first_stub_has_the_cash_and_the_interest_of_its_own_months(size):
    """Drawn on 31 May for seven months, paid on 30 June, 30 September and 31 December.

    By 30 June the 31 days of May come in, then 92 and 91; the stub's interest is 1%.
    """
    plan = {"months": 7, "every_months": 3, "stub": "first", "dscr": 1.25, "cover": "resulting"}
    lent = 20_000_000 if size else 4_000_000
    debt = loan(commitment_usd=lent, amortisation=plan, **size)
    final = played(tables(debt, model={"quarters": 8}))
    factors = (1.01, 1.01 * 1.03, 1.01 * 1.03**2)
    cash = [0.8 * 48_000 * n for n in (31, 92, 91)]
    worth = sum(c / f for c, f in zip(cash, factors, strict=True))
    if size:
        assert final.facilities[0].commitment / 100 == pytest.approx(worth / 1.25, abs=0.02)
        return
    assert final.draws[0].cover == pytest.approx(worth / lent)
    months = np.flatnonzero(final.stocks[DEBT_REPAID])
    assert months.tolist() == [3, 6, 9]
    assert final.stocks[DEBT_SERVICE, months] / 100 == pytest.approx(
        np.array(cash) / (worth / lent)
    )


def test_units_take_a_first_stub_by_its_months_too():
    """80 for one month at 1%, then 240 a quarter at 3%: 533.89, of 450 1.1864 times."""
    terms = one(
        LoanTerms,
        law=SCULPTED,
        cover=RESULTING,
        months=7,
        every_months=3,
        stub=STUB_FIRST,
        dscr=1.1,
        day_count=THIRTY_360,
        running_cost_share=0.2,
    )
    cash = blank(12)._replace(revenue=np.array([0.0, *[100.0] * 12]))
    agreed = Loan(450.0, np.full(13, 0.12), terms)
    worth = 80 / 1.01 + 240 / (1.01 * 1.03) + 240 / (1.01 * 1.03**2)
    assert worth == pytest.approx(533.8938, abs=1e-4)
    assert cover_of(agreed, cash) == pytest.approx(worth / 450)
    lent = borrow(cash, agreed)
    paid = (lent.interest + lent.principal)[[1, 4, 7]]
    assert paid == pytest.approx(np.array([80, 240, 240]) / (worth / 450), abs=0.05)


def test_units_take_a_last_stub_by_its_months_too():
    """240 a quarter twice and 160 for two months, at 3%, 3% and 2%: 607.09, of 500 1.2142 times."""
    terms = one(
        LoanTerms,
        law=SCULPTED,
        cover=RESULTING,
        months=8,
        every_months=3,
        stub=STUB_LAST,
        dscr=1.1,
        day_count=THIRTY_360,
        running_cost_share=0.2,
    )
    cash = blank(12)._replace(revenue=np.array([0.0, *[100.0] * 12]))
    agreed = Loan(500.0, np.full(13, 0.12), terms)
    worth = 240 / 1.03 + 240 / 1.03**2 + 160 / (1.03**2 * 1.02)
    assert worth == pytest.approx(607.0909, abs=1e-4)
    assert cover_of(agreed, cash) == pytest.approx(worth / 500)
    lent = borrow(cash, agreed)
    paid = (lent.interest + lent.principal)[[3, 6, 8]]
    assert paid == pytest.approx(np.array([240, 240, 160]) / (worth / 500), abs=0.05)
