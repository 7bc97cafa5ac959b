"""Covenants, cures, sweeps, hedges and reserves move what they should and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books import measures
from gpusim.economics.books.checks import residuals
from gpusim.economics.books.ledger import (
    CASH_FROM_DRAWS,
    CASH_FROM_EQUITY,
    INTEREST_CONTRACTUAL,
    PAID_IN_CAPITAL,
    RESTRICTED_CASH,
)
from gpusim.economics.core.state import MINIMUM_LIQUIDITY, NEVER, State
from gpusim.economics.debt.covenants import LTV
from gpusim.units_of_measure import date_of
from tests.engines.build import STEPS, merged, played, quiet

DAY = dt.date(2026, 4, 30)
FAR = dt.date(2030, 3, 31)


def loan(**changes: Any) -> dict[str, Any]:
    """USD 1.2m outstanding at 12% fixed, repaid in thirds of the years, and nothing else."""
    return merged(
        {
            "kind": "delayed-draw",
            "base": "fixed",
            "margin": 0.12,
            "day_count": "30/360",
            "maturity": FAR,
            "seniority": 1,
            "opening": {
                "principal_usd": 1_200_000,
                "every_months": 1,
                "repayments": {"2026": 450_000, "2027": 600_000, "2028": 150_000},
            },
        },
        changes,
    )


def firm(debt: dict[str, Any], cash: float = 5_000_000, **tables: Any) -> State:
    final = played(quiet(debt={"loan": debt}, balance={"cash_usd": cash}, **tables))
    left = residuals(final.ledger[None], final.stocks[None], final.backlog[None])
    assert not any(left.values()), left
    return final


def liquidity(**changes: Any) -> dict[str, Any]:
    """Cash must be USD 5m, which the first payment breaks."""
    return {"minimum_liquidity": {"minimum_usd": 5_000_000, "from": DAY}} | changes


SWEEP = {"operator": {"waterfall": [*STEPS, "sweep"], "minimum_cash_usd": 1_000_000}}


def test_a_sweep_repays_its_share_of_spare_cash_from_the_month_after_the_breach():
    final = firm(loan(covenants=liquidity(sweep_share=0.1)), **SWEEP)
    swept = final.stocks[measures.SWEPT]
    assert swept[1] == 0
    # April pays 50,000 + 12,000 and May 50,000 + 11,500; a tenth of what is above USD 1m goes.
    assert swept[2] == round(0.1 * (5_000_000 - 62_000 - 61_500 - 1_000_000)) * 100
    assert final.facilities[0].principal == 0  # all within the year


def test_a_sweep_without_a_breach_moves_nothing():
    plain = firm(loan(), **SWEEP)
    rich = firm(loan(covenants=liquidity(sweep_share=0.1)), cash=50_000_000, **SWEEP)
    assert rich.facilities[0].stopped == NEVER
    assert rich.facilities[0].principal == plain.facilities[0].principal > 0


def test_a_cure_pays_in_what_is_missing_and_counts():
    cures = {"count": 2, "until": FAR, "max_usd_each": 100_000}
    final = firm(loan(covenants=liquidity(cures=cures)))
    facility = final.facilities[0]
    # April misses 62,000, May the 61,500 of its own; June has no cure left.
    assert final.stocks[measures.CURED, 1:4].tolist() == [62_000_00, 61_500_00, 0]
    assert final.ledger[CASH_FROM_EQUITY].sum() == 123_500_00
    assert final.ledger[PAID_IN_CAPITAL, 1:].sum() == -123_500_00
    assert facility.stopped < NEVER
    assert final.covenants[0, MINIMUM_LIQUIDITY].broken < facility.stopped


@pytest.mark.parametrize(
    "change", [{"max_usd_each": 61_999}, {"count": 0}, {"until": dt.date(2026, 4, 29)}]
)
def test_a_cure_that_is_not_allowed_is_none(change):
    cures = {"count": 2, "until": FAR, "max_usd_each": 1_000_000} | change
    final = firm(loan(covenants=liquidity(cures=cures)))
    assert final.stocks[measures.CURED].sum() == 0


def test_cross_default_follows_another_facility_and_nothing_else():
    def pair(cross: bool) -> State:
        other = loan(covenants={"cross_default": cross})
        debts = {"loan": loan(covenants=liquidity()), "other": other}
        return played(quiet(debt=debts, balance={"cash_usd": 5_000_000}))

    assert pair(True).facilities[1].stopped == pair(True).facilities[0].stopped < NEVER
    assert pair(False).facilities[1].stopped == NEVER


def test_loan_to_value_counts_accepted_hardware_only():
    def bought(maximum: float) -> State:
        terms = {
            "commitment_usd": 8_000_000,
            "available_to": FAR,
            "advance_rate": 0.8,
            "undrawn_fee": 0,
            "draw_discount": 0,
            "amortisation": {"law": "bullet", "months": 36, "every_months": 1},
            "covenants": {"ltv": {"maximum": maximum, "from": DAY}},
        }
        debt = loan(**terms)
        del debt["opening"]
        contract = {
            "customer": "c",
            "rating": "other",
            "kind": "take-or-pay",
            "gpu": "G",
            "site": "S",
            "term_months": 24,
            "signed": dt.date(2026, 3, 31),
            "payment_days": 0,
            "late_start": "shifts",
            "facility": "loan",
            "price_usd_per_gpu_hour": 2,
            "tranches": [{"gpus": 1000, "start": dt.date(2026, 5, 1)}],
        }
        return played(quiet(debt={"loan": debt}, contracts={"one": contract}))

    final = bought(0.9)
    assert final.facilities[0].principal == 8_000_000_00
    # 80% of cost against 72 months of life: 0.9 x (1 - t / 72) = 0.8 eight months, 243.5 days,
    # after 1 May, on which it is ordered, in service and accepted; 31 December is 244 days after.
    assert date_of(final.covenants[0, LTV].broken) == dt.date(2026, 12, 31)
    assert bought(1.5).covenants[0, LTV].broken == NEVER


def test_a_hedge_fixes_its_share_of_the_base_rate_and_changes_interest_alone():
    def floating(**hedge: Any) -> State:
        debt = loan(base="SOFR", margin=0.02, **hedge)
        curve = [{"date": dt.date(2026, 1, 1), "rate": 0.10}]
        return firm(debt, rates={"curve": curve})

    bare = floating()
    half = floating(hedge={"share": 0.5, "swap_rate": 0.04})
    whole = floating(hedge={"share": 1.0, "swap_rate": 0.10})
    april = [s.ledger[INTEREST_CONTRACTUAL, 1] for s in (bare, half, whole)]
    assert april == [12_000_00, 9_000_00, 12_000_00]  # 12%, half at 12% and half at 6%
    assert (whole.ledger == bare.ledger).all()
    moved = np.flatnonzero((half.ledger != bare.ledger).any(axis=1))
    assert INTEREST_CONTRACTUAL in moved
    assert CASH_FROM_DRAWS not in moved


def test_a_debt_service_reserve_holds_the_coming_months_of_principal_and_interest():
    final = firm(loan(reserve_months=2))
    # After April 1,150,000 is left: May 50,000 + 11,500, June 50,000 + 11,000.
    assert final.ledger[RESTRICTED_CASH, 1] == 122_500_00
    bare = firm(loan())
    assert bare.ledger[RESTRICTED_CASH].sum() == 0
    assert (final.stocks[measures.DEBT_REPAID] == bare.stocks[measures.DEBT_REPAID]).all()
