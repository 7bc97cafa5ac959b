"""Covenants on LLCR and on leverage: by hand, at the limit, cured and not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from gpusim.economics.books.ledger import (
    ADMINISTRATION_STOCK,
    AMORTISATION_OF_INTANGIBLES,
    COST_DEPRECIATION,
    COST_POWER,
    DISPOSAL_GAIN,
    IMPAIRMENT,
    REVENUE_COMMITTED,
)
from gpusim.economics.books.measures import CURED, DEBT_PRINCIPAL
from gpusim.economics.books.statements import line
from gpusim.economics.core.state import (
    COUNTED,
    DRAWS,
    FACILITIES,
    LOAN_LIFE_CASH,
    LOAN_PRINCIPAL,
    LOAN_RECEIVED,
    NEEDED,
    NEVER,
    State,
)
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.debt.covenants import LEVERAGE, LLCR, measure_leverage
from gpusim.engines.process import run
from gpusim.scenario import ScenarioError, load
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, merged, notes, played
from tests.engines.generate import plays
from tests.engines.profile import EXAMPLES
from tests.engines.test_loan_months import LAST, billed, row, short, worth
from tests.engines.test_sculpted import loan, tables

JUNE = dt.date(2026, 6, 30)
EVERY = Path(__file__).parents[1] / "cases" / "models" / "every-table.toml"
CURES = {"count": 1, "until": dt.date(2030, 3, 31), "max_usd_each": 10_000_000}


def lent(minimum: float, since: dt.date = JUNE, **other: Any) -> State:
    """The loan of `test_sculpted`: three months after the as-of day, 0.8 of each day is to come."""
    return played(tables(loan(covenants={"llcr": {"minimum": minimum, "from": since}} | other)))


def june_cover() -> float:
    """LLCR of 30 June 2026: a sum day by day over the principal of that day."""
    return 0.8 * (worth(JUNE, LAST) + billed(30)) / row(played(tables(loan())), LOAN_PRINCIPAL, 3)


@pytest.mark.parametrize(("of_it", "breaks"), [(1.0001, True), (0.9999, False)])
def test_llcr_is_the_one_by_hand(of_it, breaks):
    final = lent(of_it * june_cover())
    assert int(final.covenants[0, LLCR].broken) == (day_of(JUNE) if breaks else NEVER)
    counted, needed = final.covenant_tests[0, LLCR, :, 3]
    assert counted / needed == pytest.approx(1 / of_it, rel=1e-6)
    assert final.covenant_tests[0, LLCR, NEEDED, 4] == 0  # no quarter's end


def test_llcr_is_tested_from_its_date_once_a_contract_has_paid():
    """May is paid on 15 June; 30 April and 31 May are no quarter's ends."""
    late = lent(100, since=dt.date(2026, 9, 30))
    assert late.covenants[0, LLCR].broken == day_of(dt.date(2026, 9, 30))
    slow = merged(
        tables(loan(covenants={"llcr": {"minimum": 100, "from": JUNE}})),
        {"contracts": {"one": {"payment_days": 45}}},  # May is paid on 15 July
    )
    final = played(slow)
    assert final.covenant_tests[0, LLCR, :, 3].tolist() == [0, 0]
    assert final.covenants[0, LLCR].broken == day_of(dt.date(2026, 9, 30))


def test_a_cure_of_llcr_repays_down_to_what_is_covered():
    """At twice the cover of June half of the principal is beyond it."""
    cover = june_cover()
    plain = played(tables(loan()))
    final = lent(2 * cover, cures=CURES)
    owed = row(plain, LOAN_PRINCIPAL, 3)
    assert final.stocks[CURED, 3] / 100 == pytest.approx(owed / 2, rel=1e-6)
    assert row(final, LOAN_PRINCIPAL, 3) == pytest.approx(owed / 2, rel=1e-6)
    assert row(final, LOAN_LIFE_CASH, 3) == row(plain, LOAN_LIFE_CASH, 3)
    assert final.covenants[0, LLCR].broken == day_of(JUNE)  # as any test that is failed and cured
    assert final.facilities[0].first_stopped > day_of(JUNE)


