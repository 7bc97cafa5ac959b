"""Margins that step on stated days: interest to the day, instalments, what is foreseen and kept."""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.unit_cash import Loan, borrow
from gpusim.appraisal.unit_economics import compute
from gpusim.economics.books.ledger import CASH_FOR_INTEREST, CASH_FOR_PRINCIPAL
from gpusim.economics.books.statements import line
from gpusim.economics.closing.loan_months import worth_tomorrow
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.core.records import one
from gpusim.economics.core.state import BULLET, LOAN_INTEREST, THIRTY_360, LoanTerms
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt import draws
from gpusim.economics.debt.sizing import cash_capacity
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import day_of
from tests.cases.test_debt_against_quantlib import a_debt
from tests.cases.test_debt_service import looked_ahead, months_of, owed, played
from tests.economics.test_unit_cash import lot
from tests.engines import test_sculpted as sculpted
from tests.engines.build import AS_OF, book_of, contract, quiet, scenario_of, world_of
from tests.engines.test_sizing import PROGRAMME, plain
from tests.engines.watch import Watched, watch

USD = 100
AUGUST = dt.date(2026, 8, 16)


def steps(*found: tuple[dt.date, float]) -> list[dict[str, Any]]:
    return [{"date": date, "margin": margin} for date, margin in found]


def quarterly(*found: tuple[dt.date, float], **changes: Any) -> dict[str, Any]:
    """USD 1.2m of notes at 12% by thirties that pay every quarter."""
    return owed(opening={"every_months": 3}, margin_steps=steps(*found), **changes)


# --- interest


@pytest.mark.parametrize(
    ("first", "old_days", "at_december"),
    [
        (AUGUST, 45, 54_000),
        (dt.date(2026, 7, 1), 0, 54_000),  # the day after a payment date
        (dt.date(2026, 9, 30), 89, 54_000),  # a payment date bears the new margin
        (dt.date(2026, 10, 1), 90, 54_000),
        (dt.date(2026, 10, 2), 90, 53_800),
    ],
)
def test_the_day_of_a_step_is_the_first_that_bears_it(
    first: dt.date, old_days: int, at_december: int
) -> None:
    """12%, then 18%: a day of 1.2m is 400, then 600; a quarter has 90 of them."""
    paid = months_of(played(debt={"x": quarterly((first, 0.18))}), CASH_FOR_INTEREST)
    assert paid[3] == 36_000
    assert paid[6] == old_days * 400 + (90 - old_days) * 600
    assert paid[9] == at_december


def test_steps_go_down_too_and_one_of_the_past_has_been_taken() -> None:
    """18% since January, 6% from 16 May, 12% from 1 June, as the page's: 45, 15 and 30 days."""
    found = (dt.date(2026, 1, 1), 0.18), (dt.date(2026, 5, 16), 0.06), (dt.date(2026, 6, 1), 0.12)
    paid = months_of(played(debt={"x": quarterly(*found)}), CASH_FOR_INTEREST)
    assert paid[3] == 45 * 600 + 15 * 200 + 30 * 400


def test_a_floating_margin_steps_over_the_base_rate() -> None:
    """4% and 5%, then 4% and 9%, by calendar days over 365: 46 of July and August, 46 more."""
    terms = quarterly((AUGUST, 0.09), base="SOFR", margin=0.05, day_count="act/365")
    curve = [{"date": dt.date(2026, 1, 1), "rate": 0.04}]
    paid = months_of(played(debt={"x": terms}, rates={"curve": curve}), CASH_FOR_INTEREST)
    assert paid[6] == pytest.approx(1.2e6 * (0.09 * 46 + 0.13 * 46) / 365, abs=0.03)


def test_what_is_rolled_over_pays_its_shift_on_top_of_the_step() -> None:
    """14% from August, due on the last day of September, then at 16%."""
    terms = quarterly((AUGUST, 0.14), maturity=dt.date(2026, 9, 30))
    terms["opening"]["repayments"] = {"2026": 1_200_000}
    terms["refinance"] = {"months": 12, "margin_shift": 0.02}
    paid = months_of(played(debt={"x": terms}), CASH_FOR_INTEREST)
    assert paid[9] == 1_200_000 * 0.16 / 4


