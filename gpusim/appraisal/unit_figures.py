"""The figures of lots that are judged together: an hour's chain, returns, cover and prices.

A figure that does not exist has a reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from gpusim.appraisal import lot_loans, returns, unit_measures
from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.returns import Figure, Irr
from gpusim.appraisal.sides.by_year import CashYear
from gpusim.appraisal.sides.lender import LenderYear
from gpusim.appraisal.sides.together import Sides
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_lots import Lot
from gpusim.appraisal.unit_measures import NO_LOAN
from gpusim.appraisal.view.timing import MONTH_ENDS, Dated, Timing, View
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats

LITTLE_EQUITY: Final = 0.1
PARTLY: Final = "a part of it has no loan attributed"


class Declared(NamedTuple):
    """A figure of `units`: its unit, what it is, which way is better."""

    unit: str
    meaning: str
    better: str = "higher"  # higher, lower or neither


HOUR: Final = "USD/GPU-hour"
MW_YEAR: Final = "USD/MW-year"
LESS: Final = "lower"
NEITHER: Final = "neither"
UNITS: Final = {
    "rent_price": Declared(HOUR, "what the customer pays for a billed GPU-hour"),
    "capital_recovery": Declared(
        HOUR, "hardware less its value at the end, over hours billed", LESS
    ),
    "power_cost": Declared(HOUR, "energy and grid charge", LESS),
    "site_rent": Declared(HOUR, "fixed and variable rent of the space the GPUs fill", LESS),
    "staff_cost": Declared(HOUR, "site staff", LESS),
    "overhead_cost": Declared(HOUR, "overheads in cash; pay in shares is left out", LESS),
    "interest_cost": Declared(HOUR, "interest, discount and fees of its loans", LESS),
    "margin": Declared(HOUR, "rent less all of these"),
    "ebitda_share": Declared("share", "EBITDA over revenue"),
    "ebitda_share_before_rent": Declared("share", "the same before site rent"),
    "irr_unlevered": Declared("1/year", "of the lot without its loans, compounded"),
    "irr_year_end": Declared("1/year", "the same flows, each year's at its end"),
    "irr_levered": Declared("1/year", "of what the owner puts in, compounded"),
    "npv": Declared("USD", "present value at the hurdle, before loans"),
    "npv_per_gpu": Declared("USD/GPU", "the same over its GPUs"),
    "npv_levered": Declared("USD", "present value at the hurdle of the owner's cash after loans"),
    "npv_levered_per_gpu": Declared("USD/GPU", "the same over its GPUs"),
    "multiple_unlevered": Declared("ratio", "all that comes back over all put in, before loans"),
    "multiple_levered": Declared("ratio", "the same of the owner's cash after loans"),
    "annualised_multiple": Declared("1/year", "(net cash after month 0 / cash put in)^(1/years)-1"),
    "payback_years": Declared("years", "until net cash has returned what was put in", LESS),
    "payback_before_power_years": Declared("years", "the same with power for nothing", LESS),
    "payback_levered_years": Declared("years", "the same of the owner's cash after loans", LESS),
    "dscr_lowest": Declared("ratio", "cash over debt service in the worst year of the term"),
    "dscr_lowest_before_rent": Declared("ratio", "the same before site rent"),
    "dscr_average": Declared(
        "ratio", "cash over debt service of all periods in which loans are served"
    ),
    "dscr_period_lowest": Declared(
        "ratio", "cash over debt service in the worst period, each with a date of every loan"
    ),
    "price_return_of_capital": Declared(HOUR, "rent at which net cash over the term is zero", LESS),
    "price_at_hurdle": Declared(HOUR, "rent at which present value at the hurdle is zero", LESS),
    "price_at_dscr_one": Declared(HOUR, "rent at which the worst year's DSCR is 1", LESS),
    "price_at_dscr_one_before_rent": Declared(HOUR, "the same before site rent", LESS),
    "price_at_covenant": Declared(
        HOUR, "rent at which the worst year's DSCR is the covenant's", LESS
    ),
    "price_at_covenant_before_rent": Declared(HOUR, "the same before site rent", LESS),
    "loan": Declared("USD", "face drawn in month 0", NEITHER),
    "advance_share": Declared("share", "that face over the hardware's cost", NEITHER),
    "llcr": Declared(
        "ratio", "present value at the coupon of cash over the loan's life, over the loan"
    ),
    "balloon": Declared("USD", "repaid in a lump, what is owed at the term's end among it", LESS),
    "ltv_highest": Declared(
        "ratio", "owed over book value of hardware, highest at year ends", LESS
    ),
    "ltv_at_term_end": Declared("ratio", "the same at the term's end, before what is due", LESS),
    "residual": Declared("USD", "what hardware is taken to be worth at the term's end", NEITHER),
    "relet_value": Declared(
        "USD", "present value there, at the hurdle, re-let; of a lot that is not, its residual"
    ),
    "irr_with_relet": Declared("1/year", "before loans, GPUs kept and re-let until retired"),
    "npv_with_relet": Declared("USD", "present value at the hurdle of the same"),
    "irr_levered_with_relet": Declared("1/year", "the same of the owner's cash after loans"),
    "debt_capacity": Declared(
        "USD", "least of its lender's caps: cover, advance rate, value, commitment"
    ),
    "cover_at_capacity": Declared(
        "ratio", "present value of the cash it is sized on, over its debt capacity"
    ),
    "capital_per_mw": Declared("USD/MW", "hardware cost over critical IT power", LESS),
    "revenue_per_mw_year": Declared(MW_YEAR, "revenue over MW and years"),
    "ebitda_per_mw_year": Declared(MW_YEAR, "EBITDA over MW and years"),
    "return_on_capital": Declared("1/year", "EBITDA less depreciation, over gross hardware cost"),
    "revenue_per_mw_year_at_zero_return": Declared(
        MW_YEAR, "revenue at which that return is zero", LESS
    ),
    "revenue_per_mw_year_at_hurdle_return": Declared(
        MW_YEAR, "revenue at which it is the hurdle", LESS
    ),
}
"""What each figure is. Present value, IRR, payback and the worst period go by the timing asked for.

