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

from gpusim.appraisal import returns, unit_cash, unit_lots, unit_sizes
from gpusim.appraisal.returns import Figure, Irr
from gpusim.appraisal.unit_cash import NO_LOAN, Cash
from gpusim.appraisal.unit_lots import KW_PER_MW, Borrowed, Lot
from gpusim.economics.core.calendar import HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats
from gpusim.scenario import Explained, Scenario, explained, source_rows

HURDLE: Final = 0.10
LITTLE_EQUITY: Final = 0.1
CENT: Final = 0.01
PARTLY: Final = "a part of it has no loan attributed"

UNITS: Final = {
    "rent_price": ("USD/GPU-hour", "what the customer pays for a billed GPU-hour"),
    "capital_recovery": ("USD/GPU-hour", "hardware less its value at the end, over hours billed"),
    "power_cost": ("USD/GPU-hour", "energy and grid charge"),
    "site_rent": ("USD/GPU-hour", "fixed and variable rent of the space the GPUs fill"),
    "staff_cost": ("USD/GPU-hour", "site staff"),
    "overhead_cost": ("USD/GPU-hour", "overheads in cash; pay in shares is left out"),
    "interest_cost": ("USD/GPU-hour", "interest, discount and fees of its loans"),
    "margin": ("USD/GPU-hour", "rent less all of these"),
    "ebitda_share": ("share", "EBITDA over revenue"),
    "ebitda_share_before_rent": ("share", "the same before site rent"),
    "irr_unlevered": ("1/year", "of the lot without its loans, monthly cash, compounded"),
    "irr_year_end": ("1/year", "the same flows, each year's at its end"),
    "irr_levered": ("1/year", "of what the owner puts in, monthly cash, compounded"),
    "annualised_multiple": ("1/year", "(net cash after month 0 / cash put in)^(1/years) - 1"),
    "payback_years": ("years", "until net cash has returned what was put in"),
    "payback_before_power_years": ("years", "the same with power for nothing"),
    "dscr_lowest": ("ratio", "cash over debt service in the worst year of the term"),
    "dscr_lowest_before_rent": ("ratio", "the same before site rent"),
    "price_return_of_capital": ("USD/GPU-hour", "rent at which net cash over the term is zero"),
    "price_at_hurdle": ("USD/GPU-hour", "rent at which present value at the hurdle is zero"),
    "price_at_dscr_one": ("USD/GPU-hour", "rent at which the worst year's DSCR is 1"),
    "price_at_dscr_one_before_rent": ("USD/GPU-hour", "the same before site rent"),
    "price_at_covenant": ("USD/GPU-hour", "rent at which the worst year's DSCR is the covenant's"),
    "price_at_covenant_before_rent": ("USD/GPU-hour", "the same before site rent"),
    "loan": ("USD", "face drawn in month 0"),
    "debt_capacity": ("USD", "least of its lender's caps: cover, advance rate, value, commitment"),
    "capital_per_mw": ("USD/MW", "hardware cost over critical IT power"),
    "revenue_per_mw_year": ("USD/MW-year", "revenue over MW and years"),
    "ebitda_per_mw_year": ("USD/MW-year", "EBITDA over MW and years"),
    "return_on_capital": ("1/year", "EBITDA less depreciation, over gross hardware cost"),
    "revenue_per_mw_year_at_zero_return": ("USD/MW-year", "revenue at which that return is zero"),
    "revenue_per_mw_year_at_hurdle_return": ("USD/MW-year", "revenue at which it is the hurdle"),
}
"""Unit and meaning of each figure.

A break-even price is found by moving the price and everything that follows it, so that a contract
at that price returns the target. Of several contracts it is their average rent, all prices moved by
one factor; of GPUs on demand it is today's list price.
"""


class Row(NamedTuple):
    """One contract, generation, site or the total."""

    kind: str  # contract, generation, on-demand, site or total
    name: str
    gpus: int
    mw: float
    term_years: float  # longest of its lots
    figures: dict[str, Figure]
    dscr: list[Figure]  # by year of the term
    dscr_before_rent: list[Figure]
    irr_roots: dict[str, list[float]]  # every real root [1/year]
    notes: tuple[str, ...]


class Units(NamedTuple):
    """The rows, and how much of what they rest on is assumed."""

    scenario: Scenario
    hurdle: float
    residual: float | None  # None: hardware is worth its book value at the end
    explained: Explained
    rows: list[Row]


class Deal(NamedTuple):
    """The cash of what is judged together, at so many times its price."""

    plain: Callable[[float], Cash]  # before loans
    levered: Callable[[float], Cash]
    price: float  # at which it is planned, over the hours billed [USD/GPU-hour]


