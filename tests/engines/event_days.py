"""A third oracle at day ends: every event that stands, stands on the day its row names.

What comes from outside (signatures, equity, defaults, offers, hand-overs) no status shows: if its
event is lost, nothing waits and nothing is late. The rows and the world still say when it comes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from gpusim.economics.core import agenda
from gpusim.economics.core.agenda import PHASES
from gpusim.economics.core.state import (
    BACKSTOP,
    BILLS,
    CONTRACTS,
    CUSTOMERS,
    DRAWS,
    FACILITIES,
    FACILITY_OPEN,
    HALL_HANDED_OVER,
    HALL_PLANNED,
    HALL_RETURNED,
    INVOICES,
    NEVER,
    NONE,
    OPEN,
    ORDER_IN_SERVICE,
    ORDERS,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_SIGNED,
    TRANCHE_WAITING,
    TRANCHES,
)
from gpusim.units_of_measure import date_of, day_of, days_in_month
from tests.engines.watch import Watched, read

Days = dict[int, int]
PASSES = ("INSTALL", "ALLOCATE", "FUND")
"""At the end of a day a pass is set for tomorrow or not at all."""
WITHIN_A_DAY = ("START", "PLACE")
"""What a pass decides is done the same day."""


def contracts(sim: Watched) -> dict[str, Days]:
    s, today = sim.s, sim.s.clock[0].today
    rows = read(s.contracts[: s.count[CONTRACTS]])
    who = read(s.customers[: s.count[CUSTOMERS]])
    drawn = sim.world.default_day
    fails = {c: int(who[c].planned_default) for c in range(len(who))}
    fails |= {c: min(fails[c], int(drawn[c])) for c in range(len(drawn))}
    known = {c: d for c, d in fails.items() if c < len(drawn) or d > today}
    return {
        "SIGN": {n: row.signed for n, row in enumerate(rows) if today < row.signed < NEVER},
        "PREPAY": {n: row.prepayment_day for n, row in enumerate(rows) if row.prepayment > 0},
        "DEFAULT": {c: d for c, d in known.items() if d < NEVER and not who[c].defaulted},
        "OFFER": {n: o.day for n, o in enumerate(read(sim.world.offers)) if o.day > today},
    }


def tranches(sim: Watched) -> dict[str, Days]:
    s, today = sim.s, sim.s.clock[0].today
    falls: Days = {}
    ends: Days = {}
    stops: Days = {}
    leaves: Days = {}
    notices: Days = {}
    resets: Days = {}
    signed = read(s.contracts[: s.count[CONTRACTS]])
    for k, row in enumerate(read(s.tranches[: s.count[TRANCHES]])):
        contract = signed[row.contract]
        if row.status == TRANCHE_SIGNED:
            falls[k] = row.planned_start
            if contract.kind == BACKSTOP:
                falls[k] = max(row.planned_start, contract.signed + 1)
        elif row.status == TRANCHE_LIVE:
            ends[k] = row.end
        elif row.status == TRANCHE_WAITING:
            if contract.shifts == 0:
                ends[k] = row.planned_start + row.term_days
            stop = row.due_since + row.long_stop_days
            if row.long_stop_days > 0 and stop > today:
                stops[k] = stop
        if row.status < TRANCHE_ENDED and row.leaves < NEVER:
            leaves[k] = row.leaves
        elif row.status < TRANCHE_ENDED and contract.exit_day < NEVER:
            notices[k] = max(contract.exit_day, contract.signed)
        if row.status == TRANCHE_LIVE and contract.index_months > 0:
            day = next_reset(sim, row, int(contract.index_months))
            resets |= {k: day} if day < row.end else {}
    told = {"NOTICE": notices, "LEAVE": leaves, "RESET": resets}
    return {"PLANNED_START": falls, "END": ends, "LONG_STOP": stops} | told


def next_reset(sim: Watched, row: Any, every: int) -> int:
    """The first day of a month after today, every so many whole months of a lot's term.

    Of one that was live on the as-of day the row says how many months it had had by then.
    """
    first, as_of = date_of(row.start), date_of(int(sim.world.month_end[0]))
    months = 12 * first.year + first.month - 1 + (first.day > 1)
    if row.planned_start <= int(sim.world.month_end[0]) + 1 == row.start:
        months = 12 * as_of.year + as_of.month - 1 + row.index_from
    day = date_of(sim.s.clock[0].today)
    while day <= date_of(sim.s.clock[0].today):
        months += every
        day = dt.date(months // 12, months % 12 + 1, 1)
    return day_of(day)


def plant(sim: Watched) -> dict[str, Days]:
    s, w, first = sim.s, sim.world, int(sim.world.month_end[0])
    comes: Days = {}
    powers: Days = {}
    for h in range(len(s.halls)):
        hall = s.halls[h]
        handed = hall.planned_ready + w.hall_delay[h]
        powered = hall.planned_power + w.hall_delay[h] + w.power_delay[h]
        asked = s.due[agenda.HANDOVER, h] < NEVER
        if hall.status == HALL_PLANNED and (hall.with_first_order == 0 or asked):
            comes[h] = handed
        elif hall.status == HALL_HANDED_OVER and hall.handed_over > first:
            powers[h] = max(powered, hall.handed_over)
        elif hall.status == HALL_HANDED_OVER:
            powers[h] = hall.planned_power
    ends: Days = {}
    for h in range(len(s.halls)):
        hall = s.halls[h]
        if s.clock[0].today < hall.lease_end < NEVER and hall.status != HALL_RETURNED:
            ends[h] = hall.lease_end
        elif hall.status != HALL_RETURNED and s.due[agenda.GIVE_BACK, h] < NEVER:
            ends[h] = s.clock[0].today + 1  # asked again
    testing = {
        k: row.fitted + row.acceptance_drawn
        for k, row in enumerate(read(s.orders[: s.count[ORDERS]]))
        if row.status == ORDER_IN_SERVICE
    }
    return {"HANDOVER": comes, "ENERGISE": powers, "GIVE_BACK": ends, "ACCEPT": testing}


def money(sim: Watched) -> dict[str, Days]:
    s, w, today = sim.s, sim.world, sim.s.clock[0].today
    facilities = read(s.facilities[: s.count[FACILITIES]])
    invoices, bills = read(s.invoices[: s.count[INVOICES]]), read(s.bills[: s.count[BILLS]])
    month = s.clock[0].month
    new_month = today == w.month_end[month - 1] and month > 1
    fails = any(gen.failure_rate > 0 or gen.spare_share > 0 for gen in read(s.gens))
    plans = new_month and (s.policy[0].build_ahead_share > 0 or len(s.capital_raising) > 0 or fails)
    return {
        "RAISE": {n: row.day for n, row in enumerate(s.raises) if row.day > today},
        "LAPSE": {
            n: (row.closes if row.accelerated >= NEVER else row.accelerated) + 1
            for n, row in enumerate(facilities)
            if row.status == FACILITY_OPEN or row.accelerated < NEVER <= row.seized
        },
        "SERVE": services(sim),
        "COLLECT": {n: row.paid for n, row in enumerate(invoices) if row.status == OPEN},
        "PAY": {n: row.due for n, row in enumerate(bills) if row.status == OPEN},
        "PLAN": {0: today + 1} if plans else {},
        "MONTH": {0: w.month_end[month]},
    }


def services(sim: Watched) -> Days:
    """Payment dates of debt between today and the month's end, counted by dates."""
    s, today = sim.s, int(sim.s.clock[0].today)
    end = int(sim.world.month_end[s.clock[0].month])
    days: Days = {}
    draws = read(s.draws[: s.count[DRAWS]])
    for f, row in enumerate(read(s.facilities[: s.count[FACILITIES]])):
        own = [d for d in draws if d.facility == f and d.scheduled == NONE]
        dates = {d.next_day for d in own if d.instalments > 0}
        if today < row.maturity and row.next_payment > 0:
            every = int(s.terms[row.terms].every_months)
            dates |= {*payments(row, every, today + 1, end - 1), row.maturity}
        coming = [int(day) for day in dates if today < day < end]
        if coming:
            days[f] = min(coming)
    return days


