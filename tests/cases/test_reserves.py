"""A debt service reserve is its lender's own, pays its loan's service, and is filled up again.

Notes of 1.2m at 12% by thirties: coupons of 72,000 on 30 September and 31 March. Figures by hand.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FOR_INTEREST, CASH_FOR_PRINCIPAL, CASH_FROM_EQUITY
from gpusim.economics.books.measures import DEBT_SERVICE, SHORTFALL
from gpusim.economics.books.statements import line
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.core.state import NEVER
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.units_of_measure import date_of, day_of
from tests.cases.test_debt_service import in_august, owed
from tests.engines.build import book_of, merged, quiet, world_of
from tests.engines.watch import Watched, watch

USD = 100
SEPTEMBER, OCTOBER = 6, 7
"""Months since the as-of day, 31 March 2026."""


def firm(debt: dict[str, Any], cash: float, held: float, **more: Any) -> Any:
    """The final State of a firm that has so much cash, and restricted cash, on the as-of day."""
    sheet = {"cash_usd": cash, "restricted_cash_usd": held}
    tables = merged(quiet(debt=debt, balance=sheet), more)
    book = book_of(tables)
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def month_ends(final: Any, name: str) -> list[float]:
    """A line of the balance sheet at the ends of April 2026 and on [USD]."""
    return [int(cents) / USD for cents in line(final.ledger[None], name)[0, 1:]]


def shares(date: dt.date, amount: float) -> dict[str, Any]:
    return {"date": date, "amount_usd": amount, "costs_usd": 0}


# --- it pays


def test_it_pays_what_cash_does_not_and_is_filled_again():
    """120,000 held, 50,000 of cash: 22,000 of the coupon come from it and go back in October."""
    final = firm(
        {"x": owed(reserve_share=0.1)},
        50_000,
        120_000,
        equity={"more": shares(dt.date(2026, 10, 10), 30_000)},
        model={"title": "To October", "as_of": dt.date(2026, 3, 31), "quarters": 3},
    )
    assert month_ends(final, "restricted_cash") == [*[120_000] * 5, 98_000, *[120_000] * 3]
    assert month_ends(final, "cash") == [*[50_000] * 5, 0, *[8_000] * 3]
    assert -final.ledger[CASH_FOR_INTEREST, SEPTEMBER] == 72_000 * USD
    assert final.clock[0].first_shortfall == NEVER
    assert final.facilities[0].first_unpaid == NEVER


def test_what_it_has_paid_is_no_shortfall_but_it_is_told_that_it_lacks():
    final = firm(
        {"x": owed(reserve_share=0.1)},
        50_000,
        120_000,
        model={"title": "To September", "as_of": dt.date(2026, 3, 31), "quarters": 2},
    )
    assert final.stocks[SHORTFALL].sum() == 0
    assert final.stocks[DEBT_SERVICE, SEPTEMBER] == 72_000 * USD
    assert int(final.facilities[0].reserve_asked - final.facilities[0].reserve_held) == 22_000 * USD


def test_the_revolver_comes_before_it_and_the_backstop_after():
    """Of 72,000: cash 50,000, revolver 10,000, reserve 5,000 (all that it holds), shares 7,000."""
    revolver = {
        "kind": "revolver",
        "commitment_usd": 10_000,
        "opens": dt.date(2026, 9, 1),
        "available_to": dt.date(2035, 3, 31),
        "base": "fixed",
        "margin": 0.0,
        "day_count": "30/360",
        "maturity": dt.date(2036, 3, 31),
        "seniority": 2,
    }
    final = firm(
        {"x": owed(reserve_share=0.1), "R": revolver},
        0,
        5_000,
        operator={"equity_backstop": {"capacity_usd": 500_000, "price_usd_per_share": 1}},
        equity={"cash": shares(dt.date(2026, 9, 10), 50_000)},
        model={"title": "To September", "as_of": dt.date(2026, 3, 31), "quarters": 2},
    )
    assert final.ledger[CASH_FROM_EQUITY, SEPTEMBER] == (50_000 + 7_000) * USD
    assert final.facilities[1].principal == 10_000 * USD
    assert month_ends(final, "restricted_cash")[-1] == 0
    assert final.clock[0].first_shortfall == NEVER


def test_a_backstop_pays_what_is_due_and_fills_no_reserve():
    """No cash, 48,000 of 120,000 held: of the coupon 24,000 are called, nothing for the reserve."""
    final = firm(
        {"x": owed(reserve_share=0.1)},
        0,
        48_000,
        operator={"equity_backstop": {"capacity_usd": 500_000, "price_usd_per_share": 1}},
    )
    called = [int(cents) // USD for cents in final.ledger[CASH_FROM_EQUITY]]
    assert called == [0] * SEPTEMBER + [24_000] + [0] * 5 + [72_000]
    assert month_ends(final, "restricted_cash") == [*[48_000] * 5, *[0] * 7]


def test_it_pays_on_a_day_within_the_month():
    """A coupon by thirties from 31 March to 5 July, 95 days: 38,000; 30,000 of cash are there."""
    notes = owed(maturity=dt.date(2029, 7, 5), first_payment=dt.date(2026, 7, 5), reserve_share=0.1)
    final = firm({"x": notes}, 30_000, 120_000)
    assert -final.ledger[CASH_FOR_INTEREST, 4] == 38_000 * USD
    assert month_ends(final, "restricted_cash")[3] == 112_000
    assert final.clock[0].first_shortfall == NEVER


def test_each_is_its_lender_s_own():
    """Two notes, one with 120,000 set aside, and no cash: it pays its own coupon alone."""
    final = firm({"x": owed(reserve_share=0.1), "y": owed(seniority=0)}, 0, 120_000)
    assert date_of(final.clock[0].first_shortfall) == dt.date(2026, 9, 30)
    assert final.stocks[SHORTFALL, SEPTEMBER] == 72_000 * USD
    assert final.facilities[0].first_unpaid == day_of(dt.date(2027, 3, 31))
    assert final.facilities[1].first_unpaid == day_of(dt.date(2026, 9, 30))
    assert month_ends(final, "restricted_cash")[5] == 48_000
    assert -final.ledger[CASH_FOR_INTEREST, SEPTEMBER] == 72_000 * USD


def test_the_lender_s_cash_pays_it_before_what_ranks_before_it():
    """1.2m due on 17 August with 54,800 of interest (137 days), while 200,000 of bills wait.

    All of its 120,000 are freed by that payment and pay it; 100,000 of cash stay for the bills.
    """
    final = firm(
        {"x": in_august(reserve_share=0.1)},
        0,
        120_000,
        payables={"operating": [{"amount_usd": 200_000, "due": dt.date(2026, 7, 31)}]},
        equity={"more": shares(dt.date(2026, 8, 10), 100_000)},
    )
    assert -final.ledger[CASH_FOR_INTEREST, 5] == 54_800 * USD
    assert -final.ledger[CASH_FOR_PRINCIPAL, 5] == (120_000 - 54_800) * USD
    assert date_of(final.clock[0].first_shortfall) == dt.date(2026, 7, 31)


# --- what it holds


def test_debt_that_exists_only_on_the_opening_sheet_keeps_its_share():
    """1.2m and nothing restricted: 120,000 from the first month's end on."""
    final = firm({"x": owed(reserve_share=0.1)}, 1_000_000, 0)
    assert month_ends(final, "restricted_cash") == [120_000] * 12


