"""What lenders test and hedge, on rows of facilities and of the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpusim.economics.core.state import NEVER, NONE, OWN_CONTRACTS, WHOLE_FIRM
from gpusim.units_of_measure import cents_of, day_of

if TYPE_CHECKING:
    from gpusim.economics.core.state import Facility, Programme
    from gpusim.scenario.tables.debt import Covenants, Hedge


def fill_covenants(row: Facility | Programme, covenants: Covenants | None) -> None:
    """What is tested, from when, and what a breach does."""
    if covenants and covenants.dscr:
        row.dscr_minimum = covenants.dscr.minimum
        row.dscr_from = day_of(covenants.dscr.tested_from)
        row.dscr_scope = OWN_CONTRACTS if covenants.dscr.scope == "facility" else WHOLE_FIRM
        row.service_fee = covenants.dscr.service_fee_share
    if covenants and covenants.minimum_liquidity:
        row.liquidity_minimum = cents_of(covenants.minimum_liquidity.minimum_usd)
        row.liquidity_from = day_of(covenants.minimum_liquidity.tested_from)
    if covenants and covenants.contract_realisation:
        row.realisation_minimum = covenants.contract_realisation.minimum
        row.realisation_from = day_of(covenants.contract_realisation.tested_from)
    if covenants and covenants.ltv:
        row.ltv_maximum = covenants.ltv.maximum
        row.ltv_from = day_of(covenants.ltv.tested_from)
    if covenants and covenants.ltv_market:
        row.ltv_market_maximum = covenants.ltv_market.maximum
        row.ltv_market_from = day_of(covenants.ltv_market.tested_from)
    if covenants:
        row.stops_draws = int(covenants.stops_draws)
        row.sweep_share = covenants.sweep_share
        row.cross_default = int(covenants.cross_default)
    if covenants and covenants.cures:
        row.cures_left = covenants.cures.count
        row.cures_until = day_of(covenants.cures.until)
        row.cure_limit = cents_of(covenants.cures.max_usd_each)


def fill_hedge(row: Facility | Programme, hedge: Hedge | None) -> None:
    """The part of the principal that pays a swap rate."""
    if hedge:
        row.hedged_share = hedge.share
        row.swap_rate = hedge.swap_rate


def fill_untested(row: Facility) -> None:
    """Named by the scenario, and nothing broken yet."""
    row.stated = 1
    for day in ("dscr", "liquidity", "realisation", "ltv", "ltv_market"):
        setattr(row, f"{day}_breach", NEVER)
    row.size_binds = row.cut_by = NONE
    row.cut_day = NEVER
    row.first_stopped = row.accelerated = row.seized = NEVER
    row.stopped = row.cleared = row.cured = NEVER
    row.refinanced = row.refused = row.conversion_day = row.first_unpaid = NEVER
