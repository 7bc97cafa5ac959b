"""What counts in the cost that a lender's advance rate is of, by hand: in the size and in draws."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal import lot_loans, unit_sizes
from gpusim.appraisal.unit_cash import blank, borrow
from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import (
    CASH_FOR_CAPEX,
    CASH_FOR_DEBT_COSTS,
    CASH_FROM_DRAWS,
    CASH_TO_RESERVES,
    DEBT_DISCOUNT,
    LOANS,
    RESTRICTED_CASH,
)
from gpusim.economics.core.agenda import RAISE
from gpusim.economics.debt.sizing import CAP_ADVANCE
from gpusim.economics.decisions import outlook
from gpusim.engines.process import run
from gpusim.engines.story import Trace, tell
from gpusim.scenario import ScenarioError
from tests.engines.build import book_of, contract, gpu, merged, quiet, scenario_of, site, world_of
from tests.engines.watch import Watched, watch

M = 100_000_000
"""Cents of USD 1m."""
FAR = dt.date(2034, 3, 31)
START = dt.date(2026, 5, 1)


def loan(*counted: str, **changes: Any) -> dict[str, Any]:
    """70% of cost, for a fee of 2%, half at closing and half at draws, and 5% in reserve."""
    terms = {
        "kind": "delayed-draw",
        "commitment_usd": 1e9,
        "opens": dt.date(2026, 4, 10),
        "available_to": dt.date(2027, 3, 31),
        "advance_rate": 0.7,
        "base": "fixed",
        "margin": 0.0,
        "day_count": "30/360",
        "undrawn_fee": 0.0,
        "draw_discount": 0.01,
        "upfront_fee": 0.01,
        "reserve_share": 0.05,
        "size_ltv": 2,
        "amortisation": {"law": "straight", "months": 60, "grace_months": 24, "every_months": 12},
        "maturity": FAR,
        "seniority": 0,
    }
    if counted:
        terms["cost_base"] = list(counted)
    return {key: value for key, value in merged(terms, changes).items() if value is not None}


def firm(debt: dict[str, Any], **tables: Any) -> dict[str, Any]:
    """100m of hardware for May, paid ten days after it is delivered."""
    whole = contract(
        [{"gpus": 10_000, "start": START, "value_usd": 90e6}], facility="L", term_months=12
    )
    base = quiet(
        debt={"L": debt},
        contracts={"C": whole},
        gpus={"G": gpu(payment_days=10)},
        sites={"S": site([{"it_mw": 100, "ready": dt.date(2026, 1, 1)}])},
        balance={"cash_usd": 60e6},
    )
    return merged(base, tables)


def played(tables: dict[str, Any], trace: Trace | None = None) -> Any:
    book = book_of(tables)
    final = run(book.state, world_of(book), trace=trace or Trace())
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def moved(final: Any, account: int, months: int = 3) -> float:
    """USD m of the first months, debits less credits."""
    return float(final.ledger[account, 1 : months + 1].sum() / M)


# a (C + k D): what each word makes of 100m
SIZES = {
    (): 70.0,
    ("fees",): 70 / (1 - 0.7 * 0.02),
    ("reserve",): 70 / (1 - 0.7 * 0.05),
    ("fees", "reserve"): 70 / (1 - 0.7 * 0.07),
}


@pytest.mark.parametrize("counted", SIZES)
def test_the_size_and_the_draws_count_what_is_stated(counted):
    final, size = played(firm(loan(*counted))), SIZES[counted]
    facility = final.facilities[0]
    assert facility.size_binds == CAP_ADVANCE
    assert facility.commitment / M == pytest.approx(size, abs=1e-7)
    assert facility.used == facility.commitment  # nothing is left that could not be drawn
    assert -moved(final, LOANS) == pytest.approx(size, abs=1e-7)
    assert moved(final, CASH_FROM_DRAWS) == pytest.approx(0.99 * size, abs=1e-7)
    assert moved(final, CASH_FOR_DEBT_COSTS) == pytest.approx(-0.01 * size, abs=1e-7)


@pytest.mark.parametrize("counted", [("fees", "reserve"), ("reserve",)])
def test_the_advance_rate_is_of_all_that_counts(counted):
    """The loan is 70% of hardware, fees and reserve, whatever of them counts."""
    final, share = played(firm(loan(*counted))), 0.0
    drawn = -moved(final, LOANS)
    for word in counted:
        share += {"fees": 0.02, "reserve": 0.05}[word]
    assert drawn / (-moved(final, CASH_FOR_CAPEX) + share * drawn) == pytest.approx(0.7)


def test_uses_less_debt_is_the_firms_own():
    """C 100, F 1.472, R 3.680: 105.152 of uses; 73.607 of debt, 31.546 of the firm's cash."""
    final = played(firm(loan("fees", "reserve")), Trace())
    debt = 70 / (1 - 0.7 * 0.07)
    uses = 100 + 0.07 * debt
    assert uses == pytest.approx(105.152471, abs=1e-6)
    months = slice(1, 3)  # before the first invoice
    paid = sum(
        float(final.ledger[account, months].sum())
        for account in (CASH_FOR_CAPEX, CASH_FOR_DEBT_COSTS, CASH_FROM_DRAWS, CASH_TO_RESERVES)
    )
    assert -paid / M == pytest.approx(uses - debt, abs=1e-7)
    assert uses - debt == pytest.approx(0.3 * uses, abs=1e-6)


