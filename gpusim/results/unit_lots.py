"""What was signed, as lots of GPUs with their planned cash (`economics/unit_cash.py`).

A lot is a tranche, from the day its hardware is paid. Hardware in service is not paid again: its
capital is what the books still carry, a live term is what is left of it, and prepayments received
come off its invoices. At the end of a term hardware is worth what the books then carry, unless
another residual share is asked for.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from gpusim.economics import unit_cash
from gpusim.economics.calendar import DAYS_PER_MONTH
from gpusim.economics.state import SCULPTED, Floats
from gpusim.economics.unit_cash import HOURS_PER_MONTH, MONTHS_PER_YEAR, Cash, Loan
from gpusim.scenario import Scenario
from gpusim.scenario.contracts import Contract, Tranche
from gpusim.scenario.debt import Debt
from gpusim.scenario.lowering.horizon import Horizon
from gpusim.scenario.lowering.index import LAWS, PROGRAMME
from gpusim.scenario.lowering.luck import base_curve
from gpusim.scenario.lowering.sales import is_prepaid, prepayment_day
from gpusim.scenario.sites import Site
from gpusim.units import add_months, day_of, month_ends

KW_PER_MW: Final = 1000.0
IN_SERVICE: Final = "in-service"
FRESH: Final = ("planned", "ordered")
"""Hardware that a contract's loan can still pay for."""


class Borrowed(NamedTuple):
    """A part of a lot's cost that a lender carries."""

    facility: str
    amount: float  # [USD]
    advance: float  # most the advance rate allows [USD]
    binding: str  # what set the amount: loan share or commitment
    loan: Loan

    @property
    def follows(self) -> bool:
        """Whether its instalments follow the lot's price."""
        return self.loan.law == SCULPTED


class Lot(NamedTuple):
    """A tranche, with its cash before loans."""

    contract: str
    gpu: str
    site: str
    gpus: int
    kw: float  # critical IT
    months: int
    status: str  # of its hardware
    fresh_cost: float  # that loans may carry [USD]
    start: int  # month of its start, 1 = the first simulated one
    cash: Cash
    moving: Cash  # the part of it in proportion to the contract's price


def lots_of(scenario: Scenario, residual_share: float | None = None) -> list[Lot]:
    """Every tranche of take-or-pay contracts with its planned cash, loans left out.

    residual_share: of hardware cost, fetched at the end of the term; None: its book value [share].
    """
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    signed = [
        (name, contract, tranche)
        for name, contract in scenario.contracts.items()
        if contract.kind == "take-or-pay"
        for tranche in contract.tranches
    ]
    total_kw = sum(kw_of(scenario, c.gpu, t.gpus) for _, c, t in signed)
    return [
        _lot(scenario, horizon, name, contract, tranche, total_kw, residual_share)
        for name, contract, tranche in signed
    ]


def kw_of(scenario: Scenario, gpu: str, gpus: int) -> float:
    """Critical IT power of GPUs [kW]."""
    return gpus * scenario.gpus[gpu].it_kw_per_gpu


def revenue_share(scenario: Scenario) -> float:
    """Share of revenue spent in cash on costs that follow it [share]."""
    return sum(o.revenue_share * (1 - o.stock_share) for o in scenario.overheads.values())


def _lot(
    scenario: Scenario,
    horizon: Horizon,
    name: str,
    contract: Contract,
    tranche: Tranche,
    total_kw: float,
    residual_share: float | None,
) -> Lot:
    kw = kw_of(scenario, contract.gpu, tranche.gpus)
    months = _months(scenario, contract, tranche)
    site = tranche.site or contract.site
    status = tranche.hardware.status
    capital = _capital(scenario, contract.gpu, tranche)
    start = max(1, horizon.month_of(tranche.start))
    cash = unit_cash.blank(months)
    cash.gpu_hours[1:] = tranche.gpus * HOURS_PER_MONTH
    cash.revenue[1:] = _monthly_revenue(contract, tranche, months)
    cash.capital[0] = capital
    charges = depreciation(scenario, contract.gpu, capital, months, in_service=status == IN_SERVICE)
    cash.residual[-1] = residual(capital, charges, residual_share)
    cash.prepaid[0], received, opening = _prepayment(horizon, contract, tranche, cash, start)
    cash = cash._replace(
        credited=received + opening,
        depreciation=charges,
        overhead=_overhead(scenario, cash.revenue, kw, total_kw),
        **site_costs(scenario, site, kw, months),
    )
    moving = unit_cash.blank(months)._replace(
        revenue=cash.revenue, overhead=revenue_share(scenario) * cash.revenue
    )
    if contract.prepayment is not None and contract.prepayment.share is not None:
        moving = moving._replace(prepaid=cash.prepaid, credited=received)
    fresh = capital if status in FRESH else 0.0
    return Lot(
        name, contract.gpu, site, tranche.gpus, kw, months, status, fresh, start, cash, moving
    )


