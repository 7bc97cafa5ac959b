"""Segments and levers as rows and laws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.core.calendar import DAYS_PER_AVERAGE_MONTH
from gpusim.economics.core.records import Rows, rows
from gpusim.economics.core.state import (
    NEVER,
    NONE,
    PROGRAMME_TERMS,
    RAISED_TERMS,
    Floats,
    Ints,
    Offer,
    State,
)
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import (
    MARKET_STATES,
    RATINGS,
    TERM_LAWS,
    Index,
)
from gpusim.scenario.lowering.nouns.sales import expected_delay, fill_late_credits, fill_law
from gpusim.scenario.lowering.nouns.terms import fill_covenants, fill_notes, fill_terms
from gpusim.scenario.spec import identity
from gpusim.units_of_measure import cents_of, day_of

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.demand import Segment

LAW_FIGURES = 14


def fill_levers(s: State, scenario: Scenario, index: Index) -> None:
    """What the operator decides; without a [levers] table it signs nobody."""
    row, levers = s.policy[0], scenario.levers
    row.vendor = NONE
    if levers is None:
        return
    row.takes_offers = int(levers.takes_offers)
    row.price_markup = levers.price_markup
    row.hurdle_margin = levers.hurdle_margin
    row.capital_rate = levers.capital_rate
    row.minimum_term_days = days_of(levers.minimum_term_months)
    row.maximum_term_days = days_of(levers.maximum_term_months)
    row.minimum_prepayment = levers.minimum_prepayment
    row.investment_grade_only = int(levers.investment_grade_only)
    row.concentration_cap = levers.concentration_cap
    row.contract_share = levers.contract_share
    row.leverage_cap = levers.leverage_cap
    row.build_ahead_share = levers.build_ahead_share
    row.build_gen = index.gens.get(levers.build_gpu, 0)
    row.vendor = index.facilities.get(levers.vendor, NONE)
    row.vendor_share = levers.vendor_share
    row.loan_programme = int(levers.programme)
    row.refresh_age_days = levers.refresh_age_days
    row.liquidity_floor = cents_of(levers.liquidity_floor_usd)
    row.liquidity_months = levers.liquidity_months
    row.raising_share = levers.raising_share
    row.waiting_gpus = levers.waiting_gpus


def fill_programme(s: State, scenario: Scenario) -> None:
    """Terms of loans to come."""
    terms = scenario.programme
    if terms is None:
        return
    fill_terms(s.terms[PROGRAMME_TERMS], terms, scenario.base_rate)
    fill_covenants(s.loan_programme_covenants, terms.covenants)
    row = s.loan_programme[0]
    row.closing_days = terms.closing_days
    row.availability_days = days_of(terms.availability_months)
    row.margin_investment_grade = terms.margin_by_rating.investment_grade
    row.margin_other = terms.margin_by_rating.other


def fill_raising(s: State, scenario: Scenario) -> None:
    """Terms of notes and shares to come."""
    terms = scenario.raising
    if terms is None:
        return
    fill_notes(s.terms[RAISED_TERMS], terms.notes)
    row = s.capital_raising[0]
    row.id = identity("raising")
    row.months_ahead = terms.months_ahead
    row.floor = cents_of(terms.floor_usd)
    row.smallest = cents_of(terms.smallest_usd)
    row.leverage_cap = terms.leverage_cap
    row.notes_capacity = cents_of(terms.notes.capacity_usd_per_year)
    row.margin = terms.notes.margin
    row.equity_capacity = cents_of(terms.equity.capacity_usd_per_year)
    row.equity_discount = terms.equity.discount
    row.equity_costs = terms.equity.costs_share


def days_of(months: int) -> int:
    """Average months as days.

    >>> days_of(12)
    365
    """
    return int(months * DAYS_PER_AVERAGE_MONTH)


def segment_rates(scenario: Scenario) -> Floats:
    """Offers a year by segment and market state."""
    return segment_table(
        scenario,
        len(MARKET_STATES),
        lambda s: [getattr(s.arrivals_per_year, state) for state in MARKET_STATES],
    )


def segment_table(
    scenario: Scenario, width: int, figures: Callable[[Segment], Sequence[float]]
) -> Floats:
    """One row of figures a segment."""
    table = np.zeros((len(scenario.segments), width))
    for k, segment in enumerate(scenario.segments.values()):
        table[k] = figures(segment)
    return table


def law_of(scenario: Scenario, segment: Segment) -> list[float]:
    """The laws of a segment in the order of world/demand.py."""
    failure = 0.0
    if scenario.defaults is not None:
        good = segment.rating == "investment-grade"
        failure = (scenario.defaults.investment_grade if good else scenario.defaults.other).balanced
    gpu = scenario.gpus[segment.gpu]
    return [
        float(segment.gpus_median),
        segment.gpus_log_sd,
        float(segment.gpus_multiple),
        float(segment.start.planned_days),
        float(segment.start.sd_days),
        segment.prepayment.chance,
        segment.willingness,
        segment.willingness_log_sd,
        segment.long_stop_use,
        failure,
        segment.renewal.chance,
        float(gpu.fitout.sd_days),
        float(TERM_LAWS.index(segment.term_law)),
        segment.term_sd_share,
    ]


def segment_terms(scenario: Scenario, index: Index) -> Rows[Offer]:
    """What every offer of a segment has in common."""
    table = rows(Offer, len(scenario.segments))
    for k, (name, segment) in enumerate(scenario.segments.items()):
        row = table[k]
        row.id = identity(f"segments.{name}")
        row.segment = k
        row.gen = index.gens[segment.gpu]
        row.rating = RATINGS.index(segment.rating)
        row.payment_days = segment.payment_days
        row.expected_delay = expected_delay(segment.late_payment)
        row.exit_notice_days = segment.exit_notice_days
        row.exit_price_share = segment.exit_price_share
        row.long_stop_days = segment.long_stop_days
        row.prepayment_share = segment.prepayment.share
        row.prepayment_days = segment.prepayment.days_before_start
        fill_law(row, segment.prepayment)
        row.renew_months = segment.renewal.term_months
        row.renew_price_share = segment.renewal.price_share or 0.0
        row.renew_times = segment.renewal.times or NEVER
        row.sla_allowance = 1.0 - segment.sla.availability if segment.sla else 0.0
        row.sla_multiple = segment.sla.credit_multiple if segment.sla else 1.0
        fill_late_credits(row, segment.late_credits)
        row.fitout_days = scenario.gpus[segment.gpu].fitout.planned_days
        row.acceptance_days = scenario.gpus[segment.gpu].acceptance.planned_days
    return table


def first_months(scenario: Scenario, horizon: Horizon) -> Ints:
    """First month in which each segment asks; one beyond the calendar never does."""
    first = np.ones(len(scenario.segments), np.int64)
    for k, segment in enumerate(scenario.segments.values()):
        if segment.asks_from is not None:
            day = day_of(segment.asks_from)
            later = [m for m in range(1, horizon.months + 1) if horizon.month_end[m - 1] + 1 >= day]
            first[k] = later[0] if later else horizon.months + 1
    return first


def term_choices(scenario: Scenario) -> Ints:
    """Terms a segment may want [days]; padded with its last."""
    width = max((len(s.term_months) for s in scenario.segments.values()), default=1)
    table = np.zeros((len(scenario.segments), width), np.int64)
    for k, segment in enumerate(scenario.segments.values()):
        days = [days_of(months) for months in segment.term_months]
        table[k] = days + [days[-1]] * (width - len(days))
    return table


def term_weights(scenario: Scenario) -> Floats:
    """How often each, cumulative; padded with 1."""
    width = max((len(s.term_weights) for s in scenario.segments.values()), default=1)
    table = np.ones((len(scenario.segments), width))
    for k, segment in enumerate(scenario.segments.values()):
        table[k, : len(segment.term_weights)] = np.cumsum(segment.term_weights)
    return table
