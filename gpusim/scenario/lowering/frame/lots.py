"""What was sold, cut into lots: each lot starts, is bought and is accepted as one.

A tranche larger than `operator.acceptance_lot_mw` is taken in equal lots so that it ramps up
instead of starting at once. With n lots and a planned acceptance of A days, lot i (from 0) is
planned to be accepted round(A (2i + 1) / n) days after it is in service, A on average. The first
lot starts on the tranche's declared start, the planned first day of billing, and each of the others
so many days later as it is accepted later. All lots are ordered, delivered and put in service
together, in time for the first. Value, cost and deposits are split by GPUs, to the cent. Hardware
in service needs no acceptance and is not cut.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gpusim.economics.books.rent import months_before
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import NEVER
from gpusim.economics.decisions.capacity_source import lot_acceptance
from gpusim.scenario.counts import lots_of_tranche, too_many_lots
from gpusim.scenario.lowering.frame.amounts import contract_value, equal_counts, split_by, within
from gpusim.scenario.lowering.frame.horizon import Horizon, days_of_term
from gpusim.scenario.lowering.frame.refuse import refusal
from gpusim.scenario.tables.sales.prices import is_level, rate
from gpusim.scenario.tables.sales.tenancies import TENANCY
from gpusim.units_of_measure import (
    CENTS_PER_USD,
    Day,
    add_months,
    cents_of,
    date_of,
    day_of,
    microwatts_of,
)

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.gpus import Gpu
    from gpusim.scenario.tables.sales.tranches import Tranche


class Hardware(NamedTuple):
    """A lot's own GPUs on the as-of day; amounts [cents]."""

    status: str  # planned, ordered or delivered
    cost: int  # still to be added to construction in progress
    deposit: int
    in_progress: int
    delivery: Day  # NEVER unless ordered
    order_day: Day  # planned


@dataclass(frozen=True)
class Lot:
    """A lot of a tranche; `hardware` is None where nothing is bought for it."""

    name: str  # by place in the file, as reports call it
    key: str  # by the tranche's name, for its draws
    contract: str
    group: int
    gpu: str
    site: str
    gpus: int
    live: bool
    start: Day
    term_days: int
    value: int
    rates: Rates
    priority: int
    acceptance_days: int
    acceptance_sd: float
    hardware: Hardware | None
    let: Let | None = None


class Let(NamedTuple):
    """What a lot lets to a tenant."""

    microwatts: int
    rent: float  # the highest of its term [cents/month]
    steps: Steps
    months: int  # of the term
    begun: int  # days of the term before the first simulated one


Rates: TypeAlias = tuple[tuple[int, float], ...]
"""Of a term: days before each of its prices holds, and the share of its value before that."""
Steps: TypeAlias = tuple[tuple[int, float], ...]
"""Of a term of let power: months before each of its rents holds, and that over the highest."""


class Span(NamedTuple):
    """Days of a term on which an hour of a GPU is worth the same."""

    rate: float  # [USD/GPU-hour], or relative, see `Contract.rate`
    days: int


class Ramp(NamedTuple):
    """A lot's place in the acceptance of its tranche."""

    gpus: int
    days: int
    sd: float


def microwatts_per_gpu(gpu: Gpu) -> int:
    """Critical IT power of a GPU [uW]."""
    return microwatts_of(kw=gpu.it_kw_per_gpu)


def plan_lots(scenario: Scenario, horizon: Horizon) -> list[Lot]:
    """All lots in order of priority and planned start, then as written.

    Row order is the order in which orders of equal standing are funded and installed.

    Raises:
        ScenarioError: there would be too many.
    """
    for problem in too_many_lots(scenario):
        raise refusal(scenario, problem.path, problem.found, problem.expected)
    lots = [
        lot
        for name, contract in scenario.contracts.items()
        for group in range(len(contract.tranches))
        for lot in lots_of(scenario, horizon, name, contract, group)
    ]
    return sorted(lots, key=lambda lot: (lot.priority, lot.start))


def rate_rows(lots: list[Lot]) -> dict[Rates, int]:
    """The rows of what days of terms are worth where they differ, see `first_rows`."""
    return first_rows(lot.rates for lot in lots)


def step_rows(lots: list[Lot]) -> dict[Steps, int]:
    """The rows of rents of terms where they differ, see `first_rows`."""
    return first_rows(lot.let.steps if lot.let else () for lot in lots)


