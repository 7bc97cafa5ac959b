"""Unit economics on the planned path: what a contract, a generation and a site's megawatt earn.

Timing is that of `appraisal/unit_cash.py`: hardware paid, prepayment and loan received in month 0,
then the term, cash at each month's end. Rates of return come from monthly cash, compounded to a
year; `irr_year_end` has the same cash at year ends. A figure that does not exist has a reason.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from gpusim.appraisal import lot_loans, unit_cash, unit_lots, unit_sizes
from gpusim.appraisal.let_power import letting, rooms
from gpusim.appraisal.let_power.kw_figures import LetRow
from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.returns import Figure
from gpusim.appraisal.sides.by_year import RELET
from gpusim.appraisal.sides.on_demand import (
    ORDER,
    names_of_orders,
    of_order,
    one_gpu,
    untold,
    use_of,
)
from gpusim.appraisal.sides.relet import Lives
from gpusim.appraisal.sides.together import alone, sides_of
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_figures import (
    PRICES,
    Deal,
    Group,
    Row,
    judged,
    prices,
    without_loan,
)
from gpusim.appraisal.unit_lots import Lot
from gpusim.appraisal.view.hurdle import HURDLE
from gpusim.appraisal.view.timing import MONTH_ENDS, Timing, View
from gpusim.economics.core.calendar import HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.scenario import Explained, Scenario, explained, source_rows
from gpusim.units_of_measure import KW_PER_MW

CENT: Final = 0.01
SHARED: Final = (
    "{} is too small for all that ask for it: shared here by what each asks, so that they cost "
    "alike; a run lends to who orders first"
)
ON_DEMAND: Final = "on-demand"
TOTAL: Final = ("total", "all contracts")
FIELDS: Final = {"contract": "contract", "generation": "gpu", "site": "site"}
"""By what lots are judged together: the kind of a row, and the field of a lot that names it."""


class Units(NamedTuple):
    """The rows, and how much of what they rest on is assumed."""

    scenario: Scenario
    view: View
    residual: float | None  # None: hardware is worth its book value at the end
    explained: Explained
    rows: list[Row]
    let: list[LetRow]  # of power let by the kW
    building_residual: float | None  # None: a building is worth its book value at the end
    untold: tuple[str, ...] = ()  # why an order has no row

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
    building_residual: float | None = None,
) -> Units:
    """Every row of a scenario, or those of one contract.

    hurdle [1/year]; residual_share: of hardware cost, fetched at the end of the term; None: its
    book value [share]; building_residual: likewise of a building that is let; price_path: on-demand
    price of each year over today's, the last one kept [ratio]; timing: when what is earned counts.
    """
    judging = judging_of(scenario, View(hurdle, timing), residual_share, price_path, contract)
    rows = [row_of(judging, kind, name) for kind, name in names_of(judging)]
    view = judging.view
    told = explained(source_rows(scenario))
    let = letting.rows_of(letting.letting_of(scenario, view, building_residual, contract))
    without = tuple(untold(scenario)) if contract is None else ()
    return Units(scenario, view, residual_share, told, rows, let, building_residual, without)


class Judging(NamedTuple):
    """What all rows are made of."""

    scenario: Scenario
    view: View
    residual: float | None
    path: tuple[float, ...]  # on-demand price of each year over today's [ratio]
    lots: list[Lot]  # all of the scenario
    pairs: list[tuple[Lot, list[Borrowed]]]  # those judged
    lend: Lending
    lives: Lives
    known: Known
    whole: bool  # every contract, and GPUs on demand


def judging_of(
    scenario: Scenario,
    view: View,
    residual_share: float | None = None,
    price_path: Sequence[float] = (1.0,),
    contract: str | None = None,
) -> Judging:
    """The lots of a scenario with their loans; see `compute`."""
    lots = unit_lots.lots_of(scenario, residual_share, price_path)
    loans = lot_loans.loans_of(scenario, lots, unit_sizes.sizes(scenario))
    pairs = [
        (lot, own)
        for lot, own in zip(lots, loans, strict=True)
        if contract is None or lot.contract == contract
    ]
    return Judging(
        scenario,
        view,
        residual_share,
        tuple(price_path),
        lots,
        pairs,
        _lending(scenario, lots),
        Lives(scenario, price_path),
        {},
        contract is None,
    )


def names_of(judging: Judging) -> list[tuple[str, str]]:
    """Kind and name of every row, in order."""
    scenario, lots = judging.scenario, [lot for lot, _ in judging.pairs]
    names = {
        kind: list(dict.fromkeys(getattr(lot, field) for lot in lots))
        for kind, field in FIELDS.items()
    }
    found = [(kind, name) for kind, own in names.items() for name in own]
    if len(names["contract"]) > 1:
        found.append(TOTAL)
    found += [(RELET, name) for name in names["contract"] if _tails(judging, name)]
    if judging.whole and scenario.sites:
        listed = scenario.gpus.items()
        found += [(ORDER, name) for name in names_of_orders(scenario)]
        found += [(ON_DEMAND, gpu) for gpu, own in listed if own.on_demand_usd_per_gpu_hour > 0]
    return found


def row_of(judging: Judging, kind: str, name: str, *, with_prices: bool = True) -> Row:
    """A row; with_prices: also its break-even prices, which take most of the time."""
    if kind in (ON_DEMAND, ORDER):
        return _sold(judging, kind, name, with_prices=with_prices)
    if kind == RELET:
        return _relet(judging, name, with_prices=with_prices)
    group = _group(judging.scenario, kind, name, judging.pairs)
    return _row(judging, group, with_prices=with_prices)


def _breakevens(judging: Judging, group: Group, deal: Deal, *, asked: bool) -> dict[str, Figure]:
    """Break-even prices, of the same lots worked out once."""
    if not asked:
        return dict.fromkeys(PRICES, Figure(None, "not asked for"))
    lots = tuple(map(id, group.lots))
    if not lots:
        return prices(group, deal, judging.view)
    if lots not in judging.known:
        judging.known[lots] = prices(group, deal, judging.view)
    return judging.known[lots]


def _group(
    scenario: Scenario, kind: str, name: str, pairs: list[tuple[Lot, list[Borrowed]]]
) -> Group:
    field = FIELDS.get(kind)
    own = [pair for pair in pairs if field is None or getattr(pair[0], field) == name]
    notes = []
    if any(lot.status == "in-service" for lot, _ in own):
        notes.append("hardware in service: capital is what the books carry, the term what is left")
    if any(lot.status == "delivered" for lot, _ in own):
        notes.append("hardware delivered: its loans were drawn before and are not attributed")
    if any(lot.cash.credited.sum() > lot.cash.prepaid.sum() + CENT for lot, _ in own):
        notes.append("prepayments received before the as-of day come off invoices, cash in is past")
    if rooms.in_buildings_to_come(scenario, {lot.contract for lot, _ in own}):
        notes.append("in a building to come: what that costs is in no row of GPUs")
    if small := {b.named for _, borrowed in own for b in borrowed if b.shared}:
        notes.append(SHARED.format(", ".join(sorted(small))))
    notes += lot_loans.covered(own)
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


def _row(judging: Judging, group: Group, *, with_prices: bool) -> Row:
    kw = sum(lot.kw for lot in group.lots)
    mw_years = sum(lot.kw * lot.months for lot in group.lots) / KW_PER_MW / MONTHS_PER_YEAR
    parts = [
        _with_loans(lot.cash, own) for lot, own in zip(group.lots, group.borrowed, strict=True)
    ]
    deal = _deal(group, judging.lend, parts)
    breakevens = _breakevens(judging, group, deal, asked=with_prices)
    view = judging.view
    sides = sides_of(
        judging.scenario,
        judging.lives,
        group.lots,
        group.borrowed,
        parts,
        view,
        without_loan(group),
        contract=group.kind == "contract",
    )
    return judged(group, deal, breakevens, sides, view=view, mw=kw / KW_PER_MW, mw_years=mw_years)


def _deal(group: Group, lend: Lending, as_planned: list[Cash]) -> Deal:
    """The group's cash at so many times the price of each of its contracts.

    as_planned: each lot's with its loans.
    """
    plain = unit_cash.total([lot.cash for lot in group.lots])
    moving = unit_cash.total([lot.moving for lot in group.lots])

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

    price = _average_rent(plain)
    return Deal(
        lambda factor: unit_cash.priced(plain, moving, factor),
        levered,
        lambda factor: factor * price,
    )


def _average_rent(cash: Cash) -> float:
    """Over the hours billed; nothing where none is [USD/GPU-hour]."""
    hours = float(cash.gpu_hours.sum())
    return float(cash.revenue.sum()) / hours if hours else 0.0


def _with_loans(cash: Cash, borrowed: list[Borrowed]) -> Cash:
    for part in borrowed:
        cash = unit_cash.borrow(cash, part.loan)
    return cash


def _tails(judging: Judging, contract: str) -> list[Lot]:
    """The lots of a contract that are re-let after it."""
    own = [lot for lot, _ in judging.pairs if lot.contract == contract]
    return [lot for lot in own if judging.lives.months(lot) > lot.months]


def _relet(judging: Judging, contract: str, *, with_prices: bool) -> Row:
    """A contract's GPUs let on demand from its end until they are retired.

    Month 0 is the end of each lot's term, where it is taken over at what its hardware is taken to
    be worth; at the end it has what the books then carry.
    """
    lots, lives = _tails(judging, contract), judging.lives

    def at(factor: float) -> Cash:
        tails = (lives.tail(lot, factor) for lot in lots)
        return unit_cash.total([tail for tail in tails if tail is not None])

    plain = at(1.0)
    kw = sum(lot.kw for lot in lots)
    kw_months = sum(lot.kw * (lives.months(lot) - lot.months) for lot in lots)
    sold = float(plain.gpu_hours.sum()) / sum(
        lot.gpus * (lives.months(lot) - lot.months) * HOURS_PER_MONTH for lot in lots
    )
    moved = "flat" if set(judging.path) == {1.0} else "moved by the price path given"
    price = f"at today's on-demand price, {moved}"
    notes = (f"{sold:.0%} of hours sold on demand after the term, {price}, until retired",)
    group = Group(RELET, contract, [], [], None, notes)
    deal = Deal(at, at, lambda factor: _average_rent(at(factor)))
    return judged(
        group,
        deal,
        _breakevens(judging, group, deal, asked=with_prices),
        alone(plain, RELET, "it is re-let itself"),
        view=judging.view,
        mw=kw / KW_PER_MW,
        mw_years=kw_months / KW_PER_MW / MONTHS_PER_YEAR,
        gpus=sum(lot.gpus for lot in lots),
    )


def _sold(judging: Judging, kind: str, name: str, *, with_prices: bool) -> Row:
    """GPUs sold on demand all their life: one bought today, at the site that has most; an order's.

    The price of a break-even is today's list price; of an order, on a price path, the average rent.
    """
    scenario = judging.scenario
    listed = 0.0
    if kind == ORDER:
        sold = of_order(scenario, name, judging.residual, judging.path)
    else:
        home = _home(scenario, name, judging.lots)
        sold = one_gpu(scenario, name, home, judging.residual, judging.path)
        listed = scenario.gpus[name].on_demand_usd_per_gpu_hour if use_of(scenario) > 0 else 0.0
    mw = sold.kw / KW_PER_MW
    group = Group(kind, name, [], [], None, sold.notes)

    def rent(factor: float) -> float:
        return _average_rent(sold.at(factor)) if kind == ORDER else factor * listed

    deal = Deal(sold.at, sold.at, rent)
    return judged(
        group,
        deal,
        _breakevens(judging, group, deal, asked=with_prices),
        alone(sold.at(1.0), kind, "it is let on demand all its life"),
        view=judging.view,
        mw=mw,
        mw_years=mw * sold.months / MONTHS_PER_YEAR,
        gpus=sold.gpus,
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