def _months(scenario: Scenario, contract: Contract, tranche: Tranche) -> int:
    """Months of the term, or what is left of it."""
    months = tranche.term_months or contract.term_months
    as_of = scenario.model.as_of
    if tranche.start > as_of:
        return months
    left = day_of(add_months(tranche.start, months)) - day_of(as_of) - 1
    return max(1, round(left / DAYS_PER_MONTH))


def _monthly_revenue(contract: Contract, tranche: Tranche, months: int) -> float:
    if tranche.value_usd is not None:
        return tranche.value_usd / months
    assert contract.price_usd_per_gpu_hour is not None
    return contract.price_usd_per_gpu_hour * tranche.gpus * HOURS_PER_MONTH


def _capital(scenario: Scenario, gpu: str, tranche: Tranche) -> float:
    """Cost of the hardware, or what the books still carry of it [USD]."""
    own = tranche.hardware
    if own.status == IN_SERVICE:
        fleet = [a for a in scenario.assets.values() if a.gpu == gpu]
        gpus = sum(a.gpus for a in fleet)
        carried = sum(a.gross_usd - a.accumulated_usd for a in fleet)
        return carried / gpus * tranche.gpus if gpus else 0.0
    if own.status == "delivered":
        return own.in_progress_usd + (own.cost_to_come_usd or 0.0)
    if own.cost_to_come_usd is not None:
        return own.cost_to_come_usd
    return scenario.gpus[gpu].capex_usd_per_gpu * tranche.gpus


def depreciation(
    scenario: Scenario, gpu: str, capital: float, months: int, *, in_service: bool = False
) -> Floats:
    """Straight line to salvage, as `orders.fitted` books it [months + 1].

    New hardware over the book lives; hardware in service at the rate that [assets] implies.
    """
    own = scenario.gpus[gpu]
    parts = [
        ((1 - own.infrastructure_share) * (1 - own.salvage_share), own.book_life_years),
        (own.infrastructure_share, own.infrastructure_life_years),
    ]
    if in_service:
        fleet = [a for a in scenario.assets.values() if a.gpu == gpu]
        carried = sum(a.gross_usd - a.accumulated_usd for a in fleet)
        parts = [
            ((a.gross_usd - a.accumulated_usd - a.salvage_usd) / carried, a.remaining_life_years)
            for a in fleet
            if carried and a.remaining_life_years
        ]
    charges = np.zeros(months + 1)
    upto = np.arange(months + 1) / MONTHS_PER_YEAR
    for share, years in parts:
        charges[1:] += share * capital * np.diff(np.minimum(upto / years, 1.0))
    return charges


def residual(capital: float, charges: Floats, share: float | None) -> float:
    """What hardware fetches at the end of a term: a share of its cost, or its book value [USD]."""
    return capital - float(charges.sum()) if share is None else share * capital


def _prepayment(
    horizon: Horizon, contract: Contract, tranche: Tranche, cash: Cash, start: int
) -> tuple[float, Floats, Floats]:
    """The lot's part of what is still to be paid ahead, its credits, and those of what was."""
    months = len(cash.revenue) - 1
    credited, opening = np.zeros(months + 1), np.zeros(months + 1)
    weight = _weight(contract, tranche)
    prepaid = 0.0
    plan = contract.prepayment
    if contract.opening is not None:
        ahead = start - 1 if tranche.start > horizon.as_of else 0
        first = horizon.month_of(contract.opening.credited_from) - ahead
        last = horizon.month_of(contract.opening.credited_to) - ahead
        amount = contract.opening.deferred_revenue_usd * weight
        opening = _credits(amount, first, last, months)
    first_start = min(day_of(t.start) for t in contract.tranches)
    to_come = plan and not is_prepaid(contract, prepayment_day(plan, first_start), horizon)
    if plan is not None and (contract.opening is None or to_come):
        prepaid = (
            plan.amount_usd * weight
            if plan.amount_usd is not None
            else (plan.share or 0.0) * float(cash.revenue.sum())
        )
        credited = _credits(prepaid, *plan.credited_months, months)
    return prepaid, credited, opening


