"""The figures of lots that are judged together: an hour's chain, returns, cover and prices.

A figure that does not exist has a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal import returns, unit_cash
from gpusim.appraisal.lot_loans import Borrowed
from gpusim.appraisal.returns import Figure, Irr
from gpusim.appraisal.unit_cash import NO_LOAN, Cash
from gpusim.appraisal.unit_lots import Lot
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats

LITTLE_EQUITY: Final = 0.1
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


def judged(
    group: Group,
    deal: Deal,
    breakevens: dict[str, Figure],
    *,
    hurdle: float,
    mw: float,
    mw_years: float,
    gpus: int | None = None,
) -> Row:
    """The figures of a group.

    breakevens: see `prices`; hurdle [1/year]; mw: critical IT power; gpus: None: those of its lots.
    """
    plain, cash = deal.plain(1.0), deal.levered(1.0)
    why = _without_loan(group)
    roots = {"unlevered": returns.irr(plain.unlevered)}
    if not why:
        roots["levered"] = returns.irr(cash.levered)
    years = [] if why else unit_cash.dscr_by_year(cash)
    before = [] if why else unit_cash.dscr_by_year(cash, before_rent=True)
    capacity, told = _capacity(group)
    figures = unit_cash.hourly(cash) | _returns(group, plain, roots, why) | breakevens
    figures["dscr_lowest"] = Figure(None, why) if why else unit_cash.lowest(years)
    figures["dscr_lowest_before_rent"] = Figure(None, why) if why else unit_cash.lowest(before)
    drawn = cash.drawn
    figures["loan"] = Figure(float(drawn.sum())) if drawn.any() else Figure(None, NO_LOAN)
    figures["debt_capacity"] = capacity
    figures |= _per_mw(deal, hurdle, mw, mw_years)
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
        (*group.notes, *told, *_warnings(cash, roots)),
    )


def _returns(group: Group, plain: Cash, roots: dict[str, Irr], why: str) -> dict[str, Figure]:
    """What is earned on what was put in, and when it is back.

    plain: the group's cash before loans; why: figures after debt are not defined.
    """
    year_end = returns.irr(_by_year(plain.unlevered))
    alone = [lot.cash.unlevered for lot in group.lots] or [plain.unlevered]
    before_rent, before_power = plain.ebitda + plain.rent, plain.unlevered + plain.power
    return {
        "ebitda_share": _over(plain.ebitda, plain.revenue, "nothing is billed"),
        "ebitda_share_before_rent": _over(before_rent, plain.revenue, "nothing is billed"),
        "irr_unlevered": _yearly(roots["unlevered"]),
        "irr_year_end": Figure(year_end.value, year_end.reason),
        "irr_levered": Figure(None, why) if why else _yearly(roots["levered"]),
        "annualised_multiple": returns.joint_multiple(alone, MONTHS_PER_YEAR),
        "payback_years": returns.payback(plain.unlevered, MONTHS_PER_YEAR),
        "payback_before_power_years": returns.payback(before_power, MONTHS_PER_YEAR),
    }


def _warnings(cash: Cash, roots: dict[str, Irr]) -> list[str]:
    """What a reader of the rates of return is told."""
    notes = [f"{name} IRR: {irr.note}" for name, irr in roots.items() if irr.note]
    put_in = -float(cash.levered[0]) / float(cash.capital.sum() or 1.0)
    if "levered" in roots and 0 < put_in < LITTLE_EQUITY:
        notes.append(f"the owner puts in {put_in:.1%} of the cost, which makes levered IRR large")
    return notes


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


def prices(group: Group, deal: Deal, hurdle: float) -> dict[str, Figure]:
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
