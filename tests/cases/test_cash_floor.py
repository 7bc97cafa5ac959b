"""A revolver keeps the cash that the operator and its lenders ask for; by hand, in USD m."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FOR_INTEREST, CASH_FROM_DRAWS, REVOLVER_DEBT
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import MINIMUM_LIQUIDITY, NEVER
from gpusim.engines.process import run
from gpusim.units_of_measure import date_of
from tests.engines import build
from tests.engines.build import STEPS, book_of, contract, merged, quiet, world_of

MILLION = 100_000_000
"""In cents."""
BILL_DAY = dt.date(2026, 5, 15)


def revolver(**changes: Any) -> dict[str, Any]:
    """30m, at nothing unless a test says so, due in ten years."""
    terms: dict[str, Any] = {
        "kind": "revolver",
        "commitment_usd": 30_000_000,
        "available_to": dt.date(2035, 3, 31),
        "base": "fixed",
        "margin": 0.0,
        "day_count": "30/360",
        "maturity": dt.date(2036, 3, 31),
        "seniority": 0,
    }
    return merged(terms, changes)


def cash_of(minimum: float, since: dt.date) -> dict[str, Any]:
    """A test of unrestricted cash."""
    return {"minimum_liquidity": {"minimum_usd": minimum, "from": since}}


def revolver_to_zero(**tables: Any) -> dict[str, Any]:
    """A bill of 15m on 15 May, cash of 5.2m, and a revolver of 30m that tests cash of 5m."""
    base = quiet(
        debt={"R": revolver(covenants=cash_of(5_000_000, dt.date(2026, 4, 30)))},
        payables={"capex": [{"amount_usd": 15_000_000, "due": BILL_DAY}]},
        balance={"cash_usd": 5_200_000},
        operator={"waterfall": [*STEPS, "revolver"]},
    )
    return merged(base, tables)


def played(tables: dict[str, Any]) -> Any:
    book = book_of(tables)
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    assert final.clock[0].first_shortfall == NEVER
    return final


def drawn(final: Any) -> dict[int, float]:
    """What came in from the revolver, by month."""
    return {m: int(c) / MILLION for m, c in enumerate(final.ledger[CASH_FROM_DRAWS]) if c}


def cash(final: Any) -> list[float]:
    """Cash at each month's end from April on."""
    return [float(cents) / MILLION for cents in line(final.ledger[None], "cash")[0, 1:]]


def test_a_revolver_is_drawn_so_that_cash_keeps_what_a_lender_tests():
    """5.2 + 14.8 - 15.0 = 5.0: the test holds at every month's end."""
    final = played(revolver_to_zero())
    assert drawn(final) == {2: 14.8}
    assert cash(final) == [5.2, *[5.0] * 11]
    assert final.covenants[0, MINIMUM_LIQUIDITY].broken == NEVER


def test_whichever_lender_tests_it():
    """The same where notes test it, and a second test of 4m adds nothing."""
    floor = cash_of(5_000_000, dt.date(2026, 4, 30))
    notes = build.notes(1_000_000, 0.0, dt.date(2034, 3, 31), 3, covenants=floor)
    other = revolver(covenants=cash_of(4_000_000, dt.date(2026, 4, 30)))
    final = played(revolver_to_zero() | {"debt": {"R": other, "N": notes}})
    assert drawn(final) == {2: 14.8}
    assert final.covenants[1, MINIMUM_LIQUIDITY].broken == NEVER


@pytest.mark.parametrize(("own", "drew"), [(0, 14.8), (4_000_000, 14.8), (6_000_000, 15.8)])
def test_the_higher_of_the_lender_s_floor_and_the_operator_s(own: int, drew: float):
    """6.0m of its own are kept from the start: 0.8m at the end of April, 15.0m in May."""
    final = played(revolver_to_zero(operator={"minimum_cash_usd": own}))
    assert sum(drawn(final).values()) == pytest.approx(drew)
    assert cash(final)[1:] == [max(5.0, own / 1e6)] * 11


def test_a_test_that_is_still_to_come_keeps_nothing_until_its_first_day():
    """From September on: 9.8m in May leave nothing, 5.0m more are drawn on 30 September."""
    later = cash_of(5_000_000, dt.date(2026, 9, 30))
    final = played(revolver_to_zero() | {"debt": {"R": revolver(covenants=later)}})
    assert drawn(final) == {2: 9.8, 6: 5.0}
    assert cash(final) == [5.2, *[0.0] * 4, *[5.0] * 7]
    assert final.covenants[0, MINIMUM_LIQUIDITY].broken == NEVER


def test_too_small_a_revolver_pays_the_bill_before_it_keeps_the_floor():
    """12m: 5.2 + 12.0 - 15.0 = 2.2 are left, and the test fails at the end of May."""
    small = revolver(commitment_usd=12_000_000, covenants=cash_of(5_000_000, dt.date(2026, 4, 30)))
    final = played(revolver_to_zero() | {"debt": {"R": small}})
    assert cash(final)[1] == 2.2
    assert date_of(final.covenants[0, MINIMUM_LIQUIDITY].broken) == dt.date(2026, 5, 31)


