"""What a backtest draws anew for every point: inputs that no filing states, within stated ranges.

Ratios are one uniform factor each (`DRAWN`). The clocks of what is still to come are drawn
together (`clocks`), so that equipment that goes into service sooner leaves construction in progress
sooner, and a bill that was planned moves with what it waits for.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from gpusim.economics.core.state import Floats
from gpusim.experiments.common import design
from gpusim.scenario import Scenario
from gpusim.scenario.drawn.ranges import within
from gpusim.scenario.language.errors import dotted
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.reading.tree import paths_of
from gpusim.scenario.tables.contracts import Contract


class Drawn(NamedTuple):
    """Inputs drawn anew for every point: the file's values times one uniform factor."""

    paths: tuple[str, ...]
    low: float
    high: float


class Clock(NamedTuple):
    """A factor on days, between two ends; even in its logarithm."""

    low: float
    high: float


DRAWN: Final = (
    Drawn(("contracts.*.tranches.*.value_usd",), 0.94, 1.06),
    Drawn(("contracts.*.prepayment.share",), 0.5, 1.25),
    Drawn(("sites.*.delay.probability",), 0.5, 1.5),
    Drawn(("sites.*.variable_rent_usd_per_kw_month",), 0.8, 1.2),
    Drawn(("sites.*.rent_usd_per_kw_month",), 0.8, 1.2),
    Drawn(("assets.*.remaining_life_years",), 0.93, 1.07),
    Drawn(("gpus.*.capex_usd_per_gpu",), 0.9, 1.1),
    Drawn(("overheads.*.monthly_usd",), 0.8, 1.2),
    Drawn(("operator.capitalised_interest_share",), 0.7, 1.3),
    Drawn(("debt.*.margin",), 0.8, 1.2),
    Drawn(("contracts.*.sfc_rate",), 0.0, 2.0),
    Drawn(("payables.capex.*.loan_share",), 0.67, 1.33),
    Drawn(("programme.advance_rate",), 0.8, 1.1),
    Drawn(("contracts.*.vendor_share",), 0.0, 2.0),
)
"""Inputs that no filing states, with assumed ranges: revenue per MW of contracts (moves by 3% from
quarter to quarter), what is prepaid of a contract (10 to 25%), late sites, rates per kW, lives
left, price of equipment, overheads, capitalised share (0.12 to 0.22), coupons, the financing
component of what is prepaid, the shares that loans and suppliers pay."""

PACE: Final = Clock(0.6, 1 / 0.6)
FITOUT: Final = Clock(0.67, 1.5)
LAG: Final = Clock(0.75, 1.33)
LEAD: Final = Clock(0.67, 1.5)
SOLD: Final = Clock(0.33, 3.0)
CLOCKS: Final = (PACE, FITOUT, LAG, LEAD, SOLD)
"""Factors on days. PACE: until what is to come is handed over; a quarter puts into service 0.45 to
1.0 of construction in progress about a prior of 0.60, and as far below it. FITOUT: from there to
service, 30 to 60 about 45. LAG: from service to the first bill, a standard deviation of 20 about
75, less what was seen. LEAD: to the delivery of what is ordered, 25 about 90. SOLD: to signatures
and prepayments, which come in lumps: net bookings of 2025 were 12, 5, 27 and 13 bn a quarter."""


def levels(points: int, seed: int) -> Floats:
    """Levels between 0 and 1 of every input at every point [points, inputs]: a Latin hypercube."""
    return design.spread(design.LHS, len(DRAWN) + len(CLOCKS), points, seed)


def settings(scenario: Scenario, point: Floats) -> tuple[str, ...]:
    """Settings of a point, a row of `levels`: a draw for every uncertain input the model has."""
    have = [(dotted(path), path) for path in paths_of(scenario.tree.values)]
    sets = []
    for drawn, level in zip(DRAWN, point[: len(DRAWN)], strict=True):
        factor = drawn.low + (drawn.high - drawn.low) * float(level)
        sets += [
            f"{name}={_scaled(scenario, path, factor)!r}"
            for name, path in have
            if any(fnmatchcase(name, pattern) for pattern in drawn.paths)
        ]
    days = (
        _factor(clock, float(level))
        for clock, level in zip(CLOCKS, point[len(DRAWN) :], strict=True)
    )
    return (*sets, *clocks(scenario, *days))


