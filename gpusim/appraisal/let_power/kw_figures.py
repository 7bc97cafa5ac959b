"""The figures of tenants judged together: a kW's month, its building, returns, cover.

A figure that does not exist is a `Figure` with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from gpusim.appraisal import returns, unit_cash, unit_measures
from gpusim.appraisal.let_power.tenants import LEASED, Tenant
from gpusim.appraisal.returns import Figure, Irr
from gpusim.appraisal.sides.by_year import CONTRACT, CashYear, years_of
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_figures import LESS, NEITHER, Declared
from gpusim.appraisal.unit_measures import NO_LOAN
from gpusim.appraisal.view.timing import Timing, View
from gpusim.economics.core.calendar import MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats

KW_MONTH: Final = "USD/kW-month"
FULL_YEAR: Final = MONTHS_PER_YEAR
NO_FULL_YEAR: Final = "no twelve months in a row of its term are paid in full"
NO_CAP_RATE: Final = "no cap_rate of its building is stated"
PARTLY: Final = "of a part of it: "
LET: Final = {
    "rent_first": Declared(KW_MONTH, "rent of the first month that is paid in full"),
    "rent": Declared(KW_MONTH, "rent on average over the term, free months among them"),
    "recharge": Declared(KW_MONTH, "what the tenant pays for its power on top", NEITHER),
    "power_borne": Declared(KW_MONTH, "power that the tenant does not pay for on top", LESS),
    "site_rent_per_kw_month": Declared(KW_MONTH, "rent that is paid for its space", LESS),
    "staff_per_kw_month": Declared(KW_MONTH, "site staff and other costs of the site", LESS),
    "noi_per_kw_month": Declared(
        KW_MONTH, "net operating income: rent less power borne, site rent and staff; no overheads"
    ),
    "noi_share": Declared("share", "that margin over the rent"),
    "overhead_per_kw_month": Declared(
        KW_MONTH, "overheads in cash, in no net operating income", LESS
    ),
    "noi_first_full_year": Declared(
        "USD", "net operating income of the first twelve months that are all paid in full"
    ),
    "building_per_kw": Declared("USD/kW", "what its building costs", LESS),
    "yield_on_cost": Declared("1/year", "that income over what the building costs"),
    "value_per_kw": Declared("USD/kW", "what that income is worth at its building's cap rate"),
    "irr_unlevered": Declared("1/year", "of its cash before loans, compounded"),
    "irr_before_overheads": Declared("1/year", "the same without overheads, as of a building"),
    "npv": Declared("USD", "present value at the hurdle, before loans"),
    "npv_per_kw": Declared("USD/kW", "the same over its kW"),
    "multiple_unlevered": Declared("ratio", "all that comes back over all put in, before loans"),
    "payback_years": Declared("years", "until net cash has returned what was put in", LESS),
    "rent_at_hurdle": Declared(
        KW_MONTH, "average rent at which present value at the hurdle is zero", LESS
    ),
    "irr_levered": Declared("1/year", "of what the owner puts in, compounded"),
    "npv_levered": Declared("USD", "present value at the hurdle of the owner's cash after loans"),
    "multiple_levered": Declared("ratio", "the same multiple of the owner's cash after loans"),
    "payback_levered_years": Declared("years", "the same of the owner's cash after loans", LESS),
    "loan": Declared("USD", "drawn for its part of the building", NEITHER),
    "advance_share": Declared("share", "that over what the building costs", NEITHER),
    "dscr_lowest": Declared("ratio", "cash over debt service in the worst year of the term"),
    "balloon": Declared("USD", "repaid in a lump, what is owed at the term's end among it", LESS),
    "residual": Declared(
        "USD", "what the building is taken to be worth at the term's end", NEITHER
    ),
}
"""What each figure of a kW is. Those named as one of a GPU lot are the same measure."""
OF_COST: Final = tuple(LET)[list(LET).index("building_per_kw") :]
"""Figures that there are only where what its building costs is known."""
OF_RETURN: Final = (
    "irr_unlevered",
    "irr_before_overheads",
    "multiple_unlevered",
    "payback_years",
)
OF_LOANS: Final = (
    "irr_levered",
    "npv_levered",
    "multiple_levered",
    "payback_levered_years",
    "loan",
    "advance_share",
    "dscr_lowest",
    "balloon",
)


class LetRow(NamedTuple):
    """One tenant, a tranche, a site's tenants, or all of them."""

    kind: str  # tenant, tranche, let-site or tenants
    name: str
    kw: float
    term_years: float  # longest of its terms
    figures: dict[str, Figure]
    irr_roots: dict[str, list[float]]  # every real root [1/year]
    notes: tuple[str, ...]
    years: list[CashYear]