# --- instalments


def drawn(terms: dict[str, Any], seen: list[int] | None = None) -> Any:
    """A firm that draws USD 120m on 30 June 2026; `seen` has what it then expects by month."""
    book = book_of(
        quiet(
            model={"title": "Stepping", "as_of": AS_OF, "quarters": 6},
            debt={"x": terms},
            balance={"cash_usd": 900_000_000},
            equity={"r": {"date": dt.date(2026, 6, 30), "amount_usd": 0, "costs_usd": 0}},
        )
    )

    def draw_on_equity(sim: Watched) -> list[str]:
        if sim.phase == RAISE:
            draws.cash_draw(sim.h, sim.w, 0, 120_000_000 * USD, day_of(dt.date(2026, 6, 30)))
            if seen is not None:
                outlook.look_ahead(sim.h, sim.w, 18)
                seen.extend(int(flow) for flow in sim.s.outlook[1:19])
            sim.dispatch()
        return []

    return watch(book, world_of(book), event=draw_on_equity).s


LEVEL = {
    "kind": "delayed-draw",
    "base": "fixed",
    "margin": 0.10,
    "day_count": "30/360",
    "maturity": dt.date(2030, 6, 30),
    "seniority": 1,
    "commitment_usd": 200_000_000,
    "available_to": dt.date(2026, 12, 31),
    "advance_rate": 1,
    "undrawn_fee": 0,
    "draw_discount": 0,
    "amortisation": {"law": "level", "months": 12, "every_months": 3},
}
"""The loan of the page: 10%, four level quarterly instalments."""


def test_a_level_payment_is_worked_out_anew_after_a_step() -> None:
    """A = 120m x 0.025 / (1 - 1.025^-4) once, then 91.102m x 0.03 / (1 - 1.03^-3) three times."""
    final = drawn({**LEVEL, "margin_steps": steps((dt.date(2026, 10, 1), 0.12))})
    interest, principal = (months_of(final, of) for of in (CASH_FOR_INTEREST, CASH_FOR_PRINCIPAL))
    first = 120e6 * 0.025 / (1 - 1.025**-4)
    left = 120e6 * 1.025 - first
    then = left * 0.03 / (1 - 1.03**-3)
    assert (round(first - 3e6), round(left), round(then - left * 0.03)) == (
        28_898_145,
        91_101_855,
        29_474_216,
    )
    assert interest[6] == 3_000_000
    assert interest[9] == pytest.approx(left * 0.03, abs=0.03)
    totals = [interest[month] + principal[month] for month in (6, 9, 12, 15)]
    assert totals == pytest.approx([first, then, then, then], abs=0.05)


def test_a_discount_is_earned_as_if_no_step_came() -> None:
    """2% kept of a bullet: the same by month, though the coupon rises."""
    terms = {**LEVEL, "draw_discount": 0.02, "amortisation": {"law": "bullet", "months": 12}}
    stepped = {**terms, "margin_steps": steps((AUGUST, 0.14))}
    discounts = [line(drawn(t).ledger[None], "debt_discount")[0] for t in (terms, stepped)]
    assert discounts[0].tolist() == discounts[1].tolist()
    assert discounts[0][4] > discounts[0][9] > 0


def test_a_sculpted_loan_pays_what_its_cash_leaves_whatever_its_margin() -> None:
    """Interest and principal of each month are its cash over the cover, also within a step."""
    changes = ({}, {"margin_steps": steps((AUGUST, 0.24), (dt.date(2026, 10, 1), 0.06))})
    paid = []
    for change in changes:
        final = sculpted.played(sculpted.tables(sculpted.loan(day_count="30/360", **change)))
        of = [months_of(final, account) for account in (CASH_FOR_INTEREST, CASH_FOR_PRINCIPAL)]
        paid.append(of)
    for month in range(4, 9):
        totals = [of[0][month] + of[1][month] for of in paid]
        assert totals[0] == pytest.approx(totals[1], abs=0.05), month
    assert paid[0][0][6] < paid[1][0][6]


