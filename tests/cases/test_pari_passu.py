"""Debts of one rank share what cash there is; by hand, in USD m, in both orders of the file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.statements import line
from gpusim.engines.process import run
from tests.cases.reading import usd
from tests.cases.test_cash_floor import MILLION, cash_of
from tests.engines import build
from tests.engines.build import book_of, merged, quiet, world_of

MATURITY = dt.date(2034, 3, 31)


def notes(principal: float, **changes: Any) -> dict[str, Any]:
    """Notes at 12%, paid every month: 1% of the principal."""
    return merged(build.notes(principal * 1e6, 0.12, MATURITY, 1), changes)


def both_ways(debts: dict[str, dict[str, Any]]) -> list[dict[str, dict[str, Any]]]:
    """The debts in one order of the file and in the other."""
    return [debts, dict(reversed(debts.items()))]


def unpaid(debts: dict[str, Any], **tables: Any) -> dict[str, float]:
    """The most that each was not paid at once."""
    return of_each("most_unpaid", debts, **tables)


def of_each(what: str, debts: dict[str, Any], **tables: Any) -> dict[str, float]:
    """A figure of each debt at the end of four quarters."""
    book = book_of(merged(quiet(debt=debts), tables))
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    assert line(final.ledger[None], "cash").min() >= 0
    figures = final.facilities[what][: len(debts)] / MILLION
    return dict(zip(debts, figures.tolist(), strict=True))


def test_interest_of_one_rank_is_paid_in_proportion():
    """0.3 and 0.1 are due each month, 0.2 of cash is there in April: half of each is paid.

    Eleven more months leave 0.15 + 11 x 0.3 and 0.05 + 11 x 0.1 unpaid.
    """
    for debts in both_ways({"A": notes(30), "B": notes(10)}):
        left = unpaid(debts, balance={"cash_usd": 200_000})
        assert left == pytest.approx({"A": 3.45, "B": 1.15})


def test_the_senior_one_is_paid_before():
    for debts in both_ways({"A": notes(30), "B": notes(10, seniority=0)}):
        left = unpaid(debts, balance={"cash_usd": 200_000})
        assert left == pytest.approx({"A": 3.5, "B": 1.1})


def test_a_cent_that_cannot_be_shared_goes_by_name():
    """0.1 due to each of two and one cent of cash."""
    both = both_ways({"A": notes(10), "B": notes(10)})
    first, second = (unpaid(debts, balance={"cash_usd": 0.01}) for debts in both)
    assert first == second
    assert sorted(first.values()) == pytest.approx([1.19999999, 1.2])


def drawn_to_pay(principal: float, **changes: Any) -> dict[str, Any]:
    """A bullet due on 15 June with all its interest."""
    end = dt.date(2026, 6, 15)
    opening = {"every_months": 12, "repayments": {"2026": principal * 1e6}}
    return notes(principal, maturity=end, margin=0.0, opening=opening, **changes)


def test_two_payments_on_one_day_within_a_month_share_too():
    """30 and 10 mature on 15 June with 8 of cash: 24 and 8 stay unpaid."""
    for debts in both_ways({"A": drawn_to_pay(30), "B": drawn_to_pay(10)}):
        for debt in debts.values():
            debt["opening"]["repayments"].pop("2034", None)
        left = unpaid(debts, balance={"cash_usd": 8_000_000})
        assert left == {"A": 24.0, "B": 8.0}


def test_the_senior_payment_of_a_day_comes_first():
    """8 of cash pay the senior 10's part: 30 and 2 stay unpaid."""
    for debts in both_ways({"A": drawn_to_pay(30), "B": drawn_to_pay(10, seniority=0)}):
        for debt in debts.values():
            debt["opening"]["repayments"].pop("2034", None)
        left = unpaid(debts, balance={"cash_usd": 8_000_000})
        assert left == {"A": 30.0, "B": 2.0}


def test_a_reserve_pays_its_own_loan_and_does_not_move_its_share_of_the_cash():
    """0.3 and 0.1 due with 0.2 of cash; A has 0.15 of its own: it is paid in full in April.

    B is paid 0.05, for A's share of cash is not smaller because it has a reserve. In the eleven
    months that follow nothing is paid.
    """
    for debts in both_ways({"A": notes(30, reserve_share=0.005), "B": notes(10)}):
        tables = {"balance": {"cash_usd": 200_000, "restricted_cash_usd": 150_000}}
        left = unpaid(debts, **tables)
        assert left == pytest.approx({"A": 3.3, "B": 1.15})


def test_opening_restricted_cash_is_shared_by_what_reserves_ask():
    """0.3 and 0.1 asked, 0.2 there, nothing is paid out of it while cash lasts."""
    for debts in both_ways(
        {"A": notes(30, reserve_share=0.01), "B": notes(10, reserve_share=0.01)}
    ):
        for debt in debts.values():
            debt["margin"] = 0.0
        tables = {"balance": {"cash_usd": 0, "restricted_cash_usd": 200_000}}
        held = of_each("reserve_held", debts, **tables)
        assert held == pytest.approx({"A": 0.15, "B": 0.05})


def test_a_sweep_of_one_rank_is_shared():
    """Both break a cash test of 50 in April and ask for all of the 4 of cash: each has half."""
    breached = cash_of(50_000_000, dt.date(2026, 4, 30)) | {"sweep_share": 1.0}
    debts = {name: notes(p, margin=0.0, covenants=breached) for name, p in (("A", 30), ("B", 10))}
    for ordered in both_ways(debts):
        steps = {"waterfall": [*quiet()["operator"]["waterfall"], "sweep"]}
        left = of_each("principal", ordered, balance={"cash_usd": 4_000_000}, operator=steps)
        assert left == {"A": 28.0, "B": 8.0}


def test_a_supplier_s_bill_leaves_cash_to_what_waits_before_it() -> None:
    """`m` has waited since 31 July, the revolver since 5 August; 0.1m comes on 10 August.

    A month of 50% on 1.0m and 26 days of 60% are 85,000. Of the 0.2m due on the 20th 15,000 are
    paid, and at the month's end the interest, which ranks before suppliers.
    """
    waits = 1_000_000 * 0.5 / 12 + 1_000_000 * 0.6 * 26 / 360
    paid = usd("capex_cash", "2026-08", "bill_before_interest")
    assert paid == pytest.approx(100_000 - waits, abs=0.02)
    interest = usd("cash_for_interest", "2026-08", "bill_before_interest")
    assert interest == pytest.approx(-waits, abs=0.02)
    left = usd("payables_capex", "2026-08", "bill_before_interest")
    assert left == pytest.approx(100_000 + waits, abs=0.02)