def first_rows(lists: Iterable[Steps]) -> dict[Steps, int]:
    """The row of the first of each different list, one after the other in one table.

    The last entry, of an empty list, tells how many rows there are.

    >>> two, one = ((0, 0.0), (31, 0.5)), ((0, 0.0),)
    >>> list(first_rows([two, (), one, two]).values())
    [0, 2, 3]
    """
    rows: dict[Steps, int] = {}
    count = 0
    for steps in lists:
        if steps and steps not in rows:
            rows[steps] = count
            count += len(steps)
    return rows | {(): count}


def by_contract(lots: list[Lot]) -> dict[str, list[Lot]]:
    """The lots of each contract that has any, in their order."""
    own: dict[str, list[Lot]] = {}
    for lot in lots:
        own.setdefault(lot.contract, []).append(lot)
    return own


def lots_of(
    scenario: Scenario, horizon: Horizon, name: str, contract: Contract, group: int
) -> Iterator[Lot]:
    """The lots of one tranche."""
    tranche = contract.tranches[group]
    if contract.kind == TENANCY:
        yield tenancy(horizon, name, contract, group)
        return
    path = f"contracts.{name}.tranches.{group}"
    key = f"contracts.{name}.tranches.{tranche.name}"
    bought = contract.kind == "take-or-pay" and tranche.hardware.status != "in-service"
    live = tranche.start <= horizon.as_of and not bought
    first = horizon.tomorrow if live else day_of(tranche.start)
    months = tranche.term_months or contract.term_months
    term_days = days_of_term(tranche.start, months)
    if live:
        term_days = max(0, day_of(add_months(tranche.start, months)) - first)
    spans = spans_of(contract, tranche.start, months, first, term_days)
    value = value_of(contract, tranche, spans)
    rates = rates_of(spans, tranche.gpus)
    ramps = [Ramp(tranche.gpus, 0, 0.0)]
    hardware: list[Hardware] | list[None] = [None]
    if bought:
        gpu = scenario.gpus[contract.gpu]
        ramps = ramp_of(gpu, tranche.gpus, scenario.operator.acceptance_lot_mw)
        hardware = hardware_of(scenario, gpu, tranche, ramps)
    values = split_by(value, [r.gpus for r in ramps]) if bought else [value]
    for i, (ramp, own, part) in enumerate(zip(ramps, hardware, values, strict=True)):
        yield Lot(
            name=path if len(ramps) == 1 else f"{path}.lot.{i}",
            key=key if len(ramps) == 1 else f"{key}.lot.{i}",
            contract=name,
            group=group,
            gpu=contract.gpu,
            site=tranche.site or contract.site,
            gpus=ramp.gpus,
            live=live,
            start=horizon.future(max(first + ramp.days - ramps[0].days, day_of(contract.signed))),
            term_days=term_days,
            value=part,
            rates=rates,
            priority=tranche.priority,
            acceptance_days=ramp.days,
            acceptance_sd=ramp.sd,
            hardware=own,
        )


def tenancy(horizon: Horizon, name: str, contract: Contract, group: int) -> Lot:
    """A tranche that lets power, as one lot: its rent is level by the calendar month."""
    tranche = contract.tranches[group]
    months = tranche.term_months or contract.term_months
    live = tranche.start <= horizon.as_of
    start = day_of(tranche.start)
    first = horizon.future(max(start, day_of(contract.signed)))
    begun = first - start if live else 0
    end = day_of(add_months(date_of(first - begun), months))
    prices = [rate(contract, month) for month in range(months)]
    highest, steps = max(prices), rent_steps(prices)
    paid = 0.0
    for n, (month, share) in enumerate(steps):
        later = steps[n + 1][0] if n + 1 < len(steps) else months
        begins = max(day_of(add_months(date_of(first - begun), month)), first)
        past = day_of(add_months(date_of(first - begun), later))
        paid += share * max(months_before(past) - months_before(begins), 0.0)
    microwatts = microwatts_of(kw=tranche.it_kw or 0.0)
    rent = highest * CENTS_PER_USD * (tranche.it_kw or 0.0)
    if tranche.value_usd is not None:
        rent = cents_of(tranche.value_usd) / paid if paid else 0.0
    return Lot(
        name=f"contracts.{name}.tranches.{group}",
        key=f"contracts.{name}.tranches.{tranche.name}",
        contract=name,
        group=group,
        gpu="",
        site=tranche.site or contract.site,
        gpus=0,
        live=live,
        start=first,
        term_days=max(end - first, 0),
        value=cents(rent * paid),
        rates=(),
        priority=tranche.priority,
        acceptance_days=0,
        acceptance_sd=0.0,
        hardware=None,
        let=Let(microwatts, rent, steps if len(steps) > 1 else (), months, begun),
    )


