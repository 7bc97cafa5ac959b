"""What lenders test and hedge, on rows of facilities and of the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpusim.economics.core.state import NEVER, NONE, OWN_CONTRACTS, WHOLE_FIRM
from gpusim.economics.debt.covenants import KINDS
from gpusim.units_of_measure import cents_of, day_of

if TYPE_CHECKING:
    from gpusim.economics.core.state import Covenant, Facility, Programme, Rows
    from gpusim.economics.debt.covenants import Kind
    from gpusim.scenario.tables.lending.covenants import Covenants
    from gpusim.scenario.tables.lending.debt import Hedge


def fill_covenants(
    row: Facility | Programme, tests: Rows[Covenant], covenants: Covenants | None
) -> None:
    """What is tested, from when, and what a breach does; nothing is broken yet."""
    for number, kind in enumerate(KINDS):
        tests[number].broken = NEVER
        if covenants and (terms := getattr(covenants, kind.key)):
            fill_test(tests[number], kind, terms)
    if covenants is None:
        return
    row.service_fee = covenants.dscr.service_fee_share if covenants.dscr else 0.0
    row.stops_draws = int(covenants.stops_draws)
    row.sweep_share = covenants.sweep_share
    row.cross_default = int(covenants.cross_default)
    if covenants.cures:
        row.cures_left = covenants.cures.count
        row.cures_until = day_of(covenants.cures.until)
        row.cure_limit = cents_of(covenants.cures.max_usd_each)


def fill_test(test: Covenant, kind: Kind, terms: Any) -> None:
    """Limit, first day and scope of one kind, from its table in a model file."""
    limit = getattr(terms, kind.limit_key)
    test.limit = cents_of(limit) if kind.unit == "USD" else limit
    test.since = day_of(terms.tested_from)
    own = getattr(terms, "scope", "operator") == "facility"
    test.scope = OWN_CONTRACTS if own else WHOLE_FIRM


def fill_hedge(row: Facility | Programme, hedge: Hedge | None) -> None:
    """The part of the principal that pays a swap rate."""
    if hedge:
        row.hedged_share = hedge.share
        row.swap_rate = hedge.swap_rate


def fill_untested(row: Facility) -> None:
    """Named by the scenario, and nothing broken yet."""
    row.stated = 1
    row.size_binds = row.cut_by = NONE
    row.cut_day = NEVER
    row.first_stopped = row.accelerated = row.seized = NEVER
    row.stopped = row.cleared = row.cured = NEVER
    row.refinanced = row.refused = row.conversion_day = row.first_unpaid = NEVER