def _weight(contract: Contract, tranche: Tranche) -> float:
    """A tranche's share of its contract's value, or of its GPU-months under one price."""

    def size(t: Tranche) -> float:
        if t.value_usd is not None:
            return t.value_usd
        return t.gpus * (t.term_months or contract.term_months)

    whole = sum(size(t) for t in contract.tranches)
    return size(tranche) / whole if whole else 0.0


def _credits(amount: float, first: int, last: int, months: int) -> Floats:
    """Level credits; what would fall outside the term is moved into it."""
    end = min(max(last, 1), months)
    return unit_cash.level(amount, min(max(first, 1), end), end, months)


def site_costs(scenario: Scenario, name: str, kw: float, months: int) -> dict[str, Floats]:
    """Power, rent and staff of GPUs at a site; space nobody fills is not theirs [months + 1]."""
    site = scenario.sites[name]
    power = unit_cash.power_per_kw(
        site.load_factor,
        site.minimum_take,
        site.pue,
        site.tariff_usd_per_kwh,
        site.grid_charge_usd_per_kw_month,
    )
    fixed = unit_cash.escalated(kw * _fixed_rent(scenario, site), site.rent_escalator, months)
    lease = round(site.lease_years * unit_cash.MONTHS_PER_YEAR)
    if site.kind != "owned" and lease < months:
        fixed[lease + 1 :] = fixed[lease] * site.holdover_rent_ratio
    variable = unit_cash.escalated(kw * site.variable_rent_usd_per_kw_month, 0.0, months)
    return {
        "power": unit_cash.escalated(kw * power, 0.0, months),
        "rent": fixed + variable,
        "staff": unit_cash.escalated(kw * site.staff_usd_per_kw_month, 0.0, months),
    }


def _fixed_rent(scenario: Scenario, site: Site) -> float:
    """Fixed rent of a kW-month; phases in use on the as-of day pay what [leases] says."""
    if site.kind == "owned":
        return 0.0
    if site.kind == "colocation":
        return site.rent_usd_per_kw_month
    as_of = scenario.model.as_of
    opening = sum(p.it_mw for p in site.phases if p.ready <= as_of)
    whole = sum(p.it_mw for p in site.phases)
    leased = sum(
        phase.it_mw
        for other in scenario.sites.values()
        if other.kind == "leased-shell"
        for phase in other.phases
        if phase.ready <= as_of
    )
    paid = sum(scenario.leases.payments.values())
    months = scenario.leases.remaining_months
    in_use = paid / months / (leased * KW_PER_MW) if months and leased else 0.0
    return (opening * in_use + (whole - opening) * site.rent_usd_per_kw_month) / whole


def _overhead(scenario: Scenario, revenue: Floats, kw: float, total_kw: float) -> Floats:
    """Overheads in cash: fixed parts by share of all signed power, the rest by what they follow."""
    months = len(revenue) - 1
    amounts = np.zeros(months + 1)
    for line in scenario.overheads.values():
        cash_share = 1 - line.stock_share
        growth = (1 + line.growth_per_year / MONTHS_PER_YEAR) ** np.arange(months + 1)
        fixed = line.monthly_usd * (kw / total_kw if total_kw else 0.0) * growth / growth[1]
        amounts += cash_share * (fixed + line.revenue_share * revenue + line.usd_per_kw_month * kw)
    amounts[0] = 0.0
    return amounts