def rent_steps(prices: list[float]) -> Steps:
    """Months of a term before each of its rents holds, and that rent over the highest.

    >>> rent_steps([0.0, 100.0, 100.0, 125.0])
    ((0, 0.0), (1, 0.8), (3, 1.0))
    """
    highest = max(prices) or 1.0
    changes = [m for m, price in enumerate(prices) if m == 0 or price != prices[m - 1]]
    return tuple((month, prices[month] / highest) for month in changes)


def spans_of(
    contract: Contract, start: dt.date, months: int, first: Day, term_days: int
) -> list[Span]:
    """Days of a term, or of what is left of it, by what an hour is worth; neighbours differ.

    first: day on which it begins, or is left; of months of the term that begin on the day of its
    start, as its calendar has them.
    """
    spans: list[Span] = []
    last = first + term_days
    for month in range(months if not is_level(contract) else 1):
        begin = max(day_of(add_months(start, month)), first)
        end = last
        if month + 1 < months and not is_level(contract):
            end = min(day_of(add_months(start, month + 1)), last)
        if end <= begin:
            continue
        worth = rate(contract, month)
        if spans and spans[-1].rate == worth:
            spans[-1] = spans[-1]._replace(days=spans[-1].days + end - begin)
        else:
            spans.append(Span(worth, end - begin))
    return spans


def value_of(contract: Contract, tranche: Tranche, spans: list[Span]) -> int:
    """Value of a tranche over the days that are left of its term [cents]."""
    if tranche.value_usd is not None:
        return cents_of(tranche.value_usd)
    return sum(contract_value(span.rate, tranche.gpus, span.days) for span in spans)


def rates_of(spans: list[Span], gpus: int) -> Rates:
    """From which day of a term on, and after which share of its value, each of its spans is.

    None where all days are worth the same, or nothing. Shares are those of amounts in cents.
    """
    values = [contract_value(span.rate, gpus, span.days) for span in spans]
    if len(spans) <= 1 or not any(values):
        return ()
    days = accumulate((span.days for span in spans[:-1]), initial=0)
    before = accumulate(values[:-1], initial=0)
    whole = sum(values)
    return tuple((day, value / whole) for day, value in zip(days, before, strict=True))


def ramp_of(gpu: Gpu, gpus: int, lot_mw: float) -> list[Ramp]:
    """How a tranche is cut and when each lot is accepted, see the module's text.

    gpus [GPUs]; lot_mw [MW of IT]. The spread around the plan shrinks and grows with it.
    """
    n = lots_of_tranche(gpu.it_kw_per_gpu, gpus, lot_mw)
    planned, sd = gpu.acceptance.planned_days, gpu.acceptance.sd_days
    return [
        Ramp(part, lot_acceptance(planned, i, n), sd * (2 * i + 1) / n)
        for i, part in enumerate(equal_counts(gpus, n))
    ]


def hardware_of(
    scenario: Scenario, gpu: Gpu, tranche: Tranche, ramps: list[Ramp]
) -> list[Hardware]:
    """Status and money of each lot's own GPUs; no lot has a deposit above its cost."""
    own = tranche.hardware
    weights = [r.gpus for r in ramps]
    costs = split_by(cents_of(tranche.cost_to_come(gpu.capex_usd_per_gpu)), weights)
    deposits = within(costs, split_by(cents_of(own.deposit_usd), weights))
    in_progress = split_by(cents_of(own.in_progress_usd), weights)
    in_service = day_of(tranche.start) - ramps[0].days
    ahead = gpu.fitout.planned_days + gpu.lead.planned_days + scenario.operator.order_ahead_days
    delivery = day_of(own.delivery) if own.delivery else int(NEVER)
    return [
        Hardware(own.status, cost, deposit, held, delivery, in_service - ahead)
        for cost, deposit, held in zip(costs, deposits, in_progress, strict=True)
    ]
