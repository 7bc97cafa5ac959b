"""What debt costs where something happens to it: swept, rolled over, re-set, foreseen, reserved."""

from __future__ import annotations

import datetime as dt
import random
from itertools import pairwise
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FOR_INTEREST, CASH_FOR_PRINCIPAL
from gpusim.economics.books.statements import line
from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt import draws
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.units_of_measure import date_of, day_of
from tests.cases.test_debt_against_quantlib import a_debt
from tests.engines.build import AS_OF, STEPS, book_of, merged, quiet, world_of
from tests.engines.watch import Watched, watch

USD = 100


def owed(**changes: Any) -> dict[str, Any]:
    """USD 1.2m of notes at 12% by thirties, due in three years; coupons every six months."""
    terms: dict[str, Any] = {
        "kind": "notes",
        "base": "fixed",
        "margin": 0.12,
        "day_count": "30/360",
        "maturity": dt.date(2029, 3, 31),
        "seniority": 1,
        "opening": {
            "principal_usd": 1_200_000,
            "every_months": 6,
            "repayments": {"2029": 1_200_000},
        },
    }
    return merged(terms, changes)


def in_august(**changes: Any) -> dict[str, Any]:
    """The same notes due on 17 August 2026."""
    terms = owed(maturity=dt.date(2026, 8, 17), **changes)
    terms["opening"]["repayments"] = {"2026": 1_200_000}
    return terms


def months_of(final: Any, account: int) -> dict[int, float]:
    """What left an account of cash, by month [USD]."""
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return {m: -int(c) / USD for m, c in enumerate(final.ledger[account]) if m and c}


def played(**tables: Any) -> Any:
    book = book_of(quiet(**tables))
    return run(book.state, world_of(book))


# --- repaid early


def test_interest_on_what_a_sweep_repays_is_paid_with_it():
    """In breach from the end of April; swept at the end of May with two months of interest."""
    test = {"minimum_liquidity": {"minimum_usd": 6_000_000, "from": dt.date(2026, 4, 30)}}
    final = played(
        debt={"x": owed(covenants={**test, "sweep_share": 1})},
        operator={"waterfall": [*STEPS, "sweep"], "minimum_cash_usd": 1_000_000},
        balance={"cash_usd": 5_000_000},
    )
    assert months_of(final, CASH_FOR_PRINCIPAL) == {2: 1_200_000}
    assert months_of(final, CASH_FOR_INTEREST) == {2: 24_000}  # 1.2m x 0.12 x 60 / 360


def test_a_part_that_is_swept_pays_its_interest_on_the_next_date():
    """0.8m is spare at the end of May, the rest runs on: 2 months on 1.2m, 4 on 0.4m."""
    test = {"minimum_liquidity": {"minimum_usd": 6_000_000, "from": dt.date(2026, 4, 30)}}
    final = played(
        debt={"x": owed(covenants={**test, "sweep_share": 1})},
        operator={"waterfall": [*STEPS, "sweep"], "minimum_cash_usd": 1_000_000},
        balance={"cash_usd": 1_800_000},
    )
    assert months_of(final, CASH_FOR_PRINCIPAL)[2] == 800_000
    assert months_of(final, CASH_FOR_INTEREST)[6] == pytest.approx(24_000 + 16_000)


# --- rolled over


def test_notes_rolled_over_within_a_month_are_paid_from_that_day_on():
    """Due on 17 August 2026, rolled over to 17 August 2027 at 14%: coupons in February and August.

    By thirties: 137 days from 31 March (30th) to 17 August, then 180 and 180.
    """
    offer = {"months": 12, "margin_shift": 0.02}
    final = played(
        model={"title": "Rolled over", "as_of": AS_OF, "quarters": 8},
        debt={"x": in_august(refinance=offer)},
    )
    facility = final.facilities[0]
    assert date_of(facility.refinanced) == dt.date(2027, 8, 17)  # and once more
    assert date_of(facility.maturity) == dt.date(2028, 8, 17)
    paid = months_of(final, CASH_FOR_INTEREST)
    assert paid == pytest.approx(
        {
            5: 1.2e6 * 0.12 * 137 / 360,
            11: 1.2e6 * 0.14 * 180 / 360,
            17: 1.2e6 * 0.14 * 180 / 360,
            23: 1.2e6 * 0.16 * 180 / 360,
        },
        abs=0.03,
    )


def test_what_is_not_rolled_over_is_paid_that_day():
    final = played(
        debt={"x": in_august()},
    )
    assert months_of(final, CASH_FOR_PRINCIPAL) == {5: 1_200_000}


# --- unpaid within a month


def test_what_cannot_be_paid_on_its_day_waits_for_the_books():
    """1.2m fall due on 17 August and 0.5m are there: the rest is due, and bears interest."""
    final = played(
        debt={"x": in_august()},
        balance={"cash_usd": 500_000},
        equity={"late": {"date": dt.date(2026, 9, 10), "amount_usd": 2_000_000, "costs_usd": 0}},
    )
    interest = 1.2e6 * 0.12 * 137 / 360
    assert date_of(final.clock[0].first_shortfall) == dt.date(2026, 8, 17)
    repaid = months_of(final, CASH_FOR_PRINCIPAL)
    assert repaid == pytest.approx({5: 500_000 - interest, 6: 700_000 + interest}, abs=0.02)
    overdue = (700_000 + interest) * 0.12 / 360
    assert months_of(final, CASH_FOR_INTEREST) == pytest.approx(
        {5: interest, 6: overdue * (13 + 30)}, abs=0.03
    )


