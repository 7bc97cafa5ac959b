"""Plans that cannot be kept: starts before a hall or hardware can be there, loans not yet open.

On the planned path, without chance: what starts late by the model's own dates starts late in every
replication, and is told as slipped though nothing slipped. Hardware is in service once it is there
and its hall is handed over, after its fit-out; a first lot is accepted its acceptance days later.
Halls are counted in the order of starts, with all of their power, as in `unmet`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from gpusim.scenario.checks.planned.unmet import (
    busiest_of,
    standing_of,
    wanted_of,
)
from gpusim.scenario.counts import too_many_lots
from gpusim.scenario.language.fields import KeyPath
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.lots import Lot, plan_lots
from gpusim.units_of_measure import Day, date_of, day_of, microwatts_of, mw_text

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario

TOLD = 45
"""Days too late beyond which a start is told: half a quarter, for many are known by quarter."""


class Start(NamedTuple):
    """When a tranche can start by the model's own dates, and what it waits for."""

    day: dt.date
    why: str


def late_plans(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Tranches that cannot start when they say, and loans that open after what they pay for."""
    if next(iter(too_many_lots(scenario)), None):
        return
    horizon = Horizon(scenario.model.as_of, scenario.model.quarters)
    first: dict[tuple[str, int], Lot] = {}
    lots = plan_lots(scenario, horizon)
    for lot in lots:
        if not lot.live:
            first.setdefault((lot.contract, lot.group), lot)
    halls, moved = _halls(scenario, first), _moved(scenario)
    for (name, group), lot in first.items():
        if {("gpus", lot.gpu), ("sites", lot.site)} & moved:
            continue
        contract = scenario.contracts[name]
        stated = max(contract.tranches[group].start, contract.signed)
        waits = list(_waits(scenario, horizon, lot, halls.get((name, group))))
        last = max(waits, key=lambda one: one.day, default=None)
        if last and last.day <= date_of(horizon.month_end[-1]) and _days(stated, last.day) > TOLD:
            yield (
                ("contracts", name, "tranches", group, "start"),
                f"contract {name} is to start on {stated} and can start on {last.day} at the "
                f"earliest, {_days(stated, last.day):,} days later: {last.why}",
            )
    yield from _loans_too_early(scenario, horizon, lots)


def _waits(
    scenario: Scenario, horizon: Horizon, lot: Lot, hall: tuple[dt.date, str] | None
) -> Iterator[Start]:
    """When hardware and hall each let a first lot start."""
    work, told = 0, ""
    if lot.hardware is not None:
        gpu = scenario.gpus[lot.gpu]
        fitout = gpu.fitout.planned_days
        work = fitout + lot.acceptance_days
        told = f", and fit-out and acceptance take {work} days" if work else ""
        yield _hardware(scenario, horizon, lot, work)
    if hall is not None:
        ready, power = hall
        yield Start(
            ready + dt.timedelta(work),
            f"{lot.site} has the {power} that it needs with what starts before it from {ready} on"
            + told,
        )


def _hardware(scenario: Scenario, horizon: Horizon, lot: Lot, work: int) -> Start:
    """When hardware lets a first lot start; work: fit-out and acceptance [days]."""
    own, lead = lot.hardware, scenario.gpus[lot.gpu].lead.planned_days
    assert own is not None
    if own.status == "planned":
        day = ordered(scenario, horizon, lot)
        there = day + lead
        why = f"{lot.gpu} ordered on {date_of(day)} take {lead} days to deliver"
    elif own.status == "ordered":
        there = own.delivery
        why = f"its {lot.gpu} are delivered on {date_of(there)}"
    else:
        there = horizon.tomorrow
        why = f"its {lot.gpu} are delivered and not yet in service"
    return Start(date_of(there + work), f"{why} and {work} to fit out and accept")


def _moved(scenario: Scenario) -> set[KeyPath]:
    """Generations and sites that a shock or a strategy changes: that is what it is for."""
    tree = scenario.tree
    return {path[:2] for path in tree.changed if tree.origin(path).line}


def _halls(
    scenario: Scenario, first: dict[tuple[str, int], Lot]
) -> dict[tuple[str, int], tuple[dt.date, str]]:
    """From when on halls hold each first lot with what starts before it, and how much that is.

    None of those that the halls of the as-of day hold, and of those that no hall ever will.
    """
    wanted, standing = wanted_of(scenario), standing_of(scenario)
    found: dict[tuple[str, int], tuple[dt.date, str]] = {}
    for site, own in wanted.items():
        busiest = busiest_of(scenario, site, own, standing)
        for one in sorted(own, key=lambda one: one.start):
            before = busiest.needed
            busiest.add(one)
            key = (str(one.path[1]), int(one.path[3]))
            ready = None
            if key in first:
                lot = first[key]
                part = one.gpus if lot.let else lot.gpus
                needed = min(busiest.needed, before + part * busiest.power[one.gpu])
                ready = _ready(scenario, site, needed)
            if ready is not None and ready > scenario.model.as_of:
                found[key] = ready, mw_text(needed)
    return found


def _ready(scenario: Scenario, site: str, needed: int) -> dt.date | None:
    """When the halls of a site have so much power; None if never. needed [uW]."""
    room = 0
    for phase in sorted(scenario.sites[site].phases, key=lambda phase: phase.ready):
        room += microwatts_of(mw=phase.it_mw)
        if room >= needed:
            return phase.ready
    return None


def _loans_too_early(
    scenario: Scenario, horizon: Horizon, lots: Iterable[Lot]
) -> Iterator[tuple[KeyPath, str]]:
    """Loans that are not yet open when the first order that they are to pay for is placed.

    What is on order on the as-of day is promised by a loan that opens later.
    Source: definitions, which payment a loan funds.
    """
    placed: dict[tuple[str, str, str], dt.date] = {}
    for lot in lots:
        own, name = lot.hardware, lot.contract
        if own is not None and own.status == "planned" and scenario.loan_share(name):
            key = ("contract", name, scenario.contracts[name].facility)
            day = date_of(ordered(scenario, horizon, lot))
            placed[key] = min(placed.get(key, day), day)
    for name, order in scenario.orders.items():
        if scenario.order_loan_share(name):
            placed["order", name, order.facility] = max(order.date, date_of(horizon.tomorrow))
    for (noun, name, facility), day in placed.items():
        debt = scenario.debt.get(facility)
        if debt is not None and debt.opens is not None and day < debt.opens:
            yield (
                (f"{noun}s", name, "facility"),
                f"the loan {facility} opens on {debt.opens}, and hardware of {noun} {name} is "
                f"planned to be ordered from {day} on: a loan promises nothing before it opens, "
                "so that what is ordered earlier is paid from cash, or waits until then",
            )


def ordered(scenario: Scenario, horizon: Horizon, lot: Lot) -> Day:
    """When a planned lot's hardware is ordered, if money allows."""
    assert lot.hardware is not None
    signed = day_of(scenario.contracts[lot.contract].signed)
    return max(lot.hardware.order_day, horizon.tomorrow, signed)


def _days(first: dt.date, last: dt.date) -> int:
    return (last - first).days