def _scaled(scenario: Scenario, path: KeyPath, factor: float) -> float:
    """A value times a factor, within what its key allows; what a loan pays no supplier does."""
    pattern = tuple(str(part) for part in path)
    value = within(pattern, float(f"{scenario.tree.get(path) * factor:.12g}"))
    assert isinstance(value, float)
    if path[-1] == "vendor_share":
        loan = scenario.contracts[str(path[1])].loan_share or 0.0
        value = min(value, 1.0 - loan)
    return value


def clocks(
    scenario: Scenario, pace: float, fitout: float, lag: float, lead: float, sold: float
) -> Iterator[str]:
    """Settings that stretch what is to come: days to handover, of fit-out, to the first bill.

    In models whose contracts and site to come are named growth, those in fit-out fitting and those
    that wait for their first bill accepting; in others the days of the generations alone. What is
    in fit-out on the as-of day keeps its place in the pace, so its days follow the pace.
    """
    as_of = scenario.model.as_of
    for name in scenario.gpus:
        days = scenario.gpus[name].fitout.planned_days
        factor = pace if "fitting" in name else fitout
        gpu = dotted(("gpus", name))
        yield f"{gpu}.fitout.planned_days={round(days * factor)}"
        yield f"{gpu}.acceptance.planned_days={round(_lag(scenario, name) * lag)}"
    if "growth" in scenario.sites:
        for k, phase in enumerate(scenario.sites["growth"].phases):
            yield f"sites.growth.phases.{k}.ready={_moved(as_of, phase.ready, pace)}"
    for name, contract in scenario.contracts.items():
        if not name.startswith(("growth", "fitting", "accepting")):
            continue
        starts = _first_bills(scenario, name, contract, pace, fitout, lag)
        at = dotted(("contracts", name))
        if contract.signed > as_of:
            signed = min(_moved(as_of, contract.signed, sold), *starts)
            yield f"{at}.signed={signed}"
        if contract.prepayment is not None and contract.prepayment.due is not None:
            due = _moved(as_of, contract.prepayment.due, sold)
            yield f"{at}.prepayment.due={due}"
        for k, (tranche, start) in enumerate(zip(contract.tranches, starts, strict=True)):
            yield f"{at}.tranches.{k}.start={start}"
            if tranche.hardware.delivery is not None:
                delivery = _moved(as_of, tranche.hardware.delivery, lead)
                yield f"{at}.tranches.{k}.hardware.delivery={delivery}"


def _first_bills(
    scenario: Scenario, name: str, contract: Contract, pace: float, fitout: float, lag: float
) -> list[dt.date]:
    """Planned first bills of the tranches of a contract to come."""
    as_of = scenario.model.as_of
    days = scenario.gpus[contract.gpu].fitout.planned_days
    wait = _lag(scenario, contract.gpu)
    found = []
    for tranche in contract.tranches:
        ahead = (tranche.start - as_of).days
        if name.startswith("accepting"):
            first = ahead * lag
        elif name.startswith("fitting"):
            first = days * pace + wait * lag
        else:
            first = (ahead - days - wait) * pace + days * fitout + wait * lag
        found.append(as_of + dt.timedelta(days=max(round(first), 1)))
    return found


def _lag(scenario: Scenario, gpu: str) -> int:
    return scenario.gpus[gpu].acceptance.planned_days


def _moved(as_of: dt.date, day: dt.date, pace: float) -> dt.date:
    """A day to come, as many days times the pace ahead; one of the past stays."""
    ahead = (day - as_of).days
    return day if ahead <= 0 else as_of + dt.timedelta(days=max(round(ahead * pace), 1))


def _factor(clock: Clock, u: float) -> float:
    return math.exp(math.log(clock.low) + u * math.log(clock.high / clock.low))