def judged(kind: str, name: str, tenants: Sequence[Tenant], view: View) -> LetRow:
    """The figures of tenants together, each from its own month 0."""
    plain = unit_cash.total([tenant.cash for tenant in tenants])
    levered = unit_cash.total([tenant.levered for tenant in tenants])
    figures = _month(tenants) | {"noi_first_full_year": _first_year(tenants)}
    why = _why(tenants)
    roots: dict[str, Irr] = {}
    if why and why != LEASED:
        figures |= dict.fromkeys(OF_COST, Figure(None, why))
    else:
        figures |= _building(tenants, why)
        figures |= _returns(tenants, plain, view, why, roots)
        figures |= _owners(tenants, levered, view, why, roots)
    return LetRow(
        kind,
        name,
        sum(tenant.kw for tenant in tenants),
        max(tenant.months for tenant in tenants) / MONTHS_PER_YEAR,
        {figure: figures[figure] for figure in LET},
        {key: _annual(found, view.timing) for key, found in roots.items()},
        (
            *dict.fromkeys(note for tenant in tenants for note in tenant.notes),
            *(f"{key} IRR: {irr.note}" for key, irr in roots.items() if irr.note),
        ),
        years_of(levered, CONTRACT),
    )


def _why(tenants: Sequence[Tenant]) -> str:
    """Why returns on a building are not defined, of all or of a part; empty where they are."""
    reasons = [tenant.why for tenant in tenants]
    if len(set(reasons)) == 1:
        return reasons[0]
    unknown = [reason for reason in reasons if reason not in ("", LEASED)]
    return PARTLY + unknown[0] if unknown else ""


def _month(tenants: Sequence[Tenant]) -> dict[str, Figure]:
    """The chain of a kW's month, over the months in which there is a tenant."""
    kw_months = sum(tenant.kw * float(tenant.in_force.sum()) for tenant in tenants)

    def over(row: Callable[[Tenant], Floats]) -> float:
        return sum(tenant.of_term(row(tenant)) for tenant in tenants) / kw_months

    rent = over(lambda tenant: tenant.rent)
    noi = over(lambda tenant: tenant.noi)
    firsts = [_first_rent(tenant) for tenant in tenants]
    first = Figure(None, "no month of it is paid in full")
    if all(one is not None for one in firsts):
        kw = sum(tenant.kw for tenant in tenants)
        first = Figure(sum(one for one in firsts if one is not None) / kw)
    found = {
        "rent": rent,
        "recharge": over(lambda tenant: tenant.recharged),
        "power_borne": over(lambda tenant: tenant.cash.power - tenant.recharged),
        "site_rent_per_kw_month": over(lambda tenant: tenant.cash.rent),
        "staff_per_kw_month": over(lambda tenant: tenant.cash.staff),
        "noi_per_kw_month": noi,
        "overhead_per_kw_month": over(lambda tenant: tenant.cash.overhead),
    }
    share = Figure(noi / rent) if rent > 0 else Figure(None, "it pays no rent")
    figures = {name: Figure(value) for name, value in found.items()}
    return figures | {"rent_first": first, "noi_share": share}


def _first_rent(tenant: Tenant) -> float | None:
    """Rent of the first month of which all days are paid in full [USD]."""
    months = np.flatnonzero(tenant.full)
    return float(tenant.rent[months[0]]) if len(months) else None


def first_full_year(tenant: Tenant) -> float | None:
    """Net operating income of the first twelve months in a row that are paid in full [USD]."""
    full = np.array(tenant.full, np.int64)
    runs = np.convolve(full, np.ones(FULL_YEAR, np.int64), "valid")
    starts = np.flatnonzero(runs == FULL_YEAR)
    if len(full) < FULL_YEAR or not len(starts):
        return None
    return float(tenant.noi[starts[0] : starts[0] + FULL_YEAR].sum())