def test_a_lesser_commitment_is_drawn_and_the_firm_bears_the_rest():
    """60m: 0.6 at closing, 0.6 kept, 3 in reserve; the firm pays 100 + 4.2 - 60."""
    final = played(firm(loan("fees", "reserve", size_ltv=None, commitment_usd=60e6)))
    assert -moved(final, LOANS) == 60.0
    assert moved(final, RESTRICTED_CASH) == 3.0
    accounts = (CASH_FOR_CAPEX, CASH_FOR_DEBT_COSTS, CASH_FROM_DRAWS, CASH_TO_RESERVES)
    assert sum(moved(final, account, 2) for account in accounts) == pytest.approx(-44.2)


def test_a_loan_that_nothing_sizes_draws_them_too():
    final = played(firm(loan("fees", size_ltv=None)))
    assert -moved(final, LOANS) == pytest.approx(70 / (1 - 0.7 * 0.02 * 1), abs=1e-7)


def test_a_draw_is_no_more_than_its_bill():
    """98% of hardware and fees would be 99.959m, of reserve too 105.3m: the bill is 100m."""
    most = played(firm(loan("fees", advance_rate=0.98)))
    assert -moved(most, LOANS) == pytest.approx(98 / (1 - 0.98 * 0.02), abs=1e-7)
    all_of_it = played(firm(loan("fees", "reserve", advance_rate=0.98)))
    assert all_of_it.facilities[0].commitment == 100 * M
    assert -moved(all_of_it, LOANS) == 100.0


def test_what_the_contract_asks_is_a_share_of_the_same():
    """Half of 100m and of its fees."""
    half = {"contracts": {"C": {"loan_share": 0.5}}}
    final = played(firm(loan("fees"), **half))
    assert -moved(final, LOANS) == pytest.approx(50 / (1 - 0.5 * 0.02), abs=1e-7)


# --- the reserve is filled on the day of the draw


def test_the_reserve_is_filled_by_the_draw_on_its_day():
    trace = Trace()
    final = played(firm(loan("fees", "reserve")), trace)
    book = book_of(firm(loan("fees", "reserve")))
    story = tell(book.names, trace)
    (told,) = [line for line in story if "suppliers of" in line]
    debt = 70 / (1 - 0.7 * 0.07)
    assert f"USD {debt * 0.05:.1f}m of it into the reserve of L" in told.replace("  ", " ")
    assert moved(final, RESTRICTED_CASH, 2) == pytest.approx(0.05 * debt, abs=1e-7)
    assert moved(final, CASH_TO_RESERVES, 2) == -moved(final, RESTRICTED_CASH, 2)


def test_what_is_not_counted_is_filled_at_the_months_end():
    """The reserve of a loan that does not count it waits for the waterfall, as it always did."""
    book = book_of(firm(loan("fees")))
    held: list[float] = []

    def look(sim: Watched) -> list[str]:
        held.append(float(sim.s.facilities[0].reserve_held))
        return []

    watch(book, world_of(book), day=look)
    counted, own = book_of(firm(loan("fees", "reserve"))), []

    def see(sim: Watched) -> list[str]:
        own.append(float(sim.s.facilities[0].reserve_held))
        return []

    watch(counted, world_of(counted), day=see)
    assert np.argmax(np.array(own) > 0) < np.argmax(np.array(held) > 0)


# --- who knows of it


