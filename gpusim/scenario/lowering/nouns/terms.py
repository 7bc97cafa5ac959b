"""What a lender and the firm agree as rows: terms of a loan, and what is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpusim.economics.core.state import (
    ACT_360,
    BULLET,
    COVERS,
    LAWS,
    NEVER,
    NONE,
    OWN_CONTRACTS,
    STRAIGHT,
    THIRTY_360,
    WHOLE_FIRM,
)
from gpusim.economics.debt.covenants import KINDS
from gpusim.scenario.lowering.frame.index import DAY_COUNTS, STUBS
from gpusim.scenario.tables.lending.cost_base import lent_of, part_of
from gpusim.scenario.tables.lending.debt import Debt
from gpusim.units_of_measure import CENTS_PER_USD, cents_of, day_of

if TYPE_CHECKING:
    from gpusim.economics.core.records import Rows
    from gpusim.economics.core.state import Covenant, LoanTerms
    from gpusim.economics.debt.covenants import Kind
    from gpusim.scenario.tables.lending.amortisation import Amortisation
    from gpusim.scenario.tables.lending.cash_trap import CashTrap
    from gpusim.scenario.tables.lending.covenants import Covenants
    from gpusim.scenario.tables.lending.programme import Programme
    from gpusim.scenario.tables.lending.raising import NotesIssue
    from gpusim.scenario.tables.lending.rates import Hedge

AS_STATED = (
    "base_floor",
    "undrawn_fee",
    "draw_discount",
    "upfront_fee",
    "size_dscr",
    "size_ltv",
    "reserve_share",
    "reserve_months",
    "seniority",
)
"""Keys of [debt.NAME] and of [programme] that are columns of their terms."""
BULLETS = ("notes", "convertible", "revolver")
"""Kinds of debt that fall due at once, if nothing else is agreed."""


def fill_terms(row: LoanTerms, terms: Debt | Programme, base: float, months: int = 0) -> None:
    """What is agreed in [debt.NAME] or in [programme], on a blank row.

    base: base rate of the as-of day [1/year]; months: of a debt without amortisation, which only
    runs off.
    """
    for key in AS_STATED:
        setattr(row, key, getattr(terms, key) or 0)
    row.advance_rate = lent_of(terms, terms.advance_rate, base)
    if "reserve" in (terms.cost_base or ()):
        row.reserve_counted = part_of(terms, "reserve", base)
    row.draws_interest = int("interest" in (terms.cost_base or ()))
    costs = terms.running_cost_share
    row.running_cost_share = NONE if costs is None else costs
    fill_hedge(row, terms.hedge)
    fill_breach(row, terms.covenants)
    if isinstance(terms, Debt):
        fill_debt_terms(row, terms, months)
    else:
        row.floating, row.spread_index, row.day_count = 1, 1.0, ACT_360
    if terms.amortisation:
        fill_amortisation(row, terms.amortisation)


def fill_debt_terms(row: LoanTerms, debt: Debt, months: int) -> None:
    """What only a debt that is named can agree, and how it is repaid if it does not say."""
    row.floating = int(debt.base == "SOFR")
    row.day_count = DAY_COUNTS[debt.day_count]
    row.conversion_price = (debt.conversion_price_usd or 0.0) * CENTS_PER_USD
    row.non_recourse = int(not debt.recourse)
    row.default_after = debt.default_after_months
    if debt.refinance:
        row.refinance_months = debt.refinance.months
        row.refinance_margin = debt.refinance.margin_shift
    if debt.cash_sweep:
        row.excess_share = debt.cash_sweep.share
        row.excess_from = day_of(debt.cash_sweep.swept_from)
        row.excess_scope = OWN_CONTRACTS if debt.cash_sweep.scope == "facility" else WHOLE_FIRM
    if debt.cash_trap:
        fill_trap_terms(row, debt.cash_trap)
    row.law = BULLET if debt.kind in BULLETS else STRAIGHT
    row.months = months
    row.every_months = debt.opening.every_months if debt.opening else 1


def fill_trap_terms(row: LoanTerms, trap: CashTrap) -> None:
    """When a lender keeps spare cash, gives it back, or is repaid with it."""
    row.trap_level = trap.min_dscr
    row.trap_from = day_of(trap.trapped_from) if trap.trapped_from else 0
    row.trap_scope = OWN_CONTRACTS if trap.scope == "facility" else WHOLE_FIRM
    row.trap_release = trap.release_quarters
    row.trap_prepay = trap.prepay_quarters or 0


def fill_amortisation(row: LoanTerms, plan: Amortisation) -> None:
    """How each draw to come is repaid: every key is a column, words are numbers there.

    Raises:
        AttributeError: a key without a column.
    """
    words = {
        "law": LAWS.index(plan.law),
        "cover": COVERS.index(plan.cover),
        "stub": STUBS[plan.stub],
    }
    for key, value in plan:
        setattr(row, key, words.get(key, value or 0))


def fill_notes(row: LoanTerms, notes: NotesIssue) -> None:
    """Notes of [raising]: a fixed coupon, and all of it due at once."""
    row.day_count = THIRTY_360
    row.draw_discount = notes.costs_share
    row.law = BULLET
    row.months = notes.months
    row.every_months = notes.every_months
    row.seniority = notes.seniority


def fill_hedge(row: LoanTerms, hedge: Hedge | None) -> None:
    """The part of the principal that pays a swap rate."""
    if hedge:
        row.hedged_share = hedge.share
        row.swap_rate = hedge.swap_rate


def fill_breach(row: LoanTerms, covenants: Covenants | None) -> None:
    """What a breach does, and how shareholders may cure it."""
    if covenants is None:
        return
    row.service_fee = covenants.dscr.service_fee_share if covenants.dscr else 0.0
    row.stops_draws = int(covenants.stops_draws)
    row.sweep_share = covenants.sweep_share
    row.cross_default = int(covenants.cross_default)
    if covenants.cures:
        row.cures_allowed = covenants.cures.count
        row.cures_until = day_of(covenants.cures.until)
        row.cure_limit = cents_of(covenants.cures.max_usd_each)


def fill_covenants(tests: Rows[Covenant], covenants: Covenants | None) -> None:
    """What is tested and from when; nothing is broken yet."""
    for number, kind in enumerate(KINDS):
        tests[number].broken = NEVER
        if covenants and (terms := getattr(covenants, kind.key)):
            fill_test(tests[number], kind, terms)


def fill_test(test: Covenant, kind: Kind, terms: Any) -> None:
    """Limit, first day and scope of one kind, from its table in a model file."""
    limit = getattr(terms, kind.limit_key)
    test.limit = cents_of(limit) if kind.unit == "USD" else limit
    test.since = day_of(terms.tested_from)
    own = getattr(terms, "scope", "operator") == "facility"
    test.scope = OWN_CONTRACTS if own else WHOLE_FIRM