def loans_of(scenario: Scenario, lots: list[Lot]) -> list[list[Borrowed]]:
    """What lenders carry of each lot's cost. A commitment too small is shared by what was asked."""
    asked = [_asked(scenario, lot) for lot in lots]
    wanted: dict[str, float] = {}
    for wishes in asked:
        for name, _, amount in wishes:
            wanted[name] = wanted.get(name, 0.0) + amount
    found = []
    for lot, wishes in zip(lots, asked, strict=True):
        ends = month_ends(scenario.model.as_of, lot.start - 1 + lot.months)
        rates = base_curve(scenario, ends[lot.start - 1 :])
        found.append(
            [
                _borrowed(scenario, lot, name, rates, (advance, amount), wanted[name])
                for name, advance, amount in wishes
            ]
        )
    return found


def _asked(scenario: Scenario, lot: Lot) -> list[tuple[str, float, float]]:
    """(facility, most its advance rate allows, amount asked) of a lot [USD]."""
    contract = scenario.contracts[lot.contract]
    wishes = []
    if lot.fresh_cost and contract.facility:
        advance = _advance(scenario, contract.facility)
        share = advance if contract.loan_share is None else contract.loan_share
        wishes.append((contract.facility, advance * lot.fresh_cost, share * lot.fresh_cost))
    if lot.fresh_cost and contract.vendor and contract.vendor_share:
        amount = contract.vendor_share * lot.fresh_cost
        wishes.append((contract.vendor, amount, amount))
    return [wish for wish in wishes if wish[2] > 0]


def _advance(scenario: Scenario, facility: str) -> float:
    if facility == PROGRAMME:
        assert scenario.programme is not None
        return scenario.programme.advance_rate
    return scenario.debt[facility].advance_rate


def room(scenario: Scenario, facility: str) -> float | None:
    """What a named facility can still lend; None for programme loans, sized to their orders."""
    if facility == PROGRAMME:
        return None
    debt = scenario.debt[facility]
    used = debt.opening.principal_usd if debt.opening else 0.0
    return max(0.0, debt.commitment_usd - used)


def _borrowed(
    scenario: Scenario,
    lot: Lot,
    name: str,
    base: Floats,
    limits: tuple[float, float],
    wanted: float,
) -> Borrowed:
    advance, asked = limits
    left = room(scenario, name)
    scale = 1.0 if left is None else min(1.0, left / wanted)
    binding = "commitment" if scale < 1 else "loan share"
    amount = asked * scale
    if name == PROGRAMME:
        loan = _programme_loan(scenario, lot, base, amount)
    else:
        loan = _named_loan(scenario.debt[name], base, amount, lot.months)
    return Borrowed(name, amount, advance, binding, loan)


def _programme_loan(scenario: Scenario, lot: Lot, base: Floats, amount: float) -> Loan:
    terms = scenario.programme
    assert terms is not None
    by_rating = terms.margin_by_rating
    best = scenario.contracts[lot.contract].rating == "investment-grade"
    margin = by_rating.investment_grade if best else by_rating.other
    plan = terms.amortisation
    return Loan(
        amount=amount,
        rates=np.maximum(base, terms.base_floor) + margin,
        year_days=365 / 360,
        discount=terms.draw_discount,
        law=LAWS[plan.law],
        months=plan.months,
        grace=plan.grace_months,
        every=plan.every_months,
        balloon=plan.balloon_share,
        reserve=terms.reserve_share,
        dscr=plan.dscr or 0.0,
        running=terms.running_cost_share or 0.0,
    )


def _named_loan(debt: Debt, base: Floats, amount: float, months: int) -> Loan:
    plan = debt.amortisation
    floating = debt.base == "SOFR"
    rates = np.maximum(base, debt.base_floor) + debt.margin if floating else 0 * base + debt.margin
    return Loan(
        amount=amount,
        rates=rates,
        year_days=365 / 360 if debt.day_count == "act/360" else 1.0,
        discount=debt.draw_discount,
        law=LAWS[plan.law] if plan else LAWS["straight"],
        months=plan.months if plan else months,
        grace=plan.grace_months if plan else 0,
        every=plan.every_months if plan else 1,
        balloon=plan.balloon_share if plan else 0.0,
        reserve=debt.reserve_share,
        dscr=(plan.dscr if plan else None) or 0.0,
        running=debt.running_cost_share or 0.0,
    )
