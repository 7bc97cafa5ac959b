"""Several revolvers of a firm: who lends first, who is repaid first; by hand, in USD m."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.ledger import CASH_FOR_INTEREST, DEBT_DISCOUNT
from gpusim.economics.books.ledger import cash as cash_now
from gpusim.economics.core.state import REVOLVER
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.debt.revolvers import revolvers_available
from gpusim.economics.decisions.outlook import lowest
from gpusim.units_of_measure import day_of
from tests.cases.reading import usd
from tests.cases.test_cash_floor import (
    MILLION,
    cash,
    cash_of,
    played,
    revolver,
    revolver_to_zero,
)
from tests.engines import build
from tests.engines.build import STEPS, book_of, quiet, world_of
from tests.engines.watch import Watched, watch

APRIL = dt.date(2026, 4, 30)
TESTED = cash_of(5_000_000, APRIL)


def ten(**changes: Any) -> dict[str, Any]:
    """10m of commitment."""
    return revolver(commitment_usd=10_000_000, **changes)


def owed(debts: dict[str, Any], **tables: Any) -> dict[str, float]:
    """What each of these owes at the end of a bill of 15m, cash of 5.2m and a floor of 5m."""
    final = played(revolver_to_zero(**tables) | {"debt": debts})
    principals = final.facilities.principal[: len(debts)] / MILLION
    return dict(zip(debts, principals.tolist(), strict=True))


def both_ways(first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    """Two debts, in one order of the file and in the other."""
    return [{"A": first, "B": second}, {"B": second, "A": first}]


def test_of_one_rank_the_cheapest_is_drawn_first():
    """14.8 are missing: 10.0 from the one at 0%, 4.8 from the one at 1% of margin.

    Its interest of 0.004 a month is drawn too.
    """
    for debts in both_ways(ten(margin=0.01, covenants=TESTED), ten()):
        left = owed(debts)
        assert left["B"] == 10.0
        assert 4.8 < left["A"] < 4.85


def test_the_senior_one_is_drawn_before_a_cheaper_one():
    for debts in both_ways(ten(margin=0.01, covenants=TESTED), ten(seniority=1)):
        left = owed(debts)
        assert left["A"] == 10.0
        assert left["B"] == pytest.approx(4.8 + 10 * 0.01 / 360 * (15 + 300), abs=0.01)


def test_of_the_same_rank_and_rate_the_order_of_the_file_decides_nothing():
    first, second = (owed(debts) for debts in both_ways(ten(covenants=TESTED), ten()))
    assert first == second
    assert sorted(first.values()) == [4.8, 10.0]


def test_spare_cash_repays_the_one_drawn_last_first():
    """6.0 of shares in September repay the junior one's 4.8, then 1.2 of the senior one."""
    new = {"new": {"date": dt.date(2026, 9, 10), "amount_usd": 6_000_000, "costs_usd": 0}}
    for debts in both_ways(ten(covenants=TESTED), ten(seniority=1)):
        assert owed(debts, equity=new) == {"A": 8.8, "B": 0.0}


def test_what_is_kept_for_interest_of_one_does_not_repay_the_next():
    """1.0 owed to each at 12%, paid every three months: April adds 0.01 of interest to each.

    2.015 of shares repay the junior one with its interest: 1.005 are left. 0.995 of the senior one
    are repaid and 0.01 stay for its interest.
    """
    opening = {"principal_usd": 1_000_000, "every_months": 3, "repayments": {"2036": 1_000_000}}
    senior = revolver(margin=0.12, opening=opening, covenants=TESTED)
    junior = revolver(margin=0.12, opening=opening, seniority=1)
    new = {"date": dt.date(2026, 4, 10), "amount_usd": 2_015_000, "costs_usd": 0}
    final = played(
        quiet(
            debt={"A": senior, "B": junior},
            balance={"cash_usd": 5_000_000},
            equity={"new": new},
            operator={"waterfall": [*STEPS, "revolver"]},
        )
    )
    assert cash(final)[0] == 5.01
    assert -final.ledger[CASH_FOR_INTEREST, 1] / MILLION == 0.01


def test_what_repays_a_revolver_takes_its_discount_with_it():
    """2% of a draw is kept and the draw repaid in June: nothing is left of the discount."""
    dear = revolver(draw_discount=0.02, covenants=TESTED)
    new = {"date": dt.date(2026, 6, 10), "amount_usd": 20_000_000, "costs_usd": 0}
    final = played(revolver_to_zero(equity={"new": new}) | {"debt": {"R": dear}})
    assert final.facilities[0].principal == 0
    assert final.ledger[DEBT_DISCOUNT].sum() == 0


