"""Unit economics on the planned path: what a contract, a generation and a site's megawatt earn.

Timing is that of `appraisal/unit_cash.py`: hardware paid, prepayment and loan received in month 0,
then the term, cash at each month's end. Rates of return come from monthly cash, compounded to a
year; `irr_year_end` has the same cash at year ends. A figure that does not exist has a reason.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal import lot_loans, unit_cash, unit_lots, unit_sizes
from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.returns import MONTH_ENDS, Figure, Timing
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_figures import HURDLE, Deal, Group, Row, View, judged, prices
from gpusim.appraisal.unit_lots import KW_PER_MW, Lot
from gpusim.economics.core.calendar import HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.scenario import Explained, Scenario, explained, source_rows

CENT: Final = 0.01


class Units(NamedTuple):
    """The rows, and how much of what they rest on is assumed."""

    scenario: Scenario
    view: View
    residual: float | None  # None: hardware is worth its book value at the end
    explained: Explained
    rows: list[Row]

    @property
    def hurdle(self) -> float:
        """Return asked for [1/year]."""
        return self.view.hurdle


Lending = Callable[[Group, float], list[list[Borrowed]]]
"""Loans of a group's lots at so many times its price."""
Known = dict[tuple[int, ...], dict[str, Figure]]
"""Break-even prices of lots: often a contract's are all of a generation and of a site too."""


def compute(
    scenario: Scenario,
    *,
    contract: str | None = None,
    hurdle: float = HURDLE,
    residual_share: float | None = None,
    price_path: Sequence[float] = (1.0,),
    timing: Timing = MONTH_ENDS,
) -> Units:
    """Every row of a scenario, or those of one contract.

    hurdle [1/year]; residual_share: of hardware cost, fetched at the end of the term; None: its
    book value [share]; price_path: on-demand price of each year over today's,
    the last one kept [ratio]; timing: when what is earned counts.
    """
    view = View(hurdle, timing)
    lots = unit_lots.lots_of(scenario, residual_share)
    loans = lot_loans.loans_of(scenario, lots, unit_sizes.sizes(scenario))
    lend = _lending(scenario, lots)
    pairs = [
        (lot, own)
        for lot, own in zip(lots, loans, strict=True)
        if contract is None or lot.contract == contract
    ]
    groups = [_group(scenario, "contract", name, pairs) for name in _names(pairs, "contract")]
    groups += [_group(scenario, "generation", name, pairs) for name in _names(pairs, "gpu")]
    groups += [_group(scenario, "site", name, pairs) for name in _names(pairs, "site")]
    if len(_names(pairs, "contract")) > 1:
        groups.append(_group(scenario, "total", "all contracts", pairs))
    known: Known = {}
    rows = [_row(group, view, lend, known) for group in groups]
    if contract is None:
        rows += [
            _on_demand(scenario, gpu, lots, view, residual_share, price_path)
            for gpu in scenario.gpus
            if scenario.sites and scenario.gpus[gpu].on_demand_usd_per_gpu_hour > 0
        ]
    return Units(scenario, view, residual_share, explained(source_rows(scenario)), rows)


def _names(pairs: list[tuple[Lot, list[Borrowed]]], field: str) -> list[str]:
    return list(dict.fromkeys(getattr(lot, field) for lot, _ in pairs))


def _group(
    scenario: Scenario, kind: str, name: str, pairs: list[tuple[Lot, list[Borrowed]]]
) -> Group:
    field = {"contract": "contract", "generation": "gpu", "site": "site"}.get(kind)
    own = [pair for pair in pairs if field is None or getattr(pair[0], field) == name]
    notes = []
    if any(lot.status == "in-service" for lot, _ in own):
        notes.append("hardware in service: capital is what the books carry, the term what is left")
    if any(lot.status == "delivered" for lot, _ in own):
        notes.append("hardware delivered: its loans were drawn before and are not attributed")
    if any(lot.cash.credited.sum() > lot.cash.prepaid.sum() + CENT for lot, _ in own):
        notes.append("prepayments received before the as-of day come off invoices, cash in is past")
    facilities = {b.facility for _, borrowed in own for b in borrowed}
    covenants = [unit_lots.covenants_of(scenario, facility) for facility in facilities]
    minimum = [c.dscr.minimum for c in covenants if c is not None and c.dscr is not None]
    return Group(
        kind,
        name,
        [lot for lot, _ in own],
        [borrowed for _, borrowed in own],
        max(minimum, default=None),
        tuple(notes),
    )


def _lending(scenario: Scenario, lots: list[Lot]) -> Lending:
    """Loans of some contracts at so many times their price, where a lender sizes by cover."""

    @functools.cache
    def lend(names: frozenset[str], factor: float) -> list[list[Borrowed]]:
        other = unit_sizes.at_price(scenario, factor, names)
        loans = lot_loans.loans_of(other, lots, unit_sizes.sizes(other))
        return [own for lot, own in zip(lots, loans, strict=True) if lot.contract in names]

    def of(group: Group, factor: float) -> list[list[Borrowed]]:
        parts = [part for own in group.borrowed for part in own]
        if factor == 1.0 or not any(unit_sizes.covered(scenario, p.facility) for p in parts):
            return group.borrowed
        names = frozenset(lot.contract for lot in group.lots)
        every = [lot for lot in lots if lot.contract in names]
        places = {id(lot): own for lot, own in zip(every, lend(names, factor), strict=True)}
        return [places[id(lot)] for lot in group.lots]

    return of