def test_what_the_lender_keeps_of_a_draw_is_drawn_too():
    """2% of each draw is kept: 14.8 / 0.98 is drawn, and 5.0 are in hand."""
    dear = revolver(draw_discount=0.02, covenants=cash_of(5_000_000, dt.date(2026, 4, 30)))
    final = played(revolver_to_zero() | {"debt": {"R": dear}})
    assert -final.ledger[REVOLVER_DEBT].sum() / MILLION == pytest.approx(14.8 / 0.98, abs=1e-7)
    assert cash(final)[1] == pytest.approx(5.0, abs=1e-7)


@pytest.mark.parametrize(("shares", "left"), [(2_020_000, 0.0), (2_010_000, 0.01)])
def test_what_repays_a_revolver_leaves_the_floor_after_its_interest(shares: int, left: float):
    """2.0m owed at 12%, paid every three months: April adds 0.02 of interest.

    2.02m of shares repay all and its interest. 2.01m do not: 1.99m are repaid, 0.02 kept for it.
    """
    opening = {"principal_usd": 2_000_000, "every_months": 3, "repayments": {"2036": 2_000_000}}
    tested = cash_of(5_000_000, dt.date(2026, 4, 30))
    debt = revolver(margin=0.12, opening=opening, covenants=tested)
    new = {"date": dt.date(2026, 4, 10), "amount_usd": shares, "costs_usd": 0}
    final = played(
        quiet(
            debt={"R": debt},
            balance={"cash_usd": 5_000_000},
            equity={"new": new},
            operator={"waterfall": [*STEPS, "revolver"]},
        )
    )
    assert -final.ledger[REVOLVER_DEBT, :2].sum() / MILLION == pytest.approx(left)
    assert -final.ledger[CASH_FOR_INTEREST, 1] / MILLION == (0.02 if left == 0 else 0.0)
    assert cash(final)[0] == (5.0 if left == 0 else 5.02)
    assert final.covenants[0, MINIMUM_LIQUIDITY].broken == NEVER


@pytest.mark.parametrize(("held", "placed"), [(6_000_000, True), (5_999_999, False)])
def test_an_order_is_not_promised_the_cash_that_a_lender_tests(held: int, placed: bool):
    """1m of hardware beside a test of 5m from the as-of day on."""
    tranches = [{"gpus": 100, "start": dt.date(2026, 9, 1), "value_usd": 0}]
    debt = revolver(
        commitment_usd=0,
        opening={"principal_usd": 1, "every_months": 3, "repayments": {"2036": 1}},
        covenants=cash_of(5_000_000, dt.date(2026, 3, 31)),
    )
    del debt["available_to"]
    final = played(
        quiet(
            debt={"R": debt},
            contracts={"C": contract(tranches, term_months=24)},
            balance={"cash_usd": held},
        )
    )
    assert bool(final.orders[0].placed < NEVER) is placed


def test_an_order_is_placed_on_the_day_on_which_a_lender_stops_testing_cash():
    """1m of hardware is wanted on 10 April out of 5.5m; an undrawn line tests 5m until it lapses.

    It can be drawn up to 14 April, and nothing else happens on the 15th.
    """
    tranches = [{"gpus": 100, "start": dt.date(2026, 4, 10), "value_usd": 0}]
    line_of_credit = revolver(
        available_to=dt.date(2026, 4, 14), covenants=cash_of(5_000_000, dt.date(2026, 3, 31))
    )
    final = played(
        quiet(
            debt={"R": line_of_credit},
            contracts={"C": contract(tranches, term_months=24)},
            balance={"cash_usd": 5_500_000},
            operator={"funding_order": ["cash"]},
        )
    )
    assert date_of(final.orders[0].needed) == dt.date(2026, 4, 10)
    assert date_of(final.orders[0].placed) == dt.date(2026, 4, 15)


def test_an_order_is_placed_on_the_day_after_a_lender_is_paid_in_full():
    """1m of hardware is wanted on 10 April out of 5.5m; a dollar owed to 20 April tests 5m.

    The day's orders were asked before it was paid: the 21st, on which nothing else happens.
    """
    tranches = [{"gpus": 100, "start": dt.date(2026, 4, 10), "value_usd": 0}]
    dollar = revolver(
        commitment_usd=0,
        maturity=dt.date(2026, 4, 20),
        opening={"principal_usd": 1, "every_months": 3, "repayments": {"2026": 1}},
        covenants=cash_of(5_000_000, dt.date(2026, 3, 31)),
    )
    del dollar["available_to"]
    final = played(
        quiet(
            debt={"R": dollar},
            contracts={"C": contract(tranches, term_months=24)},
            balance={"cash_usd": 5_500_000},
            operator={"funding_order": ["cash"]},
        )
    )
    assert date_of(final.orders[0].needed) == dt.date(2026, 4, 10)
    assert date_of(final.orders[0].placed) == dt.date(2026, 4, 21)