def test_reserves_are_filled_in_their_place_the_senior_first():
    """Two of 120,000, and 200,000 of cash: the senior's in full, 80,000 in the other."""
    book = book_of(
        quiet(
            debt={"x": owed(reserve_share=0.1), "y": owed(reserve_share=0.1, seniority=0)},
            balance={"cash_usd": 200_000},
        )
    )
    held = []

    def note(sim: Watched) -> list[str]:
        held.append([int(f.reserve_held) // USD for f in sim.s.facilities[:2]])
        return []

    watch(book, world_of(book), event=note)
    assert held[0] == [80_000, 120_000]  # at the end of April


def test_restricted_cash_beyond_what_lenders_ask_is_kept():
    """150,000 restricted, 120,000 asked: 30,000 stay as they are and pay no coupon."""
    final = firm({"x": owed(reserve_share=0.1)}, 0, 150_000)
    assert month_ends(final, "restricted_cash")[4:6] == [150_000, 78_000]
    assert final.firm[0].restricted_other == 30_000 * USD
    assert date_of(final.clock[0].first_shortfall) == dt.date(2027, 3, 31)


def test_months_ahead_hold_the_stated_instalments_of_notes():
    """Notes that repay 0.3m at the ends of September 2026 and March 2027 and 0.6m in 2029.

    Six months ahead, from April on: 0.3m and the coupon of 72,000; from 30 September on 0.3m and
    54,000; from 31 March on 36,000, for what the maturity pays is a bullet.
    """
    notes = owed(reserve_months=6)
    notes["opening"]["repayments"] = {"2026": 300_000, "2027": 600_000, "2029": 300_000}
    final = firm({"x": notes}, 2_000_000, 0)
    ahead = [372_000] * 5 + [354_000] * 6 + [300_000 + 0.06 * 600_000]
    assert month_ends(final, "restricted_cash") == pytest.approx(ahead)
    # They are scheduled principal in cover too: 72,000 + 300,000 in September.
    assert final.stocks[DEBT_SERVICE, SEPTEMBER] == 372_000 * USD


def test_what_a_maturity_pays_of_notes_is_in_no_reserve():
    """Due on 31 March 2027: before it the coupon alone, 72,000, as for any bullet."""
    notes = owed(maturity=dt.date(2027, 3, 31), reserve_months=6)
    notes["opening"]["repayments"] = {"2027": 1_200_000}
    final = firm({"x": notes}, 2_000_000, 0)
    assert month_ends(final, "restricted_cash") == [72_000] * 11 + [0]


# --- when the firm ends


def test_a_lender_has_its_own_reserve_before_the_estate_is_shared():
    """Two notes of one rank end unpaid in September: 48,000 of one's 120,000 are left, its own.

    One coupon is paid from it, the other is not, which ends the firm; nothing else is there.
    """
    final = firm(
        {"x": owed(reserve_share=0.1), "y": owed()},
        0,
        120_000,
        operator={"default_after_months": 1, "forced_sale_share": 0.5},
    )
    assert date_of(final.firm[0].defaulted) == dt.date(2026, 9, 30)
    assert [int(f.creditor_claim) // USD for f in final.facilities[:2]] == [1_200_000, 1_272_000]
    assert [int(f.recovered) // USD for f in final.facilities[:2]] == [48_000, 0]
    assert [int(f.from_lien) // USD for f in final.facilities[:2]] == [0, 0]


def test_the_outlook_fills_what_a_reserve_lacks_once():
    """On 10 October 22,000 are lacking."""
    book = book_of(
        quiet(
            debt={"x": owed(reserve_share=0.1)},
            balance={"cash_usd": 50_000, "restricted_cash_usd": 120_000},
            equity={"more": shares(dt.date(2026, 10, 10), 30_000)},
        )
    )
    seen = []

    def look(sim: Watched) -> list[str]:
        if sim.phase == RAISE:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen[:] = [int(flow) // USD for flow in sim.s.outlook[OCTOBER : OCTOBER + 6]]
        return []

    watch(book, world_of(book), event=look)
    assert seen == [-22_000, 0, 0, 0, 0, -72_000]