def payments(row: Any, every: int, first: int, last: int) -> Iterator[int]:
    """Payment dates of a debt from a day to another: every so many months from its first one on."""
    start = dt.date(1970 + row.pay_from // 12, row.pay_from % 12 + 1, 1)
    for day in range(first, last + 1):
        date = date_of(day)
        length = days_in_month(date.year, date.month)
        months = 12 * (date.year - start.year) + date.month - start.month
        if date.day == min(row.pay_day, length) and months >= 0 and months % every == 0:
            yield day


NAMED = (contracts, tranches, plant, money)


def events_off_their_day(sim: Watched) -> Iterator[str]:
    """Events that are missing, that stand on another day, or that should not stand.

    What a row dates in the past or today is owed tomorrow.
    """
    s = sim.s
    today = int(s.clock[0].today)
    if s.clock[0].halted:
        return
    for question in NAMED:
        for name, named in question(sim).items():
            row = s.due[PHASES.index(name)]
            held = {int(k): int(row[k]) for k in (row < NEVER).nonzero()[0]}
            should = {k: max(int(day), today + 1) for k, day in named.items()}
            for k in sorted(held.keys() | should.keys()):
                if held.get(k) != should.get(k):
                    yield f"{name} of row {k} stands on {held.get(k)}, should on {should.get(k)}"
    for name in PASSES:
        days = {int(d) for d in s.due[PHASES.index(name)] if d < NEVER}
        if not days <= {today + 1}:
            yield f"{name} stands on {sorted(days)}"
    for name in WITHIN_A_DAY:
        if (s.due[PHASES.index(name)] < NEVER).any():
            yield f"{name} is left over at the end of day {today}"
    for p in range(len(s.pools)):
        returning = s.due[agenda.RETURN, : s.count[TRANCHES]] < NEVER
        rows = s.tranches[: s.count[TRANCHES]]
        coming = int(rows.returning[returning & (rows.pool == p)].sum())
        if coming != s.pools[p].refitting:
            yield f"{coming} GPUs of pool {p} will come back, {s.pools[p].refitting} refit"
