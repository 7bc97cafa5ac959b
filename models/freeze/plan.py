"""When megawatts come, what they are worth and what they cost: the tranches of a model.

Each has its clocks: the hall is handed over, `fitout` days later its equipment is in service, and
one lag later it bills. Halls whose equipment will be in service within the days of fit-out are
handed over by the as-of day; the rest is promised earlier than it comes on average, by the delay
that halls have on average, since the pace seen in the past has delays in it.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any, NamedTuple

from learn import DAYS, Belief

QUARTERS_TO_ENERGISE = 8  # contracted megawatts come on line within 24 months
FITOUT_DAYS = 45  # from handover to service: one to two months
SLOTS = 6  # halls handed over in a quarter
FITTING = 3  # groups of halls in fit-out on the as-of day
DELAY_CHANCE, DELAY_DAYS, DELAY_SD = 0.35, 60, 45
GROWTH_TERM = 54  # months
LIVE_ENDS = ((0.25, 15), (0.40, 33), (0.35, 45))  # share of the fleet, months left
RELEASED_MONTHS = 36  # over which what live customers have prepaid is credited
ON_DEMAND = 0.015  # of the fleet's GPUs out of contract; earns 2% of revenue
ACCEPTING = 4  # tranches that wait for their first bill
LEAD_DAYS = 90  # from order to delivery

Facts = dict[str, Any]


class Slot(NamedTuple):
    """Megawatts that go into service together."""

    service: float  # as the pace has it [day]
    mw: float
    handed_over: bool  # by the as-of day


class Tranche(NamedTuple):
    """A tranche to come."""

    slot: Slot
    quarter: int  # of handover, 0 the next; -1: handed over
    handover: dt.date  # as promised
    start: dt.date  # planned first bill
    gpus: int
    mw: float
    value: float  # [USD m]
    cost: float  # [USD m]
    booked: float  # in construction in progress [USD m]
    delivery: dt.date | None  # None: delivered
    sold: bool  # by the report's day


class Plan(NamedTuple):
    """A fleet and what comes to it."""

    live: list[tuple[int, dt.date, float]]  # GPUs, start, value left [USD m]
    accepting: list[tuple[int, dt.date, float]]
    growth: list[Tranche]
    fleet_gpus: int
    accepting_gpus: int
    cost_per_mw: float  # [USD m]


def day(as_of: dt.date, days: float) -> dt.date:
    """A day some days after the as-of day."""
    return as_of + dt.timedelta(days=round(days))


def slots(f: Facts, b: Belief, active: float) -> list[Slot]:
    """Megawatts by the day they go into service.

    Later quarters rise in a line from what the plan places in service in the next, so that all
    contracted megawatts are on line in time. What is in fit-out comes evenly; the rest of the next
    quarter is such that the plan is what is expected by its end, late halls and early ones of the
    quarter after it counted.
    """
    first = b.plan / cost_per_mw(f, active)
    n = QUARTERS_TO_ENERGISE
    step = (f["contracted"] - active - n * first) / (n * (n - 1) / 2)
    fitting = first * FITOUT_DAYS / DAYS
    width = FITOUT_DAYS / FITTING
    found = [Slot(width * (k + 0.5), fitting / FITTING, True) for k in range(FITTING)]
    later = []
    for quarter in range(1, n):
        mw = max(first + quarter * step, 0.0) / SLOTS
        later += [Slot(DAYS * (quarter + (k + 0.5) / SLOTS), mw, False) for k in range(SLOTS)]
    n_rest = SLOTS // 2
    width = (DAYS - FITOUT_DAYS) / n_rest
    days = [FITOUT_DAYS + width * (k + 0.5) for k in range(n_rest)]
    early = sum(slot.mw * in_time(slot.service) for slot in later)
    rest = max(first - fitting - early, 0.0) / sum(in_time(day) for day in days)
    found += [Slot(day, rest, False) for day in days]
    return [slot for slot in found + later if slot.mw > 0]


def promised(service: float) -> float:
    """Day for which a hall is promised whose equipment goes into service on a day, on average."""
    return max(service - FITOUT_DAYS - DELAY_CHANCE * DELAY_DAYS, 1.0)


def in_time(service: float) -> float:
    """Chance that equipment due on a day is in service by the end of the next quarter."""
    slack = DAYS - FITOUT_DAYS - promised(service)
    if slack <= 0:
        return 0.0
    variance = math.log(1 + (DELAY_SD / DELAY_DAYS) ** 2)
    middle = math.log(DELAY_DAYS) - variance / 2
    late = 0.5 * (1 + math.erf((math.log(slack) - middle) / math.sqrt(2 * variance)))
    return 1 - DELAY_CHANCE + DELAY_CHANCE * late


def cost_per_mw(f: Facts, active: float) -> float:
    """Equipment cost of the fleet [USD m/MW]."""
    return f["gross"] / active


def plan(f: Facts, b: Belief, active: float) -> Plan:
    """The fleet by contract, and what comes."""
    as_of: dt.date = f["as_of"]
    accepting_mw = max(active - b.billing_mw, 1.0)
    accretes = (
        b.financing * live_prepaid(f) / 365.25
    )  # is revenue as it is released, beside the price
    live, fleet_gpus = _live(f, active - accepting_mw, b.per_mw_day * 0.98, accretes)
    accepting_gpus = int(accepting_mw * 1000 / f["new_kw"])
    price = b.per_mw_day * f["new_kw"] / 1000 * GROWTH_TERM * 30.4375  # USD m a GPU
    part = accepting_gpus // ACCEPTING
    counts = [part] * (ACCEPTING - 1) + [accepting_gpus - part * (ACCEPTING - 1)]
    accepting = [
        (count, day(as_of, b.lag_days * (k + 0.5) / ACCEPTING), round(price * count, 3))
        for k, count in enumerate(counts)
    ]
    left = 0.0  # where backlog is not told, what lives and nothing beyond
    if "backlog" in f:
        left = f["backlog"] - f["put"] + f["signed_after"]
        left -= sum(value for _, _, value in live) + sum(value for _, _, value in accepting)
    growth = _growth(f, b, active, price, left)
    return Plan(live, accepting, growth, fleet_gpus, accepting_gpus, cost_per_mw(f, active))


def live_prepaid(f: Facts) -> float:
    """What live contracts have prepaid: they release each year what is stated as current [USD m]."""
    return round(min(f["deferred_current"] * RELEASED_MONTHS / 12, 0.75 * f["deferred_revenue"]), 3)


def handed_over(f: Facts, b: Belief) -> tuple[float, float]:
    """Megawatts of halls handed over, fit-out included: mean of the last quarter, and at its end."""
    first = b.plan / cost_per_mw(f, f["active"])
    mean = (f["active"] + f["active_before"]) / 2 + (b.pace + first) / 2 * FITOUT_DAYS / DAYS
    return mean, f["active"] + first * FITOUT_DAYS / DAYS


def _live(
    f: Facts, mw: float, price: float, accretes: float
) -> tuple[list[tuple[int, dt.date, float]], int]:
    as_of: dt.date = f["as_of"]
    gpus = int(mw * 1000 / f["fleet_kw"])
    reserved = int(gpus * (1 - ON_DEMAND))
    found: list[tuple[int, dt.date, float]] = []
    ends = f.get("live_ends", LIVE_ENDS)
    for place, (share, months) in enumerate(ends):
        used = sum(count for count, _, _ in found)
        count = reserved - used if place == len(ends) - 1 else int(reserved * share)
        month = as_of.month - 1 + months
        # a term of 48 months that ends at the first of a month
        end = dt.date(as_of.year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        value = (price * mw - accretes) * count / reserved * (end - as_of).days
        found.append((count, end.replace(year=end.year - 4), round(value, 3)))
    return found, gpus


def first_lot(f: Facts, b: Belief, gpus: int) -> int:
    """Days from service to a tranche's first bill: of n lots accepted at an even pace, a lag on average.

    As `gpusim.economics.places.lot_acceptance` has it.
    """
    lots = max(math.ceil(round(gpus * f["new_kw"] / 1000 / f["lot_mw"], 9)), 1)
    return (2 * round(b.lag_days) + lots) // (2 * lots)


def _growth(f: Facts, b: Belief, active: float, price: float, left: float) -> list[Tranche]:
    """What comes: sold until backlog is used up, then contracted and still to be sold.

    Construction in progress is given to the first. left: backlog that is not live [USD m].
    """
    as_of: dt.date = f["as_of"]
    cip, found = f["cip"], []
    turn = DAYS / b.conversion  # days in construction in progress
    for place, slot in enumerate(slots(f, b, active)):
        ready = slot.service - FITOUT_DAYS if slot.handed_over else promised(slot.service)
        whole = max(int(slot.mw * 1000 / f["new_kw"]), 1)
        sold = min(int(left / price), whole)
        for gpus in (sold, whole - sold):
            if gpus == 0:
                continue
            is_sold = left > 0
            value = round(price * gpus, 3)
            if is_sold and left - value < price:
                value = round(left, 3)  # what is left buys no further GPU
            if is_sold:
                left = round(left - value, 3)
            mw = round(gpus * f["new_kw"] / 1000, 3)
            cost = round(mw * cost_per_mw(f, active), 3)
            booked = round(min(cost, cip), 3)
            cip = round(cip - booked, 3)
            arrives = None if booked > 0 else day(as_of, max(slot.service - turn, 5 + place))
            found.append(
                Tranche(
                    slot=slot,
                    quarter=-1 if slot.handed_over else int(ready / DAYS),
                    handover=day(as_of, ready),
                    start=day(as_of, round(ready + FITOUT_DAYS) + first_lot(f, b, gpus)),
                    gpus=gpus,
                    mw=mw,
                    value=value,
                    cost=cost,
                    booked=booked,
                    delivery=arrives,
                    sold=is_sold,
                )
            )
    if cip > 0.0005 or left > 0.0005:
        raise SystemExit(f"{as_of}: {cip:.0f} in progress, {left:.0f} of backlog find no megawatts")
    return found