def test_what_is_invoiced_covers_a_loan_whose_last_day_is_earned():
    """1.44m of September is due on 30 October, and 666,667 of 2m are owed: 2.14x."""
    tests = {"llcr": {"minimum": 0.5, "from": JUNE}, "cures": CURES}
    final = played(short(30, dt.date(2026, 12, 31), covenants=tests))
    carried, owed = final.covenant_tests[0, LLCR, :, 6]
    assert owed == 666_666_68
    assert 0.5 * carried / owed == pytest.approx(billed(30, 30) / 666_666.68)
    assert 0.5 * carried / owed == pytest.approx(2.1388, abs=1e-4)
    assert final.covenants[0, LLCR].broken == NEVER
    assert not final.stocks[CURED].any()
    assert final.covenant_tests[0, LLCR, :, 9].tolist() == [0, 0]  # repaid


def test_a_failed_llcr_stops_draws_and_moves_nothing_else_while_none_is_to_come():
    """The loan is drawn whole by June: no cash moves, and the loan is in breach."""
    plain, final = played(tables(loan())), lent(2 * june_cover())
    assert final.ledger.tobytes() == plain.ledger.tobytes()
    assert final.facilities[0].first_stopped == day_of(JUNE)


def test_llcr_of_a_loan_without_contracts_is_refused():
    own = "debt.supplier.covenants={llcr={minimum=1.2, from=2028-06-30}}"
    with pytest.raises(ScenarioError, match="no contract names it as its facility"):
        load(str(EVERY), sets=(own,))


class Earner:
    """A firm whose months, debt and limit are written by hand [cents]."""

    def __init__(self) -> None:
        self.s = book_of(tables(loan(), model={"quarters": 6})).state
        self.s.count[DRAWS] = 1

    def month(self, month: int, revenue: int, power: int) -> None:
        """A month's revenue and power, beside 900 of each cost that is no part of EBITDA."""
        self.s.ledger[REVENUE_COMMITTED, month] = -revenue
        self.s.ledger[COST_POWER, month] = power
        for account in (
            COST_DEPRECIATION,
            AMORTISATION_OF_INTANGIBLES,
            IMPAIRMENT,
            ADMINISTRATION_STOCK,
            DISPOSAL_GAIN,
        ):
            self.s.ledger[account, month] = 900

    def test(
        self, debt: int, maximum: float, month: int, paid_in: int = 0
    ) -> tuple[bool, int, int]:
        self.s.draws[0].principal = debt
        failed, counted, needed = measure_leverage(to_pointer(self.s), maximum, month, paid_in)
        return bool(failed), int(counted), int(needed)


def test_leverage_of_less_than_a_year_is_annualised():
    """60 a month make 720 a year: five times it is 3,600."""
    firm = Earner()
    for month in (1, 2, 3):
        firm.month(month, revenue=100, power=40)
    assert firm.test(3_600, 5, month=3) == (False, 720, 720)
    assert firm.test(3_605, 5, month=3) == (True, 721, 720)


def test_leverage_looks_back_twelve_months():
    """Months 1 to 3 earned 60, then twelve of 10: 120."""
    firm = Earner()
    for month in range(1, 16):
        firm.month(month, revenue=100, power=40 if month < 4 else 90)
    assert firm.test(600, 5, month=15) == (False, 120, 120)
    assert firm.test(600, 5, month=12) == (False, 120, 3 * 60 + 9 * 10)
    assert firm.test(605, 5, month=15) == (True, 121, 120)


def test_leverage_on_a_loss_lacks_the_loss_and_what_debt_asks_for():
    """10 a month lost is 120 a year; 100 at five times asks for 20: 140 are missing."""
    firm = Earner()
    for month in (1, 2, 3):
        firm.month(month, revenue=0, power=10)
    assert firm.test(100, 5, month=3) == (True, 140, 0)
    assert firm.test(0, 5, month=3) == (False, 0, 0)
    assert firm.test(100, 5, month=3, paid_in=140) == (False, 20, 20)  # 140 less the 120 lost
    assert firm.test(100, 5, month=3, paid_in=100) == (True, 40, 0)


def two_lenders(first: dict[str, Any], second: dict[str, Any], **other: Any) -> State:
    """The loan of 8m, and a bond of 5m; each may be cured four times."""
    cures = {"cures": CURES | {"count": 4, "max_usd_each": 900_000_000}}
    bond = notes(5_000_000, 0.1, dt.date(2029, 3, 31), 3, covenants=second | cures, seniority=2)
    lent = loan(covenants=first | cures, **other)
    return played(merged(tables(lent), {"debt": {"bond": bond}}))


def leverage_of(maximum: float) -> dict[str, Any]:
    return {"leverage": {"maximum": maximum, "from": JUNE}}


