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


@pytest.mark.parametrize(
    ("ranks", "left"), [((1, 2), (457_600, 1_014_400)), ((1, 1), (736_000, 736_000))]
)
def test_all_together_take_no_more_than_the_quarter_left(
    ranks: tuple[int, int], left: tuple[float, float]
) -> None:
    """1,000,000 less twice 36,000 are 928,000: each asks for 742,400; 5.0m of cash are there."""
    debts = {n: loan(0.8, seniority=r) for n, r in zip("ab", ranks, strict=True)}
    final = played(debt=debts, model={"quarters": 1})
    assert tuple(int(f.principal) / USD for f in final.facilities[:2]) == left


@pytest.mark.parametrize("kind", ["notes", "loan"])
def test_what_matures_is_paid_before_a_quarter_leaves_anything(kind: str) -> None:
    """600,000 of other debt without interest falls due in June: half of 1,000,000 - 36,000 - that.

    As the maturity of notes and as an instalment alike.
    """
    due = {"every_months": 3, "repayments": {"2026-06": 600_000, "2029": 0}}
    other = owed(margin=0.0, seniority=2, opening={**due, "principal_usd": 600_000})
    other["kind"] = "delayed-draw" if kind == "loan" else "notes"
    other["opening"]["repayments"] = {"2026-06": 600_000}
    if kind == "notes":
        other["maturity"] = JUNE
    final = played(debt={"x": loan(), "y": other}, model={"quarters": 1})
    assert int(final.facilities[0].principal) / USD == 1_200_000 - 182_000


def test_a_loan_that_is_repaid_by_its_breach_asks_for_no_more() -> None:
    """What it takes with it is not cash that another of its rank shares: 164,000 of 270,000.

    Of the third quarter 300,000 less 30,000 of the other's interest are left, and 230,000 are
    above the floor; `a` is repaid 100,000 with six months of interest.
    """
    broken = {"leverage": {"maximum": 2.0, "from": JUNE}, "sweep_share": 1.0}
    small = {"principal_usd": 100_000, "every_months": 12, "repayments": {"2029": 100_000}}
    large = {"principal_usd": 1_000_000, "repayments": {"2029": 1_000_000}}
    debts = {
        "a": loan(1.0, SEPTEMBER, covenants=broken, opening=small),
        "b": loan(1.0, SEPTEMBER, opening=large),
    }
    paid = {"invoices": [{"amount_usd": 300_000, "due": dt.date(2026, 9, 10)}]}
    floor = {"minimum_cash_usd": 200_000}
    final = played(cash=230_000, receivables=paid, operator=floor, debt=debts)
    assert left(final, CASH_FOR_PRINCIPAL)[6] == pytest.approx(264_000)


def test_a_loan_without_recourse_is_swept_what_its_contracts_left_so_far() -> None:
    """300,000 of its contract, less 150,000 of site costs and 21,000 of interest: 129,000.

    The customer pays after 60 days, so that the third quarter lacks 48,913 of its costs and the
    fourth alone leaves 177,913: what was lacking before is not there to sweep. The 1,000,000 that
    the firm is paid is not the loan's.
    """
    deal = contract(
        [{"gpus": 100, "start": dt.date(2026, 7, 1), "value_usd": 300_000}],
        facility="x",
        payment_days=60,
    )
    terms = {
        "kind": "delayed-draw",
        "commitment_usd": 700_000,
        "available_to": dt.date(2026, 9, 30),
        "advance_rate": 0.7,
        "undrawn_fee": 0.0,
        "draw_discount": 0.0,
        "amortisation": {"law": "bullet", "months": 24, "every_months": 3},
        "base": "fixed",
        "margin": 0.12,
        "day_count": "30/360",
        "maturity": dt.date(2029, 3, 31),
        "seniority": 1,
        "recourse": False,
        "default_after_months": 12,
        "cash_sweep": {"share": 1.0, "from": JUNE, "scope": "facility"},
    }
    paid = {"invoices": [{"amount_usd": 1_000_000, "due": dt.date(2026, 12, 15)}]}
    final = played(
        contracts={"own": deal},
        debt={"x": terms},
        receivables=paid,
        operator={"forced_sale_share": 0.5},
        sites={"S": {"staff_usd_per_kw_month": 50}},
    )
    swept = {m: int(c) / USD for m, c in enumerate(final.stocks[SWEPT]) if c}
    assert swept == pytest.approx({9: 129_000})
    assert left(final, CASH_FOR_INTEREST)[7] == pytest.approx(21_000)


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
        ({"operator": {"waterfall": STEPS}, "debt": {"x": loan()}}, 'no step "sweep"'),
        (
            {"debt": {"x": loan(kind="notes")}},
            "a delayed-draw loan, a vendor line or a finance lease, or no cash_sweep",
        ),
        ({"debt": {"x": loan(share=1.5)}}, "share"),
        ({"debt": {"x": loan(share=0)}}, "share"),
        ({"debt": {"x": loan(begins=dt.date(2030, 1, 1))}}, "up to maturity"),
        (
            {"debt": {"x": loan(cash_sweep={"scope": "facility"})}},
            "no contract names it as its facility",
        ),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(tables: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        book_of(firm(**tables))
