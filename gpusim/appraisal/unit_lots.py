"""What was signed, as lots of GPUs with their planned cash (`appraisal/unit_cash.py`).

A lot is a tranche, from the day its hardware is paid. Hardware in service is not paid again: its
capital is what the books still carry, a live term is what is left of it, and prepayments received
come off its invoices. At the end of a term hardware is worth what the books then carry, unless
another residual share is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from gpusim.appraisal import unit_cash
from gpusim.appraisal.planned.book_values import carried_before, depreciation, residual
from gpusim.appraisal.planned.credits import CreditLaw, credits_of_term
from gpusim.appraisal.planned.indexed_prices import index_ratios, lowest_ratios, stated_revenue
from gpusim.appraisal.unit_cash import Cash
from gpusim.appraisal.unit_costs import months_of, site_costs, works
from gpusim.economics.books.costs import overhead_amount
from gpusim.economics.core.calendar import DAYS_PER_AVERAGE_MONTH, HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.economics.core.state import Floats
from gpusim.economics.decisions.cost_bases import (
    ACTIVE_POWER,
    BASES,
    BILLING_CONTRACTS,
    BOOK_VALUE,
    GPUS,
    HARDWARE_COST,
    REVENUE,
    TIME,
)
from gpusim.economics.sales.revenue import unpaid_share
from gpusim.scenario import Scenario
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import PROGRAMME
from gpusim.scenario.lowering.nouns.books import cost_rates
from gpusim.scenario.lowering.nouns.sales import is_prepaid, prepayment_day
from gpusim.scenario.tables.contracts import Contract
from gpusim.scenario.tables.sales.prices import rate
from gpusim.scenario.tables.sales.tranches import Tranche
from gpusim.units_of_measure import (
    CENTS_PER_USD,
    MICROWATTS_PER_KW,
    add_months,
    day_of,
)

if TYPE_CHECKING:
    from gpusim.scenario.tables.lending.covenants import Covenants, DscrCovenant

IN_SERVICE: Final = "in-service"
FRESH: Final = ("planned", "ordered")
"""Hardware that a contract's loan can still pay for."""


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
    deposit_share: float  # of it, that they do not
    priority: int  # 0 is served first
    start: int  # month of its start, 1 = the first simulated one
    cash: Cash
    moving: Cash  # the part of it in proportion to the contract's price
    new_cost: float  # of its hardware when new [USD]
    power_share: float  # of all signed power, by which fixed overheads are shared


def lots_of(
    scenario: Scenario,
    residual_share: float | None = None,
    price_path: Sequence[float] = (1.0,),
) -> list[Lot]:
    """Every tranche of take-or-pay contracts with its planned cash, loans left out.

    residual_share: of hardware cost, fetched at the end of the term; None: its book value [share];
    price_path: rental index of each year over today's, which prices may follow [ratio].
    """
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    signed = [
        (name, contract, tranche)
        for name, contract in scenario.contracts.items()
        if contract.kind == "take-or-pay"
        for tranche in contract.tranches
    ]
    total_kw = signed_kw(scenario)
    return [
        _lot(scenario, horizon, name, contract, tranche, total_kw, residual_share, price_path)
        for name, contract, tranche in signed
    ]


def signed_kw(scenario: Scenario) -> float:
    """Critical IT power of all that is signed, GPUs' and tenants', by which fixed parts go [kW]."""
    tranches = [(c.gpu, t) for c in scenario.contracts.values() for t in c.tranches]
    hardware = sum(kw_of(scenario, gpu, t.gpus) for gpu, t in tranches if t.gpus)
    return hardware + sum(tranche.it_kw or 0.0 for _, tranche in tranches)


def kw_of(scenario: Scenario, gpu: str, gpus: int) -> float:
    """Critical IT power of GPUs [kW]."""
    return gpus * scenario.gpus[gpu].it_kw_per_gpu