def test_room_and_outlook_see_all_that_can_be_drawn_on_a_day():
    """10.0 until 30 June and 10.0 for long: 20.0, then 10.0 beside 5.2 of cash."""
    short = ten(available_to=dt.date(2026, 6, 30))
    book = book_of(quiet(debt={"A": short, "B": ten()}, balance={"cash_usd": 5_200_000}))
    s = book.state
    held = to_pointer(s)
    assert revolvers_available(held, day_of(dt.date(2026, 6, 30))) == 20 * MILLION
    assert revolvers_available(held, day_of(dt.date(2026, 7, 1))) == 10 * MILLION
    world = world_of(book)
    assert lowest(s, world, 1) == 25.2 * MILLION
    assert lowest(s, world, 6) == 15.2 * MILLION


def test_none_is_drawn_on_its_maturity() -> None:
    """What `a` owes on 31 October comes from `z`, and nothing of it is drawn anew or amortised.

    Cash of 1.0m pays 0.5m of July and of August; September's 0.5m is a draw of `a` of 0.5m / 0.99.
    On 31 October `z` pays that, October's 0.5m and 31 days of interest at 6%.
    """
    drawn = 500_000 / 0.99
    interest = drawn * 0.06 * 31 / 360
    owed = drawn + interest + 500_000
    assert usd("revolver", "2026-10", "line_matures") == pytest.approx(owed, abs=0.03)
    assert usd("debt_discount", "2026-10", "line_matures") == 0
    november = usd("interest_expense_debt", "2026-11", "line_matures")
    assert november == pytest.approx(owed * 0.08 * 30 / 360, abs=0.03)


@pytest.mark.parametrize("model", ["lines_alike_ab", "lines_alike_ba"])
def test_of_one_rank_and_rate_the_first_by_name_is_drawn_first(model: str) -> None:
    """2.0m of `a` from 31 July on: 31 days at 6%, of 360 (those of `b` would be of 365)."""
    interest = usd("interest_expense_debt", "2026-08", model)
    assert interest == pytest.approx(2_000_000 * 0.06 * 31 / 360, abs=0.01)


MAY_15 = dt.date(2026, 5, 15)


def on_their_day(debts: dict[str, Any], held: float, floor: float) -> tuple[float, float]:
    """Cash, and what the revolver owes, at the end of 15 May [USD m]."""
    operator = {"minimum_cash_usd": floor * 1e6}
    book = book_of(quiet(debt=debts, balance={"cash_usd": held * 1e6}, operator=operator))
    seen: dict[int, tuple[float, float, int]] = {}

    def look(sim: Watched) -> list[str]:
        both = sim.s.facilities
        owes = int(both.principal[both.kind == REVOLVER].sum())
        short = int(both.most_unpaid.sum())
        seen[sim.day] = (cash_now(sim.h) / MILLION, owes / MILLION, short)
        return []

    watch(book, world_of(book), day=look)
    held_then, owes, short = seen[day_of(MAY_15)]
    assert short == 0
    return held_then, owes


@pytest.mark.parametrize(
    ("held", "floor", "figures"),
    [
        (5.0, 5.0, (4.91, 6.18)),
        (5.1, 5.0, (4.91, 6.08)),
        (0.1, 0.05, (0.0, 6.17)),
        (0.1, 0.0, (0.0, 6.17)),
    ],
)
def test_the_floor_pays_what_a_revolver_is_due_beside_a_loan(
    held: float, floor: float, figures: tuple[float, float]
) -> None:
    """45 days at 12% on 15 May: 0.18 of notes of 12, 0.09 of a revolver that owes 6, of one rank.

    Floor 5.0: 0.18 less what lies above it is drawn, and cash pays the revolver's 0.09. The floors
    of 0.05 and 0.0 do not reach for it: what 0.1 of cash lacks of both, 0.17, is drawn, for the
    notes would share less with it.
    """
    notes = build.notes(12e6, 0.12, dt.date(2034, 3, 31), 12, seniority=0, first_payment=MAY_15)
    opening = {"principal_usd": 6e6, "every_months": 12, "repayments": {"2036": 6e6}}
    line = revolver(margin=0.12, first_payment=MAY_15, opening=opening)
    for debts in both_ways(notes, line):
        assert on_their_day(debts, held, floor) == figures