def _row(group: Group, view: View, lend: Lending, known: Known) -> Row:
    kw = sum(lot.kw for lot in group.lots)
    mw_years = sum(lot.kw * lot.months for lot in group.lots) / KW_PER_MW / MONTHS_PER_YEAR
    deal = _deal(group, lend)
    lots = tuple(map(id, group.lots))
    if lots not in known:
        known[lots] = prices(group, deal, view)
    return judged(group, deal, known[lots], view=view, mw=kw / KW_PER_MW, mw_years=mw_years)


def _deal(group: Group, lend: Lending) -> Deal:
    """The group's cash at so many times the price of each of its contracts."""
    plain = unit_cash.total([lot.cash for lot in group.lots])
    moving = unit_cash.total([lot.moving for lot in group.lots])
    lots = zip(group.lots, group.borrowed, strict=True)
    as_planned = [_with_loans(lot.cash, own) for lot, own in lots]

    def levered(factor: float) -> Cash:
        parts = []
        borrowed = lend(group, factor)
        for lot, own, now, planned in zip(
            group.lots, group.borrowed, borrowed, as_planned, strict=True
        ):
            if now is own and not any(part.follows for part in own):
                parts.append(unit_cash.priced(planned, lot.moving, factor))
            else:
                parts.append(_with_loans(unit_cash.priced(lot.cash, lot.moving, factor), now))
        return unit_cash.total(parts)

    hours = float(plain.gpu_hours.sum())
    return Deal(
        lambda factor: unit_cash.priced(plain, moving, factor),
        levered,
        float(plain.revenue.sum()) / hours if hours else 0.0,
    )


def _with_loans(cash: Cash, borrowed: list[Borrowed]) -> Cash:
    for part in borrowed:
        cash = unit_cash.borrow(cash, part.loan)
    return cash


def _on_demand(
    scenario: Scenario,
    gpu: str,
    lots: list[Lot],
    view: View,
    residual_share: float | None,
    price_path: Sequence[float],
) -> Row:
    """One GPU bought today and sold on demand over its book life, at the site that has most."""
    own = scenario.gpus[gpu]
    months = max(1, round(own.book_life_years * MONTHS_PER_YEAR))
    use = getattr(scenario.market.on_demand_use, scenario.market.start_state)
    year = np.minimum(np.arange(months) // MONTHS_PER_YEAR, len(price_path) - 1)
    path = own.on_demand_usd_per_gpu_hour * np.asarray(price_path, np.float64)[year]
    cash = unit_cash.blank(months)
    cash.gpu_hours[1:] = use * HOURS_PER_MONTH
    cash.capital[0] = own.capex_usd_per_gpu
    cash.employed[0] = own.capex_usd_per_gpu * months / MONTHS_PER_YEAR
    charges = unit_lots.depreciation(scenario, gpu, own.capex_usd_per_gpu, months)
    cash.residual[-1] = unit_lots.residual(own.capex_usd_per_gpu, charges, residual_share)
    site = _home(scenario, gpu, lots)
    kw = own.it_kw_per_gpu
    cash = cash._replace(depreciation=charges, **unit_lots.site_costs(scenario, site, kw, months))

    def at(factor: float) -> Cash:
        billed = np.zeros(months + 1)
        listed = np.maximum(factor * path, own.floor_usd_per_gpu_hour)
        billed[1:] = use * HOURS_PER_MONTH * listed
        carried = unit_lots.carried_before(own.capex_usd_per_gpu, charges)
        bases = unit_lots.bases_of(billed, kw, own.capex_usd_per_gpu, gpus=1, carried=carried)
        return cash._replace(revenue=billed, overhead=unit_lots.overhead(scenario, bases))

    notes = (f"{use:.0%} of hours sold, at {site}; fixed overheads are left out",)
    mw = kw / KW_PER_MW
    group = Group("on-demand", gpu, [], [], None, notes)
    deal = Deal(at, at, own.on_demand_usd_per_gpu_hour if use > 0 else 0.0)
    return judged(
        group,
        deal,
        prices(group, deal, view),
        view=view,
        mw=mw,
        mw_years=mw * months / MONTHS_PER_YEAR,
        gpus=1,
    )


def _home(scenario: Scenario, gpu: str, lots: list[Lot]) -> str:
    """The site with most of a generation signed, else the largest site."""
    power: dict[str, float] = {}
    for lot in lots:
        if lot.gpu == gpu:
            power[lot.site] = power.get(lot.site, 0.0) + lot.kw
    if not power:
        power = {n: sum(p.it_mw for p in site.phases) for n, site in scenario.sites.items()}
    return max(power, key=lambda name: power[name])