@pytest.mark.parametrize(("one", "other"), [(0.5, 0.5), (0.5, 1.0), (1.0, 0.5)])
def test_one_cure_of_the_firms_leverage_serves_every_lender(one, other):
    """What the strictest limit lacks is paid in once: all debt at 0.5x, less a year's EBITDA."""
    final = two_lenders(leverage_of(one), leverage_of(other))
    owed = final.loan_months[:, LOAN_PRINCIPAL, 3].sum() / 100
    earned = 2 * 61 * 24 * 1000 * 4
    assert final.stocks[CURED, 3] / 100 == pytest.approx(owed / 0.5 - earned, abs=0.02)
    left = sum(int(final.facilities[f].cures_left) for f in range(2))
    tested = int(np.count_nonzero(final.stocks[CURED]))
    assert left == 8 - tested  # one right of one lender at each test


def test_a_cure_of_the_firms_cover_serves_every_lender_and_leverage_too():
    """The most that any of the tests lacks is paid in, whoever asks first."""
    cover = {"dscr": {"minimum": 50, "from": JUNE}}
    mine = {"dscr": {"minimum": 50, "from": JUNE, "scope": "facility"}}
    alone = {kind: two_lenders(tests, {}) for kind, tests in (("dscr", cover), ("own", mine))}
    lacks = {name: int(final.stocks[CURED, 3]) for name, final in alone.items()}
    both = two_lenders(cover, cover)
    assert both.stocks[CURED, 3] == lacks["dscr"] > 0
    levered = two_lenders(cover | leverage_of(0.5), cover)
    asked = int(two_lenders(leverage_of(0.5), {}).stocks[CURED, 3])
    assert levered.stocks[CURED, 3] == max(lacks["dscr"], asked)
    # a loan's own cover counts its own cash alone
    apart = two_lenders(mine, cover)
    assert apart.stocks[CURED, 3] == max(lacks["own"], lacks["dscr"])


def test_a_cure_of_leverage_is_cash_and_counts_as_earnings_of_its_test():
    """June: two months' EBITDA of three, four times over a year, against the loan's 8m at 4x."""
    final = played(tables(loan(covenants={"leverage": {"maximum": 0.1, "from": JUNE}})))
    cured = played(
        tables(
            loan(
                covenants={
                    "leverage": {"maximum": 0.1, "from": JUNE},
                    "cures": CURES | {"max_usd_each": 900_000_000},
                }
            )
        )
    )
    earned = 2 * 61 * 24 * 1000 * 4  # of May and June, as a quarter; no site costs
    owed = row(final, LOAN_PRINCIPAL, 3)
    assert final.covenant_tests[0, LEVERAGE, NEEDED, 3] == earned * 100
    assert final.covenant_tests[0, LEVERAGE, COUNTED, 3] / 100 == pytest.approx(owed / 0.1)
    assert final.covenants[0, LEVERAGE].broken == day_of(JUNE)
    assert final.facilities[0].first_stopped == day_of(JUNE)
    assert cured.stocks[CURED, 3] / 100 == pytest.approx(owed / 0.1 - earned, abs=0.01)
    assert row(cured, LOAN_PRINCIPAL, 3) == owed
    assert cured.facilities[0].first_stopped == day_of(dt.date(2026, 9, 30))  # one cure, one test


@EXAMPLES
@given(plays())
def test_both_tests_are_of_the_figures_that_are_told(play):
    """By the statements and the rows of the loans, before cures of the day."""
    final = run(play.book.state, play.world)
    earned = line(final.ledger, "adjusted_ebitda")
    for f in range(final.count[FACILITIES]):
        limits = [float(final.covenants[f, kind].limit) for kind in (LLCR, LEVERAGE)]
        for month in range(3, final.stocks.shape[1], 3):
            if final.stocks[CURED, month] or final.firm[0].defaulted < NEVER:
                continue
            counted, needed = final.covenant_tests[f, LEVERAGE, :, month]
            owed = final.stocks[DEBT_PRINCIPAL, month]
            if needed or counted:
                first = max(month - 11, 1)
                year = earned[first : month + 1].sum() * 12 / (month - first + 1)
                assert needed == pytest.approx(max(year, 0), abs=1)
                assert counted == pytest.approx(
                    owed / limits[1] + max(-year, 0) * (owed > 0), abs=2
                )
            counted, needed = final.covenant_tests[f, LLCR, :, month]
            if needed:
                assert final.loan_months[f, LOAN_RECEIVED, : month + 1].sum() > 0
                assert needed == final.loan_months[f, LOAN_PRINCIPAL, month]
                come = final.loan_months[f, LOAN_LIFE_CASH, month]
                assert counted == pytest.approx(come / limits[0], abs=1)