def seen_by(debt: dict[str, Any]) -> list[float]:
    """The outlook of 20 April, USD m by month from April on; L is drawn in May."""
    equity = {"one": {"date": dt.date(2026, 4, 20), "amount_usd": 1, "costs_usd": 0}}
    book = book_of(firm(debt, equity=equity))
    seen: list[float] = []

    def look(sim: Watched) -> list[str]:
        if sim.phase == RAISE:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen[:] = (np.asarray(sim.s.outlook[1:4]) / M).tolist()
        return []

    watch(book, world_of(book), event=look)
    return seen


def test_the_outlook_expects_the_draw_less_what_the_reserve_takes():
    """May: of 73.607m, 99% less 5%, beside the bill of 100m and the invoice of 31 days."""
    debt, invoice = 70 / (1 - 0.7 * 0.07), 90 * 31 / 365
    counted, plain = seen_by(loan("fees", "reserve")), seen_by(loan())
    assert counted[1] == pytest.approx(0.94 * debt - 100 + invoice, abs=1e-6)
    assert plain[1] == pytest.approx(0.99 * 70 - 100 + invoice, abs=1e-6)


def test_units_carry_the_loan_that_a_run_draws():
    """And in month 0 its fee of 2% with 5% in reserve."""
    scenario = scenario_of(firm(loan("fees", "reserve")))
    lots = lots_of(scenario, None)
    ((own,),) = lot_loans.loans_of(scenario, lots, unit_sizes.sizes(scenario))
    debt = 70e6 / (1 - 0.7 * 0.07)
    assert own.amount == pytest.approx(debt, abs=0.01)
    cash = borrow(blank(12), own.loan)
    assert cash.drawn[0] - cash.interest[0] - cash.reserve[0] == pytest.approx(0.93 * debt, abs=0.1)


def test_loans_of_the_programme_count_them_too():
    """0.8 of 10m and of 3%: 8 / (1 - 0.024), 2% of it at closing."""
    lender = {
        "closing_days": 5,
        "availability_months": 12,
        "advance_rate": 0.8,
        "cost_base": ["fees"],
        "base_floor": 0,
        "margin_by_rating": {"investment-grade": 0.03, "other": 0.05},
        "undrawn_fee": 0,
        "draw_discount": 0.01,
        "upfront_fee": 0.02,
        "reserve_share": 0,
        "seniority": 0,
        "amortisation": {"law": "straight", "months": 12, "every_months": 1},
    }
    one = contract(
        [{"gpus": 1000, "start": dt.date(2026, 6, 1), "value_usd": 1}], facility="programme"
    )
    final = played(quiet(contracts={"C": one}, programme=lender))
    size = 8 / (1 - 0.8 * 0.03)
    assert final.facilities[0].commitment / M == pytest.approx(size, abs=1e-7)
    assert final.facilities[0].used == final.facilities[0].commitment
    assert final.ledger[CASH_FOR_DEBT_COSTS].sum() / M == pytest.approx(-0.02 * size, abs=1e-7)


def test_buildings_are_lent_on_alike():
    """10m of a building that is billed over two months."""
    phase = {"it_mw": 1, "ready": dt.date(2026, 8, 1)}
    phase["building"] = {
        "usd_per_mw": 10_000_000.0,
        "months": 2,
        "life_years": 20,
        "tax_life_years": 39,
        "facility": "L",
    }
    own = site([phase]) | {"kind": "owned"}
    lender = loan("fees", "reserve", upfront_fee=None, size_ltv=None)
    final = played(quiet(debt={"L": lender}, sites={"S": own}))
    assert final.facilities[0].used / M == pytest.approx(7 / (1 - 0.7 * 0.06), abs=1e-6)
    assert final.facilities[0].reserve_held == pytest.approx(0.05 * final.facilities[0].used)


def test_discounts_are_charged_by_the_yield_of_what_is_drawn():
    final = played(firm(loan("fees")))
    debt = 70 / (1 - 0.7 * 0.02)
    assert 0.019 * debt < moved(final, DEBT_DISCOUNT, 2) < 0.02 * debt  # of the fees: 22 days less


# --- who has none


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"cost_base": ["fees", "fees"]}, "cost_base[1]", '"fees" a second time'),
        ({"cost_base": ["taxes"]}, "cost_base[0]", "taxes"),
        ({"kind": "vendor", "cost_base": ["reserve"]}, "cost_base", "costs of vendor debt"),
    ],
)
def test_what_is_not_built_or_has_no_cost_is_refused(changes, key, said):
    with pytest.raises(ScenarioError) as caught:
        scenario_of(firm(loan(**changes)))
    told = [f"{m.key} {m.found}; expected {m.expected}" for m in caught.value.mistakes]
    assert any(key.split("[")[0] in line and said in line for line in told), told
