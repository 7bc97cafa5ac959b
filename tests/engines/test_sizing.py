"""How much lenders lend: the least cap at signing, the last three at each draw, and its name."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.measures import DEBT_DRAWN, DEBT_REPAID
from gpusim.economics.core.state import NEVER, NONE, State
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.covenants import LTV, LTV_MARKET
from gpusim.economics.debt.sizing import CAPS, cash_capacity
from gpusim.engines import process
from gpusim.engines.story import Trace, tell
from gpusim.results import periods
from gpusim.results.payload import payload_of, stack
from gpusim.results.replications import outcome_metrics, outcomes
from gpusim.units_of_measure import add_months
from tests.engines.build import AS_OF, book_of, contract, gpu, merged, played, quiet, world_of
from tests.engines.test_sculpted import FAR, loan, tables

RESALE = {"rent_elasticity": 1, "residual_by_age": {"0": 1, "5": 0}}
SIZES: dict[str, dict[str, Any]] = {
    "commitment": {"commitment_usd": 1_000_000},
    "advance rate": {"advance_rate": 0.3},
    "LTV": {"size_ltv": 0.25},
    "DSCR": {"size_dscr": 12.0},
}


def plain(**changes: Any) -> dict[str, Any]:
    """The loan of the sculpted tests with equal instalments over a year, USD 20m committed."""
    terms = {"commitment_usd": 20_000_000, "amortisation": {"law": "straight", "months": 12}}
    debt = loan(**terms)
    del debt["amortisation"]["dscr"], debt["running_cost_share"]
    if "size_dscr" in changes:
        changes |= {"running_cost_share": 0.2}
    return merged(debt, changes)


def named(final: State) -> str:
    place = int(final.facilities[0].size_binds)
    return "" if place == NONE else CAPS[place]


@pytest.mark.parametrize("binding", SIZES)
def test_the_least_cap_binds_and_is_named(binding):
    everything = {"size_ltv": 0.9, "size_dscr": 1.01} | SIZES[binding]
    final = played(tables(plain(**everything)))
    assert named(final) == binding
    size = {"commitment": 1e6, "advance rate": 3e6, "LTV": 2.5e6}.get(binding)
    if size is not None:
        assert final.facilities[0].commitment == 100 * size


def test_a_loan_that_states_no_size_is_not_sized():
    final = played(tables(plain()))
    assert named(final) == ""
    assert final.facilities[0].commitment == 20_000_000_00


def test_cover_at_signing_is_the_worth_of_the_planned_cash():
    """By hand: invoices of May on, paid in the month after; a twelfth of them counts."""
    final = played(tables(plain(size_dscr=9.6)))
    # 1,000 GPUs x USD 2 x 24 hours x days of the month, 80% of it, over 9.6. Twelve instalments of
    # a loan drawn in the as-of month at 1%: the first cash is June's, the last in March.
    days = [31, 30, 31, 31, 30, 31, 30, 31, 31, 28]
    worth = sum(4_000 * n / 1.01 ** (k + 1) for k, n in enumerate(days))
    assert final.facilities[0].commitment == pytest.approx(100 * worth, abs=1)


@pytest.mark.parametrize(("payment_days", "instalments"), [(15, 12), (16, 11)])
def test_cash_of_the_day_after_a_payment_repays_the_next_one(payment_days, instalments):
    """Drawn on 31 March, the first of twelve is due on 30 April and paid on the 15th of May, the
    last on 15 April. April's 100 come on 15 May and count then, or on 16 May and count in June;
    without interest, at a cover of one."""
    book = book_of(tables(plain(size_dscr=1.0, margin=0)))
    state, world = book.state, world_of(book)
    state.facilities[0].pay_day = 15
    state.terms[state.facilities[0].terms].running_cost_share = 0
    state.contracts[0].payment_days = payment_days
    state.plan[0, 1:] = 100_00
    found = cash_capacity(to_pointer(state), world_to_pointer(world), np.int64(0), 0)
    assert found == pytest.approx(instalments * 100_00)


ANNUITY = {60: 37.65230, 84: 48.18933}
"""0.8 a month at 10% / 12 for so many months: 0.8 x (1 - v^n) / (10% / 12)."""


@pytest.mark.parametrize(
    ("law", "months", "due", "worth"),
    [
        ("level", 60, dt.date(2031, 3, 31), ANNUITY[60]),
        ("bullet", 60, dt.date(2031, 3, 31), ANNUITY[60]),
        ("bullet", 84, dt.date(2031, 3, 31), ANNUITY[84]),
        ("bullet", 84, dt.date(2036, 3, 31), ANNUITY[84]),
        # a maturity between two payment dates is none of the notional ones
        ("bullet", 84, dt.date(2031, 3, 10), ANNUITY[84]),
    ],
)
def test_a_bullet_lends_what_all_planned_cash_would_repay(law, months, due, worth):
    """1.0 comes each month from the first on, at a cover of 1.25; the loan is for five years."""
    plan = {"law": law, "months": 60, "every_months": 1}
    terms = {"margin": 0.10, "maturity": due, "available_to": due, "amortisation": plan}
    model = tables(plain(size_dscr=1.25, **terms))
    model["contracts"]["one"]["term_months"] = months
    book = book_of(model)
    state, world = book.state, world_of(book)
    state.terms[state.facilities[0].terms].running_cost_share = 0
    state.contracts[0].payment_days = 0
    state.plan[0] = 0
    state.plan[0, 1 : months + 1] = 1_000_000
    found = cash_capacity(to_pointer(state), world_to_pointer(world), np.int64(0), 0)
    assert found / 1_000_000 == pytest.approx(worth, abs=1e-5)


def test_a_quarterly_bullet_waits_for_the_last_invoice():
    """1.0 a month for seven months, paid 15 days later: 2 by June, 3 by September, 2 by December,
    at 2.5% a quarter; it is due in September."""
    due = dt.date(2026, 9, 30)
    plan = {"law": "bullet", "months": 6, "every_months": 3}
    terms = {"margin": 0.10, "maturity": due, "available_to": due, "amortisation": plan}
    book = book_of(tables(plain(size_dscr=1.0, **terms)))
    state, world = book.state, world_of(book)
    state.terms[state.facilities[0].terms].running_cost_share = 0
    state.plan[0] = 0
    state.plan[0, 1:8] = 1_000_000
    found = cash_capacity(to_pointer(state), world_to_pointer(world), np.int64(0), 0)
    assert found / 1_000_000 == pytest.approx(2 / 1.025 + 3 / 1.025**2 + 2 / 1.025**3)


@pytest.mark.parametrize("quarters", [1, 5])
def test_a_bullet_s_size_depends_on_no_end_of_the_run(quarters):
    """24 invoices of 2 x 24 x days, 80% of them, over 9.6, at 1% a month: the first is paid in
    June, and April and May, which bring nothing, are not counted; the loan is for a year."""
    plan = {"law": "bullet", "months": 12, "every_months": 1}
    model = {"model": {"quarters": quarters}}
    final = played(tables(plain(size_dscr=9.6, amortisation=plan), **model))
    assert named(final) == "DSCR"
    first = dt.date(2026, 5, 1)
    months = [add_months(first, n) for n in range(25)]
    days = [(b - a).days for a, b in itertools.pairwise(months)]
    worth = sum(4_000 * n / 1.01 ** (k + 1) for k, n in enumerate(days))
    assert final.facilities[0].commitment == pytest.approx(100 * worth, abs=2)


def sized_and_sculpted(law: dict[str, Any], **tables_of: Any) -> list[int]:
    """What is repaid by month [USD] of a loan sized and sculpted at a cover of 4, drawn on 1 May.

    Its first instalment is on 30 June, of what is paid for May.
    """
    opens = dt.date(2026, 5, 1)
    terms = {"facility": "loan", "price_usd_per_gpu_hour": 2, "payment_days": 15}
    one = contract([{"gpus": 1000, "start": dt.date(2026, 5, 1)}], **terms, term_months=24)
    change = {"opens": opens, "size_dscr": 4.0, "amortisation": {"dscr": 4.0, "months": 12} | law}
    model = {"model": {"quarters": 6}, "debt": {"loan": loan(**change)}}
    model |= {"gpus": {"G": gpu(payment_days=0)}}
    final = played(quiet(contracts={"one": merged(one, tables_of)}, **model))
    assert named(final) == "DSCR"
    assert final.stocks[DEBT_DRAWN, 2] == final.facilities[0].commitment
    repaid = final.stocks[DEBT_REPAID] / 100
    assert repaid.sum() * 100 == final.facilities[0].commitment
    return repaid.tolist()


def test_a_balloon_is_lent_on_top_of_what_cash_repays():
    """By hand: half of the loan is due with the last instalment, at 1% a month. What ten months of
    cash repay, USD 1,000 x 2 x 24 x days x 0.8 / 9.6, is the loan less half of it twelve months
    on; two of the twelve, before the first cash, are not counted."""
    plan = {"law": "straight", "months": 12, "every_months": 1, "balloon_share": 0.5}
    final = played(tables(plain(size_dscr=9.6, amortisation=plan)))
    days = [31, 30, 31, 31, 30, 31, 30, 31, 31, 28]
    worth = sum(4_000 * n / 1.01 ** (k + 1) for k, n in enumerate(days))
    loan = worth / (1 - 0.5 / 1.01**10)
    assert final.facilities[0].commitment == pytest.approx(100 * loan, abs=1)


def test_a_sculpted_loan_with_a_balloon_leaves_it_to_the_last_instalment():
    """Of 31 days 1.488m x 0.8 / 4 = 297,600, of 30 days 288,000: interest at 1% off it."""
    found = sized_and_sculpted({"balloon_share": 0.4})
    days = [31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30]  # May 2026 to April 2027
    worth = sum(9_600 * n / 1.01 ** (k + 1) for k, n in enumerate(days))
    left = size = worth / (1 - 0.4 / 1.01**12)
    repaid = []
    for n in days:
        repaid.append(9_600 * n - 0.01 * left)
        left -= repaid[-1]
    assert left == pytest.approx(0.4 * size)
    repaid[-1] += left
    assert found[3:15] == pytest.approx(repaid, abs=0.05)


def test_principal_does_not_grow_in_months_without_cash():
    """Terms of May and June, and from December on: no cash is planned for August to December. The
    firm pays that interest, and the seven months with cash repay the loan to the last cent."""
    later = {"gpus": 1000, "start": dt.date(2026, 12, 1), "term_months": 24}
    first = {"gpus": 1000, "start": dt.date(2026, 5, 1), "term_months": 2}
    found = sized_and_sculpted({}, tranches=[first, later])
    days = [31, 30, 31, 31, 28, 31, 30]  # May, June, December to April
    left = sum(9_600 * n / 1.01 ** (k + 1) for k, n in enumerate(days))
    repaid = []
    for n in days:
        repaid.append(9_600 * n - 0.01 * left)
        left -= repaid[-1]
    assert left == pytest.approx(0, abs=1e-6)
    assert found[3:15] == pytest.approx([*repaid[:2], *[0] * 5, *repaid[2:]], abs=0.05)


def test_a_loan_sized_and_sculpted_at_one_cover_is_repaid_by_its_last_instalment():
    """What is left for the last one is an instalment like the others, not a balloon."""
    change = {"size_dscr": 4.0, "amortisation": {"dscr": 4.0, "months": 12}}
    start = {"gpus": 1000, "start": dt.date(2026, 5, 1)}
    terms = {"facility": "loan", "price_usd_per_gpu_hour": 2, "payment_days": 15}
    one = contract([start], **terms, term_months=24)
    model = {"model": {"quarters": 6}}
    final = played(quiet(debt={"loan": loan(**change)}, contracts={"one": one}, **model))
    repaid = final.stocks[DEBT_REPAID]
    assert named(final) == "DSCR"
    assert repaid.sum() == final.facilities[0].used == final.stocks[DEBT_DRAWN].sum()
    last = int(np.flatnonzero(repaid)[-1])
    assert repaid[last] < 1.2 * repaid[last - 1]


PROGRAMME = {
    "closing_days": 0,
    "availability_months": 6,
    "advance_rate": 0.8,
    "margin_by_rating": {"investment-grade": 0.12, "other": 0.12},
    "base_floor": 0,
    "undrawn_fee": 0,
    "draw_discount": 0,
    "amortisation": {"law": "straight", "months": 12, "every_months": 1},
    "reserve_share": 0,
    "seniority": 1,
}


def programme(**changes: Any) -> dict[str, Any]:
    terms = {"facility": "programme", "price_usd_per_gpu_hour": 2, "term_months": 24}
    one = contract([{"gpus": 1000, "start": dt.date(2026, 5, 1)}], **terms)
    return quiet(contracts={"one": one}, programme=PROGRAMME | changes)


@pytest.mark.parametrize(
    ("change", "binding"),
    [
        ({}, "advance rate"),
        ({"size_ltv": 0.5}, "LTV"),
        ({"size_dscr": 20, "running_cost_share": 0.2}, "DSCR"),
    ],
)
def test_a_programme_loan_is_sized_and_the_run_says_by_what(change, binding):
    final = played(programme(**change))
    assert named(final) == binding
    panel = stack([payload_of(final, 0)])
    head = outcomes.headline(panel, periods.quarters(AS_OF, 12))
    assert head["size_bound_by"] == {binding: 1.0}
    column = f"sized_by_{binding.lower().replace(' ', '_')}"
    columns = outcome_metrics.columns(panel, periods.quarters(AS_OF, 12))
    assert columns[column] == [final.facilities[0].commitment]


def test_a_fall_of_resale_prices_cuts_the_draw_and_the_story_says_so():
    """The loan is signed on what GPUs fetch then, and drawn on what they fetch in June."""
    debt = plain(size_ltv=0.7)
    market = {"resale": RESALE}
    book = book_of(tables(debt, market=market))
    world = world_of(book)
    fallen = world.resale.copy()
    fallen[:, 2:] //= 2
    steady = process.run(book.state, world)
    trace = Trace()
    cut = process.run(book.state, world._replace(resale=fallen), trace=trace)
    assert 6_800_000_00 < steady.facilities[0].used < 7_000_000_00  # a month old by then
    assert 3_400_000_00 < cut.facilities[0].used < 3_500_000_00
    assert CAPS[cut.facilities[0].cut_by] == "LTV"
    told = [line for line in tell(book.names, trace) if "loan gives less: LTV" in line]
    assert len(told) == 1
    assert cut.facilities[0].commitment == steady.facilities[0].commitment


@pytest.mark.parametrize(("maximum", "broken"), [(0.5, True), (2.0, False)])
def test_loan_to_resale_value_follows_the_market_and_not_the_book(maximum, broken):
    """A fall of resale prices breaks the market test and leaves the book test alone."""
    since = dt.date(2026, 6, 30)
    tests = {name: {"maximum": maximum, "from": since} for name in ("ltv", "ltv_market")}
    tests["ltv"]["maximum"] = 2.0
    debt = plain(commitment_usd=3_000_000, maturity=FAR, covenants=tests)
    debt["amortisation"]["months"] = 36
    book = book_of(tables(debt, market={"resale": RESALE}))
    world = world_of(book)
    fallen = world.resale.copy()
    fallen[:, 6:] //= 2
    final = process.run(book.state, world._replace(resale=fallen))
    # About 2.6m is outstanding in September, on GPUs worth 9.2m then and 4.6m after the fall.
    assert final.covenants[0, LTV].broken == NEVER
    assert bool(final.covenants[0, LTV_MARKET].broken < NEVER) is broken
    assert process.run(book.state, world).covenants[0, LTV_MARKET].broken == NEVER


def test_a_last_period_that_the_maturity_cuts_short_discounts_its_months_alone():
    """Quarterly at 3% from 31 March, due on 30 November: 200 by June, 300 by September, 200 by
    then, two months later, at 2% more. What April brings comes in May."""
    plan = {"law": "straight", "months": 12, "every_months": 3}
    maturity = dt.date(2026, 11, 30)
    terms = {"maturity": maturity, "available_to": maturity, "amortisation": plan}
    book = book_of(tables(plain(size_dscr=1.0, **terms)))
    state, world = book.state, world_of(book)
    state.terms[state.facilities[0].terms].running_cost_share = 0
    state.plan[0, 1:] = 100_00
    found = cash_capacity(to_pointer(state), world_to_pointer(world), np.int64(0), 0)
    worth = 200_00 / 1.03 + 300_00 / 1.03**2 + 200_00 / (1.03**2 * 1.02)
    assert found == pytest.approx(worth)