class Group(NamedTuple):
    """Lots judged together."""

    kind: str
    name: str
    lots: list[Lot]
    borrowed: list[list[Borrowed]]
    covenant: float | None
    notes: tuple[str, ...] = ()


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
) -> Units:
    """Every row of a scenario, or those of one contract.

    hurdle [1/year]; residual_share: of hardware cost, fetched at the end of the term; None: its
    book value [share]; price_path: on-demand price of each year over today's,
    the last one kept [ratio].
    """
    lots = unit_lots.lots_of(scenario, residual_share)
    loans = unit_lots.loans_of(scenario, lots, unit_sizes.sizes(scenario))
    lend = _lending(scenario, lots)
    share = unit_lots.revenue_share(scenario)
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
    rows = [_row(group, hurdle, lend, known) for group in groups]
    if contract is None:
        rows += [
            _on_demand(scenario, gpu, lots, share, hurdle, residual_share, price_path)
            for gpu in scenario.gpus
            if scenario.sites and scenario.gpus[gpu].on_demand_usd_per_gpu_hour > 0
        ]
    return Units(scenario, hurdle, residual_share, explained(source_rows(scenario)), rows)


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
        loans = unit_lots.loans_of(other, lots, unit_sizes.sizes(other))
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


def _row(group: Group, hurdle: float, lend: Lending, known: Known) -> Row:
    kw = sum(lot.kw for lot in group.lots)
    mw_years = sum(lot.kw * lot.months for lot in group.lots) / KW_PER_MW / MONTHS_PER_YEAR
    deal = _deal(group, lend)
    lots = tuple(map(id, group.lots))
    if lots not in known:
        known[lots] = _prices(group, deal, hurdle)
    return _judged(group, deal, known[lots], hurdle=hurdle, mw=kw / KW_PER_MW, mw_years=mw_years)


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


def _judged(
    group: Group,
    deal: Deal,
    prices: dict[str, Figure],
    *,
    hurdle: float,
    mw: float,
    mw_years: float,
    gpus: int | None = None,
) -> Row:
    plain, cash = deal.plain(1.0), deal.levered(1.0)
    unlevered, levered = returns.irr(plain.unlevered), returns.irr(cash.levered)
    year_end = returns.irr(_by_year(plain.unlevered))
    why = _without_loan(group)
    figures = unit_cash.hourly(cash)
    figures["ebitda_share"] = _over(plain.ebitda, plain.revenue, "nothing is billed")
    figures["ebitda_share_before_rent"] = _over(
        plain.ebitda + plain.rent, plain.revenue, "nothing is billed"
    )
    figures["irr_unlevered"] = _yearly(unlevered)
    figures["irr_year_end"] = Figure(year_end.value, year_end.reason)
    figures["irr_levered"] = Figure(None, why) if why else _yearly(levered)
    alone = [lot.cash.unlevered for lot in group.lots] or [plain.unlevered]
    figures["annualised_multiple"] = returns.joint_multiple(alone, MONTHS_PER_YEAR)
    figures["payback_years"] = returns.payback(plain.unlevered, MONTHS_PER_YEAR)
    figures["payback_before_power_years"] = returns.payback(
        plain.unlevered + plain.power, MONTHS_PER_YEAR
    )
    years = [] if why else unit_cash.dscr_by_year(cash)
    before = [] if why else unit_cash.dscr_by_year(cash, before_rent=True)
    figures["dscr_lowest"] = Figure(None, why) if why else unit_cash.lowest(years)
    figures["dscr_lowest_before_rent"] = Figure(None, why) if why else unit_cash.lowest(before)
    figures |= prices
    figures["loan"] = Figure(None, NO_LOAN)
    if cash.drawn.any():
        figures["loan"] = Figure(float(cash.drawn.sum()))
    capacity, told = _capacity(group)
    figures["debt_capacity"] = capacity
    figures |= _per_mw(deal, hurdle, mw, mw_years)
    roots = {"unlevered": unlevered} | ({} if why else {"levered": levered})
    notes = [f"{name} IRR: {irr.note}" for name, irr in roots.items() if irr.note]
    put_in = -float(cash.levered[0]) / float(cash.capital.sum() or 1.0)
    if not why and 0 < put_in < LITTLE_EQUITY:
        notes.append(f"the owner puts in {put_in:.1%} of the cost, which makes levered IRR large")
    return Row(
        group.kind,
        group.name,
        sum(lot.gpus for lot in group.lots) if gpus is None else gpus,
        mw,
        (len(cash.revenue) - 1) / MONTHS_PER_YEAR,
        {name: figures[name] for name in UNITS},
        years,
        before,
        {name: _annual_roots(irr) for name, irr in roots.items()},
        (*group.notes, *told, *notes),
    )


def _without_loan(group: Group) -> str:
    """Why figures after debt are not defined; empty where they are."""
    if not any(group.borrowed):
        return NO_LOAN
    return "" if all(group.borrowed) else PARTLY


