"""Tenants in the outlook: the power that they will have, by their plan, and pay for."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.core.state import (
    BILLED_LOAD,
    LET_LOAD,
    LOAD,
    NEVER,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_WAITING,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.decisions.cost_bases import REVENUE
from gpusim.economics.decisions.expected_sales import idles
from gpusim.economics.decisions.outlook_space import add_flow, add_microwatts
from gpusim.economics.plant.tenants import lets_power
from gpusim.economics.sales.invoices import days_to_cash, power_recharge


@kernel
def has_power(s: State, k: int) -> tuple[int, int]:
    """From which day to which a tenant is expected to have his power; nothing: from NEVER.

    One that waits gets it on its planned start, or today; an end that is kept stays where it is
    planned. Nobody renews.
    """
    tranche = s.tranches[k]
    contract = s.contracts[tranche.contract]
    failed = s.customers[contract.customer].defaulted != 0
    if failed or contract.signed > s.clock[0].today or tranche.status >= TRANCHE_ENDED:
        return NEVER, NEVER
    if tranche.status == TRANCHE_LIVE:
        return int(tranche.start), int(min(tranche.end, tranche.leaves))
    start = max(tranche.planned_start, s.clock[0].today)
    begins = start if contract.shifts != 0 else tranche.planned_start
    over = begins + tranche.term_days
    return int(start), int(max(min(over, tranche.leaves), start))


@kernel
def expect_tenants(s: State, w: World, last: int) -> None:
    """Expect what tenants draw at their sites in each month; those that have it are there today."""
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        if not lets_power(s, k):
            continue
        tranche = s.tranches[k]
        start, over = has_power(s, k)
        if start >= NEVER:
            continue
        expect_term(s, w, LOAD, k, start, over, last)
        expect_term(s, w, LET_LOAD, k, start, over, last)
        if idles(s, tranche.site):
            expect_term(s, w, BILLED_LOAD, k, start, over, last)


@kernel
def expect_term(s: State, w: World, what: int, k: int, start: int, over: int, last: int) -> None:
    """Expect a tenant's power from a day until the day before another, or from now on if he is in.

    what: LOAD, LET_LOAD or BILLED_LOAD; start, over [day].
    """
    tranche = s.tranches[k]
    if tranche.status != TRANCHE_LIVE:
        add_microwatts(s, w, what, tranche.site, tranche.microwatts, start, last)
    add_microwatts(s, w, what, tranche.site, -tranche.microwatts, over, last)


@kernel
def claimed_by(s: State, site: int, day: int) -> int:
    """Power of tenants at a site who wait, or are planned to by a day: before orders of it [uW]."""
    if s.sites[site].claimed_microwatts == 0:
        return 0
    total = ZERO
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        before = tranche.status == TRANCHE_WAITING or tranche.planned_start < day
        if tranche.claimed > 0 and tranche.site == site and before:
            total += tranche.claimed
    return int(total)


@kernel
def open_let(s: State, w: World, site: int, last: int) -> None:
    """What tenants have at a site today they have, billed, in this month and those after it.

    Billed is counted at a site that `idles`.
    """
    month, place = s.clock[0].month, s.sites[site]
    billed = idles(s, site)
    for ahead in range(month, last + 1):
        days = w.month_end[ahead] - max(w.month_end[ahead - 1], place.counted)
        let = place.let_microwatts * days
        if ahead == month:
            let += place.let_microwatt_days
        s.expected[LET_LOAD, site, ahead] = let
        if billed:
            s.expected[BILLED_LOAD, site, ahead] += let


@kernel
def expect_recharges(s: State, w: World, last: int) -> None:
    """Expect what tenants will pay for the power they use, with the payment days of its invoice."""
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        contract = s.contracts[s.tranches[k].contract]
        if contract.recharges == 0:
            continue
        start, over = has_power(s, k)
        for ahead in range(s.clock[0].month, last + 1):
            first, end = w.month_end[ahead - 1] + 1, w.month_end[ahead]
            days = min(over - 1, end) - max(start, first) + 1
            if start < NEVER and days > 0:
                amount = power_recharge(s, k, float(days), days, first, end)
                add_flow(s, w, end + days_to_cash(s, s.tranches[k].contract), amount)
                s.cost_bases[ahead, REVENUE] += amount
