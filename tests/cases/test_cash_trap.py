"""What a quarter leaves is kept for a lender while cover is below a level, and comes back after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FOR_INTEREST, CASH_FOR_PRINCIPAL
from gpusim.economics.core.state import LOAN_RESERVE, LOAN_TRAPPED, NEVER
from gpusim.engines.process import run
from gpusim.engines.story import Trace, tell
from gpusim.results.payload import LENT, payload_of
from gpusim.scenario import ScenarioError
from tests.cases.test_debt_service import owed
from tests.engines.build import STEPS, book_of, contract, merged, quiet, world_of

USD = 100
JUNE = dt.date(2026, 6, 30)
DECEMBER = dt.date(2026, 12, 31)
PAID = ((45_000, 2026, 5), (40_000, 2026, 9), (90_000, 2026, 11), (60_000, 2027, 2))
"""What customers pay [USD], year and month: cover by then is 1.25, 1.18, 1.62 and 1.63."""


def loan(**changes: Any) -> dict[str, Any]:
    """USD 1.2m at 12% by thirties: 36,000 of interest a quarter, and a trap below 1.35x."""
    terms = owed(kind="delayed-draw", opening={"every_months": 3}, cash_trap={"min_dscr": 1.35})
    return merged(terms, changes)


def firm(
    cash: float = 5_000_000,
    paid: tuple[tuple[int, int, int], ...] = PAID,
    steps: tuple[str, ...] = ("trap",),
    **tables: Any,
) -> dict[str, Any]:
    """A quiet firm that is paid those invoices, with a place for traps."""
    invoices = [{"amount_usd": usd, "due": dt.date(y, m, 10)} for usd, y, m in paid]
    base = quiet(receivables={"invoices": invoices}, balance={"cash_usd": cash})
    return merged(merged(base, {"operator": {"waterfall": [*STEPS, *steps]}}), tables)


def played(**tables: Any) -> Any:
    book = book_of(firm(**tables))
    final = run(book.state, world_of(book))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    for f in final.facilities:
        assert f.locked_in == f.locked + f.locked_back + f.locked_repaid + f.locked_served
    return final


def held(final: Any, f: int = 0) -> list[float]:
    """What the trap of a loan holds at quarter ends [USD]."""
    return [int(cents) / USD for cents in final.loan_months[f, LOAN_TRAPPED, 3::3]]


def left(final: Any, account: int) -> dict[int, float]:
    """What left an account of cash, by month [USD]."""
    return {m: -int(c) / USD for m, c in enumerate(final.ledger[account]) if m and c}


def test_what_quarters_leave_below_the_level_is_kept_and_comes_back_once_it_is_met() -> None:
    """45,000 less 36,000 at 1.25x, 40,000 less 36,000 at 1.18x; 1.62x in December.

    After one test that is met, or the second in March. It is no breach.
    """
    for after, expected in ((1, [9_000, 13_000, 0, 0]), (2, [9_000, 13_000, 13_000, 0])):
        final = played(debt={"x": loan(cash_trap={"release_quarters": after})})
        assert held(final) == expected
        assert final.loan_months[0, LOAN_RESERVE].tolist() == (
            final.loan_months[0, LOAN_TRAPPED].tolist()
        )
        assert left(final, CASH_FOR_PRINCIPAL) == {}
        assert final.facilities[0].first_stopped == NEVER
        assert final.facilities[0].tests_below == 2
        payload = payload_of(final, 0)
        assert payload.lent[0, LENT.index("trapped_most")] == 13_000 * USD
        assert payload.lent[0, LENT.index("trap_tests")] == 2


def test_the_second_test_missed_in_a_row_repays_with_it() -> None:
    """13,000 of principal in September; 3% of 1,187,000 in December and March."""
    final = played(debt={"x": loan(cash_trap={"prepay_quarters": 2})})
    assert held(final) == [9_000, 0, 0, 0]
    assert left(final, CASH_FOR_PRINCIPAL) == {6: 13_000}
    interest = {3: 36_000, 6: 36_000, 9: 35_610, 12: 35_610}
    assert left(final, CASH_FOR_INTEREST) == pytest.approx(interest)
    assert final.facilities[0].locked_repaid == 13_000 * USD


def test_interest_of_what_it_repays_stays_in_hand() -> None:
    """2,000 at 12%, interest yearly: 60 have accrued by June, so that 1,940 of 2,000 are repaid.

    Another loan of 36,000 a quarter holds the cover at 45,000 / 36,000. In September 58.20 more.
    """
    small = {"principal_usd": 2_000, "every_months": 12, "repayments": {"2029": 2_000}}
    trap = {"prepay_quarters": 1}
    other = loan(seniority=2)
    del other["cash_trap"]
    final = played(debt={"x": loan(opening=small, cash_trap=trap), "y": other})
    assert left(final, CASH_FOR_PRINCIPAL)[3] == pytest.approx(1_940)
    assert held(final)[0] == pytest.approx(60)


def test_no_more_than_the_balance_is_kept() -> None:
    """4,000 owed and 8,880 left: 4,000 are kept; half of it pays half of the loan in September."""
    halves = {"principal_usd": 4_000, "repayments": {"2026Q3": 2_000, "2029": 2_000}}
    other = loan(seniority=2)
    del other["cash_trap"]
    final = played(debt={"x": loan(opening=halves), "y": other}, model={"quarters": 2})
    assert held(final) == [4_000, 2_000]


def test_the_floor_is_kept() -> None:
    """9,000 are left and 4,000 lie above a floor of 5,000."""
    final = played(cash=0, operator={"minimum_cash_usd": 5_000}, debt={"x": loan()})
    assert held(final)[0] == 4_000


@pytest.mark.parametrize(("ranks", "kept"), [((1, 1), (9_000, 9_000)), ((1, 2), (18_000, 0))])
def test_loans_of_one_rank_share_and_a_senior_one_comes_first(
    ranks: tuple[int, int], kept: tuple[float, float]
) -> None:
    """90,000 less twice 36,000, at 1.25x."""
    debts = {n: loan(seniority=r) for n, r in zip("ab", ranks, strict=True)}
    final = played(paid=((90_000, 2026, 5),), debt=debts, model={"quarters": 1})
    assert tuple(held(final, f)[0] for f in (0, 1)) == kept


@pytest.mark.parametrize(
    ("steps", "kept", "swept"), [(("trap", "sweep"), 9_000, {}), (("sweep", "trap"), 4_500, 4_500)]
)
def test_a_sweep_and_a_trap_take_what_a_quarter_left_once(
    steps: tuple[str, str], kept: float, swept: Any
) -> None:
    """Half of 9,000 is swept, unless all of it is trapped first."""
    both = loan(cash_sweep={"share": 0.5, "from": JUNE})
    final = played(steps=steps, debt={"x": both}, model={"quarters": 1})
    assert held(final) == [kept]
    assert left(final, CASH_FOR_PRINCIPAL) == ({3: swept} if swept else {})


def test_maturities_of_the_quarter_are_paid_before_anything_is_left() -> None:
    """5,000 of notes without interest fall due in June: of 9,000 4,000 are kept."""
    other = owed(margin=0.0, seniority=2, maturity=JUNE)
    other["opening"] |= {"principal_usd": 5_000, "repayments": {"2026": 5_000}}
    assert held(played(debt={"x": loan(), "y": other}))[0] == 4_000


def test_it_pays_service_that_cash_and_reserve_do_not() -> None:
    """36,000 are due in September, 30,000 are there: the reserve pays 1,200, the trap 4,800."""
    paid = (PAID[0], (30_000, 2026, 9))
    kept = loan(reserve_share=0.001)
    tables = {"balance": {"cash_usd": 0, "restricted_cash_usd": 1_200}}
    final = played(paid=paid, debt={"x": kept}, model={"quarters": 2}, **tables)
    assert held(final) == [9_000, 4_200]
    assert final.facilities[0].reserve_held == 4_200 * USD
    assert final.facilities[0].first_unpaid == NEVER
    assert final.clock[0].first_shortfall == NEVER


def test_it_pays_the_last_instalment() -> None:
    """1,236,000 are due on 31 December and 1,223,000 of cash are there: 13,000 are in the trap."""
    due = loan(maturity=DECEMBER, opening={"every_months": 3})
    due["opening"]["repayments"] = {"2026Q4": 1_200_000}
    due["cash_trap"]["release_quarters"] = 9
    final = played(cash=1_133_000, debt={"x": due}, model={"quarters": 3})
    assert held(final) == [9_000, 13_000, 0]
    assert final.facilities[0].principal == 0
    assert final.facilities[0].first_unpaid == NEVER


def test_it_stays_where_a_maturity_is_rolled_over() -> None:
    due = loan(kind="notes", maturity=DECEMBER, opening={"every_months": 3})
    due["opening"]["repayments"] = {"2026": 1_200_000}
    due["refinance"] = {"months": 24, "margin_shift": 0.0}
    due["cash_trap"]["release_quarters"] = 9
    final = played(debt={"x": due})
    assert held(final) == [9_000, 13_000, 13_000, 13_000]
    assert final.facilities[0].principal == 1_200_000 * USD


def test_its_lender_has_it_when_the_firm_ends() -> None:
    """Nothing is there for notes of 100,000 due in August: the lender gets the 9,000 alone."""
    other = owed(margin=0.0, seniority=1, maturity=dt.date(2026, 8, 31))
    other["opening"] |= {"principal_usd": 100_000, "repayments": {"2026": 100_000}}
    ends = {"default_after_months": 1, "forced_sale_share": 0.5}
    final = played(cash=0, paid=PAID[:1], debt={"x": loan(), "y": other}, operator=ends)
    assert final.firm[0].defaulted < NEVER
    assert [int(f.recovered) // USD for f in final.facilities[:2]] == [9_000, 0]
    assert held(final) == [9_000] * 4


def test_nothing_is_tested_before_its_first_date() -> None:
    later = played(debt={"x": loan(cash_trap={"from": dt.date(2026, 7, 1)})})
    assert held(later)[:2] == [0, 4_000]


def test_a_level_of_nothing_never_moves_anything() -> None:
    for paid in (PAID, ((1, 2026, 5),)):
        final = played(paid=paid, debt={"x": loan(cash_trap={"min_dscr": 0})})
        assert held(final) == [0] * 4
        assert final.facilities[0].tests_below == 0


def test_a_loan_without_recourse_is_kept_what_its_contracts_left_and_served_from_it() -> None:
    """300,000 of its contract, less 150,000 of site costs and 21,000 of interest: 129,000 in
    December at a cover of 7.1x; January's 21,000 are paid from it. The firm's 1,000,000 are not
    the loan's.
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
        "cash_trap": {"min_dscr": 10, "scope": "facility"},
    }
    final = played(
        paid=((1_000_000, 2026, 12),),
        contracts={"own": deal},
        debt={"x": terms},
        operator={"forced_sale_share": 0.5},
        sites={"S": {"staff_usd_per_kw_month": 50}},
    )
    assert held(final) == [0, 0, 129_000, 108_000]
    assert final.facilities[0].first_unpaid == NEVER


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"steps": (), "debt": {"x": loan()}}, 'no step "trap"'),
        ({"debt": {"x": loan(kind="convertible")}}, "another kind of debt, or no cash_trap"),
        ({"debt": {"x": loan(kind="revolver")}}, "another kind of debt, or no cash_trap"),
        ({"debt": {"x": loan(cash_trap={"release_quarters": 0})}}, "release_quarters"),
        ({"debt": {"x": loan(cash_trap={"min_dscr": -1})}}, "min_dscr"),
        ({"debt": {"x": loan(cash_trap={"from": dt.date(2030, 1, 1)})}}, "up to maturity"),
        (
            {"debt": {"x": loan(cash_trap={"scope": "facility"})}},
            "no contract names it as its facility",
        ),
    ],
)
def test_a_trap_that_cannot_be_is_refused(tables: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        book_of(firm(**tables))


def test_the_story_tells_what_is_trapped_given_back_and_repaid() -> None:
    """A hundred times the loan: 0.9m in June; 1.3m back in December, or repaid in September."""
    hundred = {"principal_usd": 120_000_000, "repayments": {"2029": 120_000_000}}
    paid = tuple((100 * usd, year, month) for usd, year, month in PAID)
    told = {}
    for name, trap in (("back", {}), ("repaid", {"prepay_quarters": 2})):
        book = book_of(firm(paid=paid, debt={"x": loan(opening=hundred, cash_trap=trap)}))
        trace = Trace()
        run(book.state, world_of(book), trace=trace)
        told[name] = "\n".join(tell(book.names, trace))
    assert "USD 0.90m is trapped for x: cover is below its level" in told["back"]
    assert "the trap of x gives back USD 1.3m" in told["back"]
    assert "USD 1.3m that was trapped repays x" in told["repaid"]