def _by_year(flows: Floats) -> Floats:
    """Monthly flows with each year's at its end; month 0 stays."""
    later = flows[1:]
    years = -(-len(later) // MONTHS_PER_YEAR)
    padded = np.zeros(years * MONTHS_PER_YEAR)
    padded[: len(later)] = later
    return np.concatenate([flows[:1], padded.reshape(years, MONTHS_PER_YEAR).sum(axis=1)])


def _yearly(irr: Irr) -> Figure:
    if irr.value is None:
        return Figure(None, irr.reason)
    return Figure(returns.annualised(irr.value, MONTHS_PER_YEAR))


def _annual_roots(irr: Irr) -> list[float]:
    return [returns.annualised(root, MONTHS_PER_YEAR) for root in irr.roots]


def _over(flows: Floats, base: Floats, reason: str) -> Figure:
    whole = float(base.sum())
    return Figure(float(flows.sum()) / whole) if whole > 0 else Figure(None, reason)


def _prices(group: Group, deal: Deal, hurdle: float) -> dict[str, Figure]:
    """Prices at which something is at its target, everything that follows a price moved with it."""
    why = _without_loan(group)
    found = {
        "price_return_of_capital": _price(deal, deal.plain, "total", 0.0),
        "price_at_hurdle": _price(deal, deal.plain, "npv", hurdle),
    }
    for name, minimum in (("price_at_dscr_one", 1.0), ("price_at_covenant", group.covenant)):
        for after, net in (("", "dscr"), ("_before_rent", "dscr_before_rent")):
            figure = Figure(None, why or "no DSCR covenant")
            if minimum is not None and not why:
                figure = _price(deal, deal.levered, net, minimum)
            found[name + after] = figure
    return found


def _price(deal: Deal, at: Callable[[float], Cash], net: str, target: float) -> Figure:
    if deal.price == 0:
        return Figure(None, "nothing is billed")
    factor = unit_cash.factor_at(at, net, target)
    return factor if factor.value is None else Figure(factor.value * deal.price)


def _capacity(group: Group) -> tuple[Figure, tuple[str, ...]]:
    """What the lender would lend at most, and which cap binds."""
    parts = [part for own in group.borrowed for part in own]
    if group.kind != "contract" or len({part.named for part in parts}) != 1:
        return Figure(None, NO_LOAN if not parts else "sized for a contract with one loan"), ()
    caps = {name: sum(part.caps[name] for part in parts) for name in parts[0].caps}
    size = returns.debt_size(caps)
    return Figure(size.amount), (f"debt capacity is set by the {size.binding}",)


def _per_mw(deal: Deal, hurdle: float, mw: float, mw_years: float) -> dict[str, Figure]:
    cash = deal.plain(1.0)
    revenue = float(cash.revenue.sum())

    def at(target: float) -> Figure:
        if revenue == 0:
            return Figure(None, "nothing is billed")
        factor = unit_cash.factor_at(deal.plain, "return", target)
        if factor.value is None:
            return factor
        return Figure(float(deal.plain(factor.value).revenue.sum()) / mw_years)

    capital = float(cash.capital.sum())
    return {
        "capital_per_mw": Figure(capital / mw),
        "revenue_per_mw_year": Figure(revenue / mw_years),
        "ebitda_per_mw_year": Figure(float(cash.ebitda.sum()) / mw_years),
        "return_on_capital": unit_cash.return_on_capital(cash),
        "revenue_per_mw_year_at_zero_return": at(0.0),
        "revenue_per_mw_year_at_hurdle_return": at(hurdle),
    }


def _on_demand(
    scenario: Scenario,
    gpu: str,
    lots: list[Lot],
    share: float,
    hurdle: float,
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
    follows = sum(
        o.usd_per_kw_month * (1 - o.stock_share) * kw for o in scenario.overheads.values()
    )
    cash = cash._replace(depreciation=charges, **unit_lots.site_costs(scenario, site, kw, months))

    def at(factor: float) -> Cash:
        billed = np.zeros(months + 1)
        listed = np.maximum(factor * path, own.floor_usd_per_gpu_hour)
        billed[1:] = use * HOURS_PER_MONTH * listed
        overhead = share * billed
        overhead[1:] += follows
        return cash._replace(revenue=billed, overhead=overhead)

    notes = (f"{use:.0%} of hours sold, at {site}; fixed overheads are left out",)
    mw = kw / KW_PER_MW
    group = Group("on-demand", gpu, [], [], None, notes)
    deal = Deal(at, at, own.on_demand_usd_per_gpu_hour if use > 0 else 0.0)
    return _judged(
        group,
        deal,
        _prices(group, deal, hurdle),
        hurdle=hurdle,
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