def _lot(
    scenario: Scenario,
    horizon: Horizon,
    name: str,
    contract: Contract,
    tranche: Tranche,
    total_kw: float,
    residual_share: float | None,
    price_path: Sequence[float],
) -> Lot:
    kw = kw_of(scenario, contract.gpu, tranche.gpus)
    months = _months(scenario, contract, tranche)
    site = tranche.site or contract.site
    status = tranche.hardware.status
    share = kw / total_kw if total_kw else 0.0
    capital, new = _capital(scenario, contract.gpu, tranche)
    start = max(1, horizon.month_of(tranche.start))
    ratios = index_ratios(scenario, contract, tranche, months, start, price_path)
    paid = paid_shares(contract, works(scenario, site, months, start))
    cash, received = _sold(horizon, contract, tranche, start, ratios, paid)
    cash.capital[0] = capital
    cash.employed[0] = capital * months / MONTHS_PER_YEAR
    charges = depreciation(scenario, contract.gpu, capital, months, in_service=status == IN_SERVICE)
    cash.residual[-1] = residual(capital, charges, residual_share)
    part = tranche.gpus / sum(t.gpus for t in contract.tranches)
    carried = carried_before(capital, charges)
    bases = bases_of(
        cash.revenue, kw, new, share, gpus=tranche.gpus, carried=carried, contracts=part
    )
    cash = cash._replace(
        depreciation=charges,
        overhead=overhead(scenario, bases, start),
        **site_costs(scenario, site, kw, months, start),
    )
    following = overhead(scenario, bases_of(cash.revenue), start)
    moving = unit_cash.blank(months)._replace(
        revenue=cash.revenue, overhead=following, unpromised=cash.unpromised
    )
    if contract.prepayment is not None and contract.prepayment.share is not None:
        moving = moving._replace(prepaid=cash.prepaid, credited=received)
    test = own_test(scenario, contract.facility)
    if test is not None:
        cash = tested(cash, cash.overhead, test)
        moving = tested(moving, following, test)
    fresh = capital if status in FRESH else 0.0
    deposit = scenario.gpus[contract.gpu].deposit_share if status == "planned" else 0.0
    place = (name, contract.gpu, site, tranche.gpus, kw, months, status)
    return Lot(*place, fresh, deposit, tranche.priority, start, cash, moving, new, share)


def _sold(
    horizon: Horizon,
    contract: Contract,
    tranche: Tranche,
    start: int,
    ratios: Floats,
    paid: Floats,
) -> tuple[Cash, Floats]:
    """Hours and revenue, what is paid ahead and its credits; of those, of what is still to come.

    start: month of the run that is the first; ratios of each month's price to the one stated; paid:
    share of each month's fee, of which lenders count on all.
    """
    months = len(ratios) - 1
    cash = unit_cash.blank(months)
    cash.gpu_hours[1:] = tranche.gpus * HOURS_PER_MONTH
    cash.revenue[1:] = stated_revenue(contract, tranche, months)
    least = cash.revenue * lowest_ratios(contract, tranche, months)
    value = float(cash.revenue.sum())
    cash.revenue[:] *= ratios * paid
    cash.prepaid[0], received, opening = prepayment(
        horizon, contract, tranche, cash.revenue, start, value
    )
    cash.credited[:] = received + opening
    if contract.price_index is not None or paid.min() < 1.0:
        _, new, old = prepayment(horizon, contract, tranche, least, start, value)
        cash.unpromised[:] = cash.revenue - cash.credited - (least - new - old)
    return cash, received


def paid_shares(contract: Contract, worked: Floats) -> Floats:
    """Share of each month's fee that is paid where GPUs work a share of its hours [months + 1].

    By the contract's service level. Source: `revenue.unpaid_share`.
    """
    level = contract.sla
    allowance, multiple = (1.0 - level.availability, level.credit_multiple) if level else (0.0, 1.0)
    return np.array([1.0 - unpaid_share(0.0, 1.0 - share, allowance, multiple) for share in worked])


def tested(cash: Cash, overhead: Floats, test: DscrCovenant) -> Cash:
    """A lot's cash, with what the test of its loan counts otherwise.

    The service fee comes off what the customer pays; overheads are the firm's.
    Source: `dscr.note_own_cash`.
    """
    fee = test.service_fee_share * (cash.revenue - cash.credited)
    return cash._replace(service_fee=fee, uncounted=overhead)


def _months(scenario: Scenario, contract: Contract, tranche: Tranche) -> int:
    """Months of the term, or what is left of it."""
    months = tranche.term_months or contract.term_months
    as_of = scenario.model.as_of
    if tranche.start > as_of:
        return months
    left = day_of(add_months(tranche.start, months)) - day_of(as_of) - 1
    return max(1, round(left / DAYS_PER_AVERAGE_MONTH))


def _capital(scenario: Scenario, gpu: str, tranche: Tranche) -> tuple[float, float]:
    """Cost of the hardware, or what the books still carry of it, and its cost when new [USD]."""
    own = tranche.hardware
    if own.status == IN_SERVICE:
        fleet = [a for a in scenario.assets.values() if a.gpu == gpu]
        gpus = sum(a.gpus for a in fleet)
        carried = sum(a.gross_usd - a.accumulated_usd for a in fleet)
        gross = sum(a.gross_usd for a in fleet)
        part = tranche.gpus / gpus if gpus else 0.0
        return carried * part, gross * part
    cost = scenario.gpus[gpu].capex_usd_per_gpu * tranche.gpus
    if own.status == "delivered":
        cost = own.in_progress_usd + (own.cost_to_come_usd or 0.0)
    elif own.cost_to_come_usd is not None:
        cost = own.cost_to_come_usd
    return cost, cost