# --- re-set


def test_a_level_instalment_is_reset_when_the_base_rate_moves():
    """1.2m drawn on 30 June, four quarters, 12% and 4% more from 2027 on.

    A = 1.2m x 0.03 / (1 - 1.03^-4) = 322,832.45; after two instalments 617,730.12 are left;
    then 617,730.12 x 0.04 / (1 - 1.04^-2) = 327,518.09 a quarter.
    """
    plan = {"law": "level", "months": 12, "every_months": 3}
    terms = {
        "kind": "delayed-draw",
        "base": "SOFR",
        "margin": 0.12,
        "day_count": "30/360",
        "maturity": dt.date(2030, 6, 30),
        "seniority": 1,
        "commitment_usd": 2_000_000,
        "available_to": dt.date(2026, 12, 31),
        "advance_rate": 1,
        "undrawn_fee": 0,
        "draw_discount": 0,
        "amortisation": plan,
    }
    steps = [(dt.date(2026, 1, 1), 0.0), (dt.date(2026, 12, 31), 0.0), (dt.date(2027, 1, 31), 0.04)]
    curve = [{"date": date, "rate": rate} for date, rate in steps]
    book = book_of(
        quiet(
            model={"title": "Re-set", "as_of": AS_OF, "quarters": 6},
            debt={"x": terms},
            rates={"curve": curve},
            equity={"r": {"date": dt.date(2026, 6, 30), "amount_usd": 0, "costs_usd": 0}},
        )
    )

    def draw_on_equity(sim: Watched) -> list[str]:
        if sim.phase == RAISE:
            draws.cash_draw(sim.h, sim.w, 0, 1_200_000 * USD, day_of(dt.date(2026, 6, 30)))
            sim.dispatch()
        return []

    final = watch(book, world_of(book), event=draw_on_equity).s
    interest = months_of(final, CASH_FOR_INTEREST)
    principal = months_of(final, CASH_FOR_PRINCIPAL)
    level = 1.2e6 * 0.03 / (1 - 1.03**-4)
    left = 1.2e6 * 1.03**2 - level * 2.03
    reset = left * 0.04 / (1 - 1.04**-2)
    assert (round(level, 2), round(reset, 2)) == (322_832.45, 327_518.09)
    totals = [interest[month] + principal[month] for month in (6, 9, 12, 15)]
    assert totals == pytest.approx([level, level, reset, reset], abs=0.05)


# --- foreseen


def looked_ahead(debts: dict[str, Any]) -> tuple[list[int], list[int]]:
    """What the first day expects of each of 48 months of these debts, and what they bring."""
    book = book_of(
        quiet(
            model={"title": "Foreseen", "as_of": AS_OF, "quarters": 16},
            debt=debts,
            balance={"cash_usd": 9_000_000_000},
        )
    )
    final = run(book.state, world_of(book))
    pointer, world = to_pointer(book.state), world_to_pointer(world_of(book))
    open_run(pointer, world)
    outlook.look_ahead(pointer, world, 48)
    cash = line(final.ledger[None], "cash")[0]
    happened = [int(b - a) for a, b in pairwise(cash.tolist())]
    foreseen = [int(flow) for flow in book.state.outlook[1 : len(happened) + 1]]
    return foreseen, happened


@pytest.mark.parametrize("luck", [21, 22, 23])
def test_the_outlook_foresees_every_payment_in_its_month(luck):
    """Twenty generated balances: what the first day expects of each month is what it brings."""
    dice = random.Random(luck)
    cases = [a_debt(dice, AS_OF, number) for number in range(40)]
    open_now = [case.terms for case in cases if not case.draws][:20]
    foreseen, happened = looked_ahead({f"d{n}": terms for n, terms in enumerate(open_now)})
    assert len(happened) == 48
    assert foreseen == pytest.approx(happened, abs=20 * 12)  # cents: a month's interest is rounded


# --- reserved


def test_a_reserve_holds_what_falls_due_in_its_months():
    """Coupons on 31 March and 30 September: six months ahead always hold one, of 72,000."""
    final = played(debt={"x": owed(reserve_months=6)})
    held = line(final.ledger[None], "restricted_cash")[0][1:]
    assert held.tolist() == [72_000 * USD] * 12


def test_a_reserve_of_three_months_is_filled_as_a_coupon_comes_near():
    """Held at the ends of June to August and of December to February."""
    final = played(debt={"x": owed(reserve_months=3)})
    held = line(final.ledger[None], "restricted_cash")[0][1:]
    coupon = 72_000 * USD
    assert held.tolist() == [0, 0, *[coupon] * 3, 0, 0, 0, *[coupon] * 3, 0]