def test_a_size_by_cover_discounts_each_period_at_its_own_margin() -> None:
    """Nothing until 15 June, then 12% a year: 0.5% in June, 1% a month then.

    Twelve instalments from April to March, and what April brings comes in May: eleven have cash.
    """
    found = {"margin_steps": steps((dt.date(2026, 6, 16), 0.12))}
    book = book_of(sculpted.tables(plain(size_dscr=1.0, margin=0, **found)))
    state, world = book.state, world_of(book)
    state.terms[state.facilities[0].terms].running_cost_share = 0
    state.plan[0, 1:] = 100_00
    size = cash_capacity(to_pointer(state), world_to_pointer(world), np.int64(0), 0)
    worth = sum(100_00 / (1.005 * 1.01**k) for k in range(10))
    assert size == pytest.approx(100_00 + worth)


# --- foreseen


@pytest.mark.parametrize("luck", [31, 32, 33])
def test_the_outlook_foresees_steps_in_their_months(luck: int) -> None:
    """Twenty generated balances, each with three steps on any day."""
    dice = random.Random(luck)
    cases = [a_debt(dice, AS_OF, number) for number in range(40)]
    debts = {f"d{n}": case.terms for n, case in enumerate(c for c in cases if not c.draws)}
    for terms in debts.values():
        days = sorted(dice.sample(range(1, 1000), 3))
        dates = [AS_OF + dt.timedelta(day) for day in days]
        found = [(date, dice.choice([0.02, 0.2])) for date in dates if date <= terms["maturity"]]
        terms["margin_steps"] = steps(*found)
    foreseen, happened = looked_ahead(debts)
    assert foreseen == pytest.approx(happened, abs=20 * 12)  # cents: a month's interest is rounded


@pytest.mark.parametrize("law", ["level", "straight", "bullet"])
def test_a_draw_is_foreseen_with_its_steps(law: str) -> None:
    """What the outlook of 30 June 2026 expects of each month is what it brings."""
    found = steps((AUGUST, 0.14), (dt.date(2027, 2, 7), 0.03))
    terms = {**LEVEL, "margin_steps": found}
    terms["amortisation"] = {"law": law, "months": 12, "every_months": 3}
    final = drawn(terms, seen := [])
    cash = line(final.ledger[None], "cash")[0]
    happened = [int(b - a) for a, b in pairwise(cash.tolist())]
    assert seen[3:] == pytest.approx(happened[3:], abs=12)  # cents: interest is rounded


def test_a_reserve_holds_the_service_of_its_months_at_the_margins_to_come() -> None:
    """Six months ahead of 30 June 2026: 45,000 in September, 54,000 in December."""
    final = played(debt={"x": quarterly((AUGUST, 0.18), reserve_months=6)})
    held = line(final.ledger[None], "restricted_cash")[0]
    assert held[3] == (45_000 + 54_000) * USD
    assert held[4] == held[5] == held[3]
    assert held[6] == 2 * 54_000 * USD


# --- the programme's


def lent(*rises: tuple[dt.date, float], start: dt.date = dt.date(2026, 5, 1)) -> Any:
    """A loan of the programme, 70% of hardware that is on order for May; the base rate is 0."""
    terms = {"facility": "programme", "price_usd_per_gpu_hour": 2, "term_months": 24}
    one = contract([{"gpus": 1000, "start": start}], **terms)
    own = PROGRAMME | {"margin_by_rating": {"investment-grade": 0.12, "other": 0.12}}
    if rises:
        own["margin_steps"] = [{"date": date, "rise": rise} for date, rise in rises]
    return quiet(contracts={"one": one}, programme=own)