def prepayment(
    horizon: Horizon,
    contract: Contract,
    tranche: Tranche,
    revenue: Floats,
    start: int,
    value: float | None = None,
) -> tuple[float, Floats, Floats]:
    """The lot's part of what is still to be paid ahead, its credits, and those of what was.

    revenue of each month of its term, or of what is left of it [months + 1] [USD]; start: month of
    the run that is its first; value at the price stated, where revenue is at another [USD].
    """
    months = len(revenue) - 1
    credited, opening = np.zeros(months + 1), np.zeros(months + 1)
    weight = _weight(contract, tranche)
    prepaid = 0.0
    plan = contract.prepayment
    if contract.opening is not None:
        ahead = start - 1 if tranche.start > horizon.as_of else 0
        first = horizon.month_of(contract.opening.credited_from) - ahead
        until = contract.opening.credited_to
        law = CreditLaw(
            first,
            horizon.month_of(until) - ahead if until else None,
            contract.opening.credit_share,
            contract.opening.runs_on,
        )
        opening = credits_of_term(contract.opening.deferred_revenue_usd * weight, law, revenue)
    first_start = min(day_of(t.start) for t in contract.tranches)
    to_come = plan and not is_prepaid(contract, prepayment_day(plan, first_start), horizon)
    if plan is not None and (contract.opening is None or to_come):
        worth = float(revenue.sum()) if value is None else value
        prepaid = (plan.share or 0.0) * worth
        if plan.amount_usd is not None:
            prepaid = plan.amount_usd * weight
        law = CreditLaw(*plan.window, plan.credit_share, plan.runs_on)
        credited = credits_of_term(prepaid, law, revenue)
    return prepaid, credited, opening


def _weight(contract: Contract, tranche: Tranche) -> float:
    """A tranche's share of its contract's value."""

    def size(t: Tranche) -> float:
        if t.value_usd is not None:
            return t.value_usd
        months = t.term_months or contract.term_months
        return (t.gpus or t.it_kw or 0.0) * sum(rate(contract, month) for month in range(months))

    whole = sum(size(t) for t in contract.tranches)
    return size(tranche) / whole if whole else 0.0


def bases_of(
    revenue: Floats,
    kw: float = 0.0,
    cost: float = 0.0,
    share: float = 0.0,
    *,
    gpus: float = 0.0,
    carried: Floats | float = 0.0,
    contracts: float = 0.0,
) -> Floats:
    """What overheads go by, of a lot in each month of its term [months + 1, BASES].

    revenue [USD]; kw of critical IT; cost of its hardware when new [USD]; share of all signed
    power, by which fixed parts are shared; gpus; what its hardware is in the books for before each
    month's depreciation [USD]; its part of its contract, by GPUs.
    """
    bases = np.zeros((len(revenue), len(BASES)))
    bases[:, TIME] = share
    bases[:, REVENUE] = revenue * CENTS_PER_USD
    bases[:, ACTIVE_POWER] = kw * MICROWATTS_PER_KW
    bases[:, HARDWARE_COST] = cost * CENTS_PER_USD
    bases[:, GPUS] = gpus
    bases[:, BOOK_VALUE] = np.asarray(carried) * CENTS_PER_USD
    bases[:, BILLING_CONTRACTS] = contracts
    return bases


def overhead(scenario: Scenario, bases: Floats, start: int = 1) -> Floats:
    """Overheads in cash of a lot, by what they go by [months + 1] [USD].

    start: month of the run that is the first of the lot's term; rates are as dated there, and grow
    from there on, as if the run began with it.
    """
    amounts = np.zeros(len(bases))
    ends = months_of(scenario, start, len(bases) - 1)
    for line in scenario.overheads.values():
        rates = cost_rates(line, ends)
        for month in range(1, len(bases)):
            cost = overhead_amount(rates[month], bases[month]) / CENTS_PER_USD
            amounts[month] += (1 - line.stock_share) * cost
    return amounts


def covenants_of(scenario: Scenario, facility: str) -> Covenants | None:
    """What the lender of a loan, or of the programme's loans, tests."""
    if facility == PROGRAMME:
        return scenario.programme.covenants if scenario.programme else None
    return scenario.debt[facility].covenants if facility in scenario.debt else None


def own_test(scenario: Scenario, facility: str) -> DscrCovenant | None:
    """The test of a loan on its own contracts, if it has one."""
    covenants = covenants_of(scenario, facility)
    test = covenants.dscr if covenants else None
    return test if test is not None and test.scope == "facility" else None