def _first_year(tenants: Sequence[Tenant]) -> Figure:
    """First full years of all, each its own [USD]."""
    years = [first_full_year(tenant) for tenant in tenants]
    known = [year for year in years if year is not None]
    return Figure(sum(known)) if len(known) == len(years) else Figure(None, NO_FULL_YEAR)


def _building(tenants: Sequence[Tenant], why: str) -> dict[str, Figure]:
    """What its building costs, what it yields on that, and what is left of it at the end."""
    if why:
        none = ("building_per_kw", "yield_on_cost", "value_per_kw", "residual")
        return dict.fromkeys(none, Figure(None, why))
    income = _first_year(tenants)
    cost = sum(tenant.cost or 0.0 for tenant in tenants)
    kw = sum(tenant.kw for tenant in tenants)
    return {
        "building_per_kw": Figure(cost / kw),
        "yield_on_cost": income if income.value is None else Figure(income.value / cost),
        "value_per_kw": _worth(tenants),
        "residual": Figure(float(sum(tenant.cash.residual.sum() for tenant in tenants))),
    }


def _worth(tenants: Sequence[Tenant]) -> Figure:
    """First full years of all, each over the cap rate of its building, by the kW [USD/kW]."""
    worth, kw = 0.0, sum(tenant.kw for tenant in tenants)
    for tenant in tenants:
        income = first_full_year(tenant)
        if income is None:
            return Figure(None, NO_FULL_YEAR)
        if tenant.capitalised is None:
            return Figure(None, NO_CAP_RATE)
        worth += income * tenant.capitalised
    return Figure(worth / kw)


def _returns(
    tenants: Sequence[Tenant], plain: Cash, view: View, why: str, roots: dict[str, Irr]
) -> dict[str, Figure]:
    """What is earned on what was put in, before loans; why: nothing is put in."""
    (hurdle, timing), kw = view, sum(tenant.kw for tenant in tenants)
    dated = timing.dated(plain.before_loans)
    worth = dated.worth(hurdle)
    moving = unit_cash.total([tenant.moving for tenant in tenants])
    factor = unit_measures.factor_at(
        lambda times: unit_cash.priced(plain, moving, times), "npv", hurdle, timing
    )
    rent = _month(tenants)["rent"].value or 0.0
    found = {
        "npv": Figure(worth),
        "npv_per_kw": Figure(worth / kw),
        "rent_at_hurdle": factor if factor.value is None else Figure(factor.value * rent),
    }
    if why:
        return found | dict.fromkeys(OF_RETURN, Figure(None, why))
    roots["unlevered"] = dated.irr()
    before = plain._replace(overhead=np.zeros_like(plain.overhead))
    return found | {
        "irr_unlevered": timing.yearly(roots["unlevered"]),
        "irr_before_overheads": timing.yearly(timing.dated(before.before_loans).irr()),
        "multiple_unlevered": returns.multiple(plain.unlevered),
        "payback_years": dated.payback(),
    }


def _owners(
    tenants: Sequence[Tenant], cash: Cash, view: View, why: str, roots: dict[str, Irr]
) -> dict[str, Figure]:
    """What the owner earns after the loans of its building; cash: with them."""
    if why or not cash.drawn.any():
        return dict.fromkeys(OF_LOANS, Figure(None, why or NO_LOAN))
    hurdle, timing = view
    dated = timing.dated(cash.to_owner)
    roots["levered"] = dated.irr()
    lent = float(cash.drawn.sum())
    return {
        "irr_levered": timing.yearly(roots["levered"]),
        "npv_levered": Figure(dated.worth(hurdle)),
        "multiple_levered": returns.multiple(cash.levered),
        "payback_levered_years": dated.payback(),
        "loan": Figure(lent),
        "advance_share": Figure(lent / float(cash.capital.sum())),
        "dscr_lowest": unit_measures.lowest(unit_measures.dscr_by_year(_of_terms(tenants))),
        "balloon": Figure(float(cash.balloon.sum())),
    }


def _of_terms(tenants: Sequence[Tenant]) -> Cash:
    """Cash of all terms side by side, each from the month before its first rent."""
    return unit_cash.total(
        [Cash(*(row[tenant.since - 1 :] for row in tenant.levered)) for tenant in tenants]
    )


def _annual(irr: Irr, timing: Timing) -> list[float]:
    return [returns.annualised(root, timing.periods_per_year) for root in irr.roots]
