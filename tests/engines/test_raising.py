"""New money for the whole firm, and what is not signed without it."""

import datetime as dt

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.core.state import FACILITIES, NEVER, NOTE
from gpusim.economics.decisions.demand import OUTCOMES
from gpusim.engines import process
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.world import draw
from tests.economics.test_demand import GROWING
from tests.engines.build import contract, played, quiet

MATURING = {
    "kind": "notes",
    "base": "fixed",
    "margin": 0.12,
    "day_count": "30/360",
    "maturity": dt.date(2026, 9, 30),
    "seniority": 0,
    "opening": {
        "principal_usd": 150_000_000,
        "every_months": 3,
        "repayments": {"2026": 150_000_000},
    },
}
"""More than the USD 100m the quiet firm has."""
TERMS = {
    "months_ahead": 6,
    "floor_usd": 5_000_000,
    "smallest_usd": 1_000_000,
    "leverage_cap": 3,
    "notes": {
        "capacity_usd_per_year": 500_000_000,
        "months": 48,
        "margin": 0.06,
        "costs_share": 0.02,
        "every_months": 6,
        "seniority": 1,
    },
    "equity": {"capacity_usd_per_year": 500_000_000, "discount": 0.1, "costs_share": 0.04},
}
SHARES = {
    "shares_outstanding": 1_000_000,
    "share_price_usd": [{"date": dt.date(2026, 1, 1), "price_usd": 50}],
}


def firm(earns: float = 0, open_: float = 1, **terms):
    """A firm whose notes mature; `earns` USD a month from contracts, `terms` of raising."""
    tables = quiet(
        debt={"N": MATURING},
        operator=SHARES,
        raising=TERMS | terms,
        market={"loan_market_open": dict.fromkeys(("glut", "balanced", "scarce"), open_)},
    )
    if earns:
        tables["assets"] = {
            "own": {
                "category": "servers", "gpu": "G", "site": "S", "gpus": 10, "gross_usd": 100_000,
                "accumulated_usd": 0, "salvage_usd": 0, "remaining_life_years": 5,
            }
        }  # fmt: skip
        live = {
            "gpus": 10, "start": dt.date(2026, 3, 31), "term_months": 12,
            "value_usd": 12 * earns, "hardware": {"status": "in-service"},
        }  # fmt: skip
        tables["contracts"] = {"C": contract([live])}
    return played(tables)


def raised(s, measure: int) -> float:
    return s.stocks[measure].sum() / 100


def test_without_new_money_the_firm_does_not_pay() -> None:
    tables = quiet(debt={"N": MATURING}, operator=SHARES)
    assert played(tables).clock[0].first_shortfall < NEVER


def test_shares_pay_where_nothing_is_earned() -> None:
    s = firm()
    assert s.clock[0].first_shortfall == NEVER
    assert raised(s, measures.RAISED_DEBT) == 0
    amount = raised(s, measures.RAISED_EQUITY)
    # 150m and six months of 1.5m, less 100m, and the floor
    assert amount >= 64_000_000
    # sold at 45, ten per cent below the market
    assert s.firm[0].shares_issued == pytest.approx(amount / 45, abs=len(s.stocks))


def test_notes_come_first_where_earnings_carry_them() -> None:
    s = firm(earns=8_000_000)
    assert s.clock[0].first_shortfall == NEVER
    assert raised(s, measures.RAISED_DEBT) > 0
    assert raised(s, measures.RAISED_EQUITY) == 0
    notes = s.facilities[s.count[FACILITIES] - 1]
    assert notes.kind == NOTE
    assert notes.margin == pytest.approx(0.06)  # base rate and spread are zero in the quiet firm
    assert (s.draws.facility == s.count[FACILITIES] - 1).sum() == 1


def test_earnings_of_the_month_cap_the_notes() -> None:
    free = raised(firm(earns=2_000_000), measures.RAISED_DEBT)
    capped = firm(earns=2_000_000, leverage_cap=2)
    assert raised(capped, measures.RAISED_DEBT) < free
    assert raised(capped, measures.RAISED_EQUITY) > 0


def test_capacity_of_the_year_can_be_too_small() -> None:
    small = {**TERMS["equity"], "capacity_usd_per_year": 20_000_000}
    s = firm(equity=small)
    assert raised(s, measures.RAISED_EQUITY) <= 40_000_000  # two calendar years
    assert s.clock[0].first_shortfall < NEVER


def test_a_shut_market_gives_nothing() -> None:
    s = firm(earns=8_000_000, open_=0)
    assert raised(s, measures.RAISED_DEBT) + raised(s, measures.RAISED_EQUITY) == 0


def test_a_firm_that_sees_no_need_raises_nothing() -> None:
    s = firm(floor_usd=0, months_ahead=1)
    first = np.flatnonzero(s.stocks[measures.RAISED_EQUITY])[0]
    assert first == 5  # August: the notes mature in the month after


# --- what is signed --------------------------------------------------------------------------


def signed(*sets: str) -> dict[str, int]:
    book = lower(load(GROWING, sets=("levers.build_ahead_share=0.02", *sets)))
    s = process.run(book.state, draw(book.spec, 7, 0))
    count = np.bincount(s.offers, minlength=len(OUTCOMES))
    ordered = int((s.orders[: s.count[0]].tranche == -1).sum())
    return {OUTCOMES[k]: int(n) for k, n in enumerate(count)} | {"ahead": ordered}


def test_a_high_floor_stops_signatures_and_building_ahead() -> None:
    free = signed()
    held = signed("levers.liquidity_floor_usd=99_000_000_000", "levers.liquidity_months=24")
    assert free["signed"] > 0
    assert free["ahead"] > 0
    assert free["liquidity floor"] == 0
    assert held["signed"] == 0
    assert held["ahead"] == 0
    assert held["liquidity floor"] >= free["signed"]


def test_the_higher_the_floor_the_less_is_signed() -> None:
    floors = (0, 1_500_000_000, 2_500_000_000, 4_000_000_000)
    count = [
        signed(f"levers.liquidity_floor_usd={floor}", "levers.liquidity_months=24")["signed"]
        for floor in floors
    ]
    assert count == sorted(count, reverse=True)
    assert count[0] > count[-1]


def test_money_it_counts_on_lets_it_sign_more() -> None:
    terms = (
        "raising={months_ahead=12, floor_usd=0, smallest_usd=1_000_000, leverage_cap=9, notes="
        "{capacity_usd_per_year=0, months=48, margin=0.06, costs_share=0, every_months=6, "
        "seniority=1}, equity={capacity_usd_per_year=9_000_000_000, discount=0, costs_share=0}}"
    )
    floor = ("levers.liquidity_floor_usd=4_000_000_000", "levers.liquidity_months=24")
    assert signed(*floor, terms, "levers.raising_share=1")["signed"] > signed(*floor)["signed"]
