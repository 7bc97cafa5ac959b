"""A share of each quarter's cash left after debt service repays a loan, with no breach at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FOR_INTEREST, CASH_FOR_PRINCIPAL
from gpusim.economics.books.measures import SWEPT
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError
from tests.cases.test_debt_service import owed
from tests.engines.build import STEPS, book_of, contract, merged, own_gpus, quiet, world_of

USD = 100
JUNE, SEPTEMBER = dt.date(2026, 6, 30), dt.date(2026, 9, 30)
PAID = {
    "invoices": [
        {"amount_usd": 1_000_000, "due": dt.date(2026, 5, 15)},
        {"amount_usd": 300_000, "due": dt.date(2026, 9, 10)},
        {"amount_usd": 500_000, "due": dt.date(2027, 2, 1)},
    ]
}
"""What customers pay: cash available for debt service of three of the four quarters."""


def loan(share: float = 0.5, begins: dt.date = JUNE, **changes: Any) -> dict[str, Any]:
    """USD 1.2m at 12% by thirties, interest every quarter, due in three years; half is swept."""
    terms = owed(
        kind="delayed-draw",
        opening={"every_months": 3},
        cash_sweep={"share": share, "from": begins},
    )
    return merged(terms, changes)


def firm(cash: float = 5_000_000, **tables: Any) -> dict[str, Any]:
    """A quiet firm that is paid those invoices, with a place for sweeps."""
    base = quiet(receivables=PAID, balance={"cash_usd": cash})
    return merged(merged(base, {"operator": {"waterfall": [*STEPS, "sweep"]}}), tables)


def played(**tables: Any) -> Any:
    book = book_of(firm(**tables))
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def left(final: Any, account: int) -> dict[int, float]:
    """What left an account of cash, by month [USD]."""
    return {m: -int(c) / USD for m, c in enumerate(final.ledger[account]) if m and c}


def test_half_of_what_each_quarter_leaves_repays_the_loan() -> None:
    """1,000,000 less 36,000 of interest; 300,000 less 3% of 718,000; nothing; 500,000 likewise.

    Of the third quarter no more than the interest is paid, though cash is there.
    """
    final = played(debt={"x": loan()})
    first = (1_000_000 - 36_000) / 2
    second = (300_000 - 0.03 * (1_200_000 - first)) / 2
    owed = 1_200_000 - first - second
    fourth = (500_000 - 0.03 * owed) / 2
    assert left(final, CASH_FOR_PRINCIPAL) == pytest.approx({3: first, 6: second, 12: fourth})
    interest = {3: 36_000, 6: 0.03 * (1_200_000 - first), 9: 0.03 * owed, 12: 0.03 * owed}
    assert left(final, CASH_FOR_INTEREST) == pytest.approx(interest)
    swept = {m: int(c) / USD for m, c in enumerate(final.stocks[SWEPT]) if c}
    assert swept == left(final, CASH_FOR_PRINCIPAL)


def test_nothing_is_swept_before_its_first_date() -> None:
    final = played(debt={"x": loan(begins=SEPTEMBER)})
    assert left(final, CASH_FOR_PRINCIPAL)[6] == pytest.approx((300_000 - 36_000) / 2)
    assert 3 not in left(final, CASH_FOR_PRINCIPAL)


def test_the_cash_floor_and_what_lenders_test_are_kept() -> None:
    """100,000 and 1,000,000 less 36,000 of interest: of a floor of 900,000 164,000 are spare."""
    tested = {"minimum_liquidity": {"minimum_usd": 900_000, "from": JUNE}}
    for tables in (
        {"operator": {"minimum_cash_usd": 900_000}, "debt": {"x": loan()}},
        {"debt": {"x": loan(covenants=tested)}},
    ):
        assert left(played(cash=100_000, **tables), CASH_FOR_PRINCIPAL)[3] == 164_000


def test_loans_of_one_rank_share_and_a_senior_one_comes_first() -> None:
    """964,000 - 36,000 of the other loan are left; each asks for 80%, 128,000 are spare."""
    floor = {"operator": {"minimum_cash_usd": 900_000}, "cash": 100_000}
    for ranks, shares in (((1, 1), (64_000, 64_000)), ((2, 1), (0, 128_000))):
        debts = {n: loan(0.8, seniority=r) for n, r in zip("ab", ranks, strict=True)}
        final = played(debt=debts, **floor)
        at_june = [1_200_000 - share for share in shares]
        by_interest = [0.03 * owed for owed in at_june]
        assert left(final, CASH_FOR_PRINCIPAL)[3] == 128_000
        assert left(final, CASH_FOR_INTEREST)[6] == pytest.approx(sum(by_interest))
        owes = [int(f.principal) / USD for f in final.facilities[:2]]
        assert (owes[0] == owes[1]) == (ranks[0] == ranks[1])
        assert owes[0] >= owes[1]


def test_a_loan_sweeps_what_its_own_contracts_left() -> None:
    """300,000 of a contract that it finances, less 36,000; the firm's invoices do not count."""
    deal = contract(
        [{"gpus": 100, "start": dt.date(2026, 4, 1), "value_usd": 300_000}], facility="x"
    )
    tables = {"contracts": {"own": deal}, "assets": own_gpus(100)}
    final = played(debt={"x": loan(cash_sweep={"scope": "facility"})}, **tables)
    assert left(final, CASH_FOR_PRINCIPAL) == pytest.approx({3: (300_000 - 36_000) / 2})


@pytest.mark.parametrize(("of_breach", "taken"), [(0.01, 132_891.62), (0.05, 282_765.35)])
def test_what_a_breach_takes_counts_toward_the_agreed_share(of_breach: float, taken: float) -> None:
    """Leverage without EBITDA is broken on 30 June; spare are then 5,964,000.

    A hundredth of it in July and in August leaves 1,081,316.40 and 6,111,099.64 of cash on 30
    September, of which a hundredth is less than half of 300,000 less 34,216.76 of interest: that
    makes it up. A twentieth of 5,655,306.90 is more than half of what 27,203.10 of interest leave.
    """
    broken = {"leverage": {"maximum": 2.0, "from": JUNE}, "sweep_share": of_breach}
    final = played(debt={"x": loan(begins=SEPTEMBER, covenants=broken)})
    assert left(final, CASH_FOR_PRINCIPAL)[6] == pytest.approx(taken, abs=0.011)


def test_no_more_is_swept_than_is_owed() -> None:
    small = {"principal_usd": 120_000, "repayments": {"2029": 120_000}}
    final = played(debt={"x": loan(opening=small)})
    assert left(final, CASH_FOR_PRINCIPAL) == {3: 120_000}
    assert left(final, CASH_FOR_INTEREST) == {3: 3_600}


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"operator": {"waterfall": STEPS}, "debt": {"x": loan()}}, 'a step "sweep"'),
        (
            {"debt": {"x": loan(kind="notes")}},
            "a delayed-draw loan or a vendor line, or no cash_sweep",
        ),
        ({"debt": {"x": loan(share=1.5)}}, "share"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(tables: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        book_of(firm(**tables))