def accrued(tables: dict[str, Any]) -> list[int]:
    """Interest of its loan by month [cents]."""
    return [int(x) for x in final_of(tables).loan_months[0, LOAN_INTEREST]]


def final_of(tables: dict[str, Any]) -> Any:
    book = book_of(tables)
    return run(book.state, world_of(book))


def test_a_rise_of_the_programme_bears_interest_from_its_day_on() -> None:
    """12%, 18% from 16 August: half as much again for 16 of its 31 days, and from September on."""
    plain, stepped = accrued(lent()), accrued(lent((AUGUST, 0.06)))
    assert stepped[:5] == plain[:5]
    assert stepped[5] == pytest.approx(plain[5] * (15 * 0.12 + 16 * 0.18) / (31 * 0.12), abs=2)
    assert stepped[6] == pytest.approx(plain[6] * 1.5, abs=2)


def test_a_loan_that_closes_after_a_rise_bears_it_at_once() -> None:
    late = dt.date(2026, 10, 1)
    plain, stepped = accrued(lent(start=late)), accrued(lent((AUGUST, 0.06), start=late))
    assert sum(plain) > 0
    assert stepped == pytest.approx([1.5 * cents for cents in plain], abs=2)


def test_a_rise_of_nothing_is_none() -> None:
    one, other = final_of(lent()), final_of(lent((AUGUST, 0.0)))
    assert (one.ledger == other.ledger).all()


def test_a_planned_loan_of_the_programme_bears_its_rise() -> None:
    """`units`: the interest of a lot's months from the one of the rise on."""

    def planned(tables: dict[str, Any]) -> Any:
        (row, *_) = compute(scenario_of(tables)).rows
        return row.figures

    plain, stepped = planned(lent()), planned(lent((dt.date(2026, 4, 1), 0.06)))
    assert stepped["irr_levered"].value < plain["irr_levered"].value
    assert stepped["irr_unlevered"].value == plain["irr_unlevered"].value


def test_rises_out_of_order_are_refused() -> None:
    with pytest.raises(ScenarioError, match="2026-08-16"):
        book_of(lent((AUGUST, 0.2), (AUGUST, 0.3)))


# --- told


def test_cover_of_a_loans_life_is_at_the_margin_of_its_day() -> None:
    book = book_of(quiet(debt={"x": quarterly((AUGUST, 0.18))}))
    pointer, world = to_pointer(book.state), world_to_pointer(world_of(book))
    for day, rate in ((AUGUST - dt.timedelta(1), 0.12), (AUGUST, 0.18)):
        book.state.clock[0].today = day_of(day)
        assert worth_tomorrow(pointer, world, 0, 0) == pytest.approx(1 / (1 + rate / 365))


def test_a_planned_loan_bears_each_months_margin_and_reserves_for_it() -> None:
    """200,000 for two years at 12%, 18% from the seventh month on, three months kept."""
    terms = one(LoanTerms, day_count=THIRTY_360, law=BULLET, months=24, every_months=1)
    terms.reserve_months = 3
    rises = np.zeros(24 + 1 + 3)
    rises[7:] = 0.06
    cash = borrow(lot(), Loan(200_000.0, 0.12 + rises[:25], terms, rises=rises))
    assert cash.interest[6] == pytest.approx(2_000)
    assert cash.interest[7] == pytest.approx(3_000)
    held = np.cumsum(cash.reserve)
    assert held[[3, 4, 5, 6]] == pytest.approx([6_000, 7_000, 8_000, 9_000])


# --- refused


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (((AUGUST, 0.2), (AUGUST, 0.3)), "2026-08-16"),
        (((dt.date(2029, 4, 1), 0.2),), "up to maturity, 2029-03-31"),
    ],
)
def test_steps_out_of_order_or_after_the_maturity_are_refused(
    found: tuple[tuple[dt.date, float], ...], text: str
) -> None:
    with pytest.raises(ScenarioError, match=text):
        book_of(quiet(debt={"x": owed(margin_steps=steps(*found))}))