A break-even price is found by moving the price and everything that follows it, so that a contract
at that price returns the target. Of several contracts it is their average rent, all prices moved by
one factor; of GPUs re-let the average rent, floors included; of GPUs on demand today's list price.
"""


PRICES: Final = tuple(name for name in UNITS if name.startswith("price_"))
"""Break-even prices."""


class Row(NamedTuple):
    """One contract, generation, site, the total, or GPUs let on demand."""

    kind: str  # contract, generation, site, total, re-let, order or on-demand
    name: str
    gpus: int
    mw: float
    term_years: float  # longest of its lots
    figures: dict[str, Figure]
    dscr: list[Figure]  # by year of the term
    dscr_before_rent: list[Figure]
    dscr_periods: list[Figure]  # by period of the timing, or longer: see `_period`
    irr_roots: dict[str, list[float]]  # every real root [1/year]
    notes: tuple[str, ...]
    years: list[CashYear]
    lender: list[LenderYear]  # of a contract with loans, by year of its term


class Deal(NamedTuple):
    """The cash of what is judged together, at so many times its price."""

    plain: Callable[[float], Cash]  # before loans
    levered: Callable[[float], Cash]
    price: Callable[[float], float]  # over the hours billed; 0: nothing is [USD/GPU-hour]


class Group(NamedTuple):
    """Lots judged together."""

    kind: str
    name: str
    lots: list[Lot]
    borrowed: list[list[Borrowed]]
    covenant: float | None
    notes: tuple[str, ...] = ()


def judged(
    group: Group,
    deal: Deal,
    breakevens: dict[str, Figure],
    sides: Sides,
    *,
    view: View,
    mw: float,
    mw_years: float,
    gpus: int | None = None,
) -> Row:
    """The figures of a group.

    breakevens: see `prices`; sides: what is told beside them; mw: critical IT power; gpus: None:
    those of its lots.
    """
    plain, cash = deal.plain(1.0), deal.levered(1.0)
    why = without_loan(group)
    count = sum(lot.gpus for lot in group.lots) if gpus is None else gpus
    flows = {"unlevered": view.timing.dated(plain.before_loans)}
    if not why:
        flows["levered"] = view.timing.dated(cash.to_owner)
    roots = {name: dated.irr() for name, dated in flows.items()}
    covers = NO_COVERS if why else _covers_of(cash, _period(group, view.timing))
    capacity, told = _capacity(group)
    figures = unit_measures.hourly(cash) | breakevens | sides.figures
    figures |= _returns(group, plain, view.timing, roots["unlevered"])
    figures |= _values(flows, view.hurdle, count, why)
    figures |= _owners(cash, flows, roots, view.timing, why)
    figures |= _cover_figures(covers, why)
    drawn = cash.drawn
    figures["loan"] = Figure(float(drawn.sum())) if drawn.any() else Figure(None, NO_LOAN)
    figures |= capacity
    figures |= _per_mw(deal, view.hurdle, mw, mw_years)
    return Row(
        group.kind,
        group.name,
        count,
        mw,
        (len(cash.revenue) - 1) / MONTHS_PER_YEAR,
        {name: figures[name] for name in UNITS},
        *covers[:3],
        {name: _annual_roots(irr, view.timing) for name, irr in roots.items()},
        (*group.notes, *told, *_warnings(cash, roots)),
        sides.years,
        sides.lender,
    )


def _returns(group: Group, plain: Cash, timing: Timing, found: Irr) -> dict[str, Figure]:
    """What is earned on what was put in, and when it is back, before loans.

    plain: the group's cash before loans; found: its rates of return by timing.
    """
    year_end = returns.irr(Timing(MONTHS_PER_YEAR).sums(plain.unlevered))
    alone = [lot.cash.unlevered for lot in group.lots] or [plain.unlevered]
    before_rent = plain.ebitda + plain.rent
    return {
        "ebitda_share": _over(plain.ebitda, plain.revenue, "nothing is billed"),
        "ebitda_share_before_rent": _over(before_rent, plain.revenue, "nothing is billed"),
        "irr_unlevered": timing.yearly(found),
        "irr_year_end": Figure(year_end.value, year_end.reason),
        "multiple_unlevered": returns.multiple(plain.unlevered),
        "annualised_multiple": returns.joint_multiple(alone, MONTHS_PER_YEAR),
        "payback_years": timing.dated(plain.before_loans).payback(),
        "payback_before_power_years": timing.dated(plain.before_power).payback(),
    }


def _values(flows: dict[str, Dated], hurdle: float, gpus: int, why: str) -> dict[str, Figure]:
    """Present values at the hurdle, in all and by GPU.

    flows: before loans ("unlevered") and, where figures after debt are defined, "levered".
    """
    found = {}
    for name, kind in (("npv", "unlevered"), ("npv_levered", "levered")):
        worth = flows[kind].worth(hurdle) if kind in flows else None
        found[name] = Figure(worth, "" if worth is not None else why)
        found[f"{name}_per_gpu"] = Figure(None, why) if worth is None else Figure(worth / gpus)
    return found


def _owners(
    cash: Cash, flows: dict[str, Dated], roots: dict[str, Irr], timing: Timing, why: str
) -> dict[str, Figure]:
    """What the owner earns after loans; cash: with them."""
    names = ("irr_levered", "multiple_levered", "payback_levered_years")
    if why:
        return {name: Figure(None, why) for name in names}
    found = (
        timing.yearly(roots["levered"]),
        returns.multiple(cash.levered),
        flows["levered"].payback(),
    )
    return dict(zip(names, found, strict=True))


class _Covers(NamedTuple):
    """Cash over debt service; none without loans."""

    years: list[Figure]  # of the term
    before_rent: list[Figure]
    periods: list[Figure]
    average: Figure  # of all periods together


NO_COVERS: Final = _Covers([], [], [], Figure(None, NO_LOAN))


def _period(group: Group, timing: Timing) -> int:
    """Months of a period of cover: the timing's, and every loan has a payment date in it [months].

    Else the service of a quarter would stand against a month's cash where one of several loans
    pays by months and one by quarters.
    """
    every = {int(part.loan.terms.every_months) for own in group.borrowed for part in own}
    return math.lcm(timing.months, *every)


def _covers_of(cash: Cash, months: int) -> _Covers:
    return _Covers(
        unit_measures.dscr_by_year(cash),
        unit_measures.dscr_by_year(cash, before_rent=True),
        unit_measures.dscr_by_period(cash, months),
        unit_measures.average_cover(unit_measures.served(cash, months)),
    )


def _cover_figures(covers: _Covers, why: str) -> dict[str, Figure]:
    """Debt service covered: in the worst year, on average, in the worst period."""
    names = ("dscr_lowest", "dscr_lowest_before_rent", "dscr_average", "dscr_period_lowest")
    if why:
        return {name: Figure(None, why) for name in names}
    lowest = unit_measures.lowest
    years, before_rent, periods, average = covers
    found = (lowest(years), lowest(before_rent), average, lowest(periods))
    return dict(zip(names, found, strict=True))


def _warnings(cash: Cash, roots: dict[str, Irr]) -> list[str]:
    """What a reader of the rates of return is told."""
    notes = [f"{name} IRR: {irr.note}" for name, irr in roots.items() if irr.note]
    put_in = -float(cash.levered[0]) / float(cash.capital.sum() or 1.0)
    if "levered" in roots and 0 < put_in < LITTLE_EQUITY:
        notes.append(
            f"the owner puts in {put_in:.1%} of the cost, so that a little more or less of what "
            "comes back moves levered IRR much"
        )
    return notes


def without_loan(group: Group) -> str:
    """Why figures after debt are not defined; empty where they are."""
    if not any(group.borrowed):
        return NO_LOAN
    return "" if all(group.borrowed) else PARTLY


def _annual_roots(irr: Irr, timing: Timing) -> list[float]:
    return [returns.annualised(root, timing.periods_per_year) for root in irr.roots]


def _over(flows: Floats, base: Floats, reason: str) -> Figure:
    whole = float(base.sum())
    return Figure(float(flows.sum()) / whole) if whole > 0 else Figure(None, reason)


def prices(group: Group, deal: Deal, view: View) -> dict[str, Figure]:
    """Prices at which something is at its target, everything that follows a price moved with it."""
    why = without_loan(group)
    found = {
        "price_return_of_capital": _price(deal, deal.plain, "total", 0.0),
        "price_at_hurdle": _price(deal, deal.plain, "npv", view.hurdle, view.timing),
    }
    for name, minimum in (("price_at_dscr_one", 1.0), ("price_at_covenant", group.covenant)):
        for after, net in (("", "dscr"), ("_before_rent", "dscr_before_rent")):
            figure = Figure(None, why or "no DSCR covenant")
            if minimum is not None and not why:
                figure = _price(deal, deal.levered, net, minimum)
            found[name + after] = figure
    return found


def _price(
    deal: Deal,
    at: Callable[[float], Cash],
    net: str,
    target: float,
    timing: Timing = MONTH_ENDS,
) -> Figure:
    if deal.price(1.0) == 0:
        return Figure(None, "nothing is billed")
    factor = unit_measures.factor_at(at, net, target, timing)
    return factor if factor.value is None else Figure(deal.price(factor.value))


def _capacity(group: Group) -> tuple[dict[str, Figure], tuple[str, ...]]:
    """What the lender would lend at most, its cover, and which cap binds."""
    parts = [part for own in group.borrowed for part in own]
    if group.kind != "contract" or len({part.named for part in parts}) != 1:
        none = Figure(None, NO_LOAN if not parts else "sized for a contract with one loan")
        return dict.fromkeys(("debt_capacity", "cover_at_capacity"), none), ()
    return lot_loans.capacity(parts)


def _per_mw(deal: Deal, hurdle: float, mw: float, mw_years: float) -> dict[str, Figure]:
    cash = deal.plain(1.0)
    revenue = float(cash.revenue.sum())

    def at(target: float) -> Figure:
        if revenue == 0:
            return Figure(None, "nothing is billed")
        factor = unit_measures.factor_at(deal.plain, "return", target)
        if factor.value is None:
            return factor
        return Figure(float(deal.plain(factor.value).revenue.sum()) / mw_years)

    capital = float(cash.capital.sum())
    return {
        "capital_per_mw": Figure(capital / mw),
        "revenue_per_mw_year": Figure(revenue / mw_years),
        "ebitda_per_mw_year": Figure(float(cash.ebitda.sum()) / mw_years),
        "return_on_capital": unit_measures.return_on_capital(cash),
        "revenue_per_mw_year_at_zero_return": at(0.0),
        "revenue_per_mw_year_at_hurdle_return": at(hurdle),
    }
