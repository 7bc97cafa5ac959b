"""Where capacity for a new customer can come from: idle GPUs, or a site with power for new ones."""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, kernel
from gpusim.economics.core.calendar import HOURS_PER_DAY, HOURS_PER_MONTH, MONTHS_PER_YEAR
from gpusim.economics.core.state import NEVER, NONE, State
from gpusim.economics.debt.loan_arithmetic import level_payment
from gpusim.economics.plant.pools import pool_of, uncommitted_at_site
from gpusim.economics.plant.site_costs import rent_steps, running_cost
from gpusim.economics.plant.sites import committed_microwatts, planned_power_day

MAX_LOTS = const(16)


@kernel
def capital_hour(s: State, gen: int, capital_rate: float) -> float:
    """What recovers the hardware in level months over its life [cents/GPU-hour].

    capital_rate [1/year]; the economic life, or the book life where none is stated.
    Source: level-payment capital recovery; the $/GPU-hour chain of a GPU cloud.
    """
    g = s.gens[gen]
    life = g.economic_life_months if g.economic_life_months > 0.0 else g.life_months
    months = max(int(life), 1)
    return level_payment(g.capex, ZERO, capital_rate / MONTHS_PER_YEAR, months) / HOURS_PER_MONTH


@kernel
def hour_cost(s: State, gen: int, site: int, start: int, days: int) -> float:
    """Cost of a GPU-hour at a site over a contract's days, before overheads [cents/GPU-hour].

    start [day] planned; days of the term. Capital; rent as it steps in these days, power, site
    staff and variable rent at full load.
    """
    end = start + days - 1
    steps = rent_steps(s, gen, site, start, start, end)
    running = running_cost(s, gen, site, start, end, 1.0)
    return s.gens[gen].capital_hour + running + steps / (days * HOURS_PER_DAY)


@kernel
def power_day(s: State, site: int, microwatts: int) -> int:
    """Planned day on which a site has power for so many more microwatts; NEVER if it will not.

    The operator knows the announced dates, not the delays.
    """
    return planned_power_day(s, site, committed_microwatts(s, site) + microwatts)


@kernel
def is_dearer(s: State, site: int, best: int) -> bool:
    """Whether a site comes after another that is as good: by rent, then by name."""
    if s.sites[site].rent != s.sites[best].rent:
        return bool(s.sites[site].rent > s.sites[best].rent)
    return bool(s.sites[site].named > s.sites[best].named)


@kernel
def powered_site(s: State, gen: int, gpus: int) -> tuple[int, int]:
    """The site whose power for new GPUs comes first, and that day; NONE and NEVER without one.

    On a tie the cheaper rent, then the first by name.
    """
    best, best_day = NONE, NEVER
    for site in range(len(s.sites)):
        day = power_day(s, site, gpus * s.gens[gen].it_microwatts)
        tie = best != NONE and day == best_day and not is_dearer(s, site, best)
        if day < best_day or tie:
            best, best_day = site, day
    return int(best), int(best_day)


@kernel
def capacity_source(s: State, gen: int, gpus: int) -> tuple[int, bool]:
    """Where capacity can come from: a site, NONE if there is none, and whether from its pool.

    From the pool of a site with idle GPUs, however late the start, the one that keeps least idle;
    else new at the site whose power comes first. From a pool again for a place in line, until other
    customers' terms end, where the line is shortest. On a tie the cheaper rent, then by name.
    """
    best, left = NONE, 0
    for site in range(len(s.sites)):
        rest = uncommitted_at_site(s, gen, site) - gpus
        tie = best != NONE and rest == left and not is_dearer(s, site, best)
        if rest >= 0 and (best == NONE or rest < left or tie):
            best, left = site, rest
    if best != NONE:
        return best, True
    best, _ = powered_site(s, gen, gpus)
    if best != NONE or s.policy[0].waiting_gpus == 0:
        return best, False
    for site in range(len(s.sites)):
        rest = uncommitted_at_site(s, gen, site) + s.policy[0].waiting_gpus - gpus
        owned = s.pools[pool_of(s, gen, site, ZERO)].in_service
        tie = best != NONE and rest == left and not is_dearer(s, site, best)
        if rest >= 0 and owned > 0 and (best == NONE or rest > left or tie):
            best, left = site, rest
    return best, best != NONE


@kernel
def lots_for(s: State, gen: int, gpus: int) -> int:
    """In how many lots new GPUs are accepted: of the declared size at most, and not too many."""
    power = gpus * s.gens[gen].it_microwatts
    return min(max((power - 1) // s.firm[0].acceptance_lot_microwatts + 1, 1), MAX_LOTS)


@kernel
def lot_acceptance(planned_days: int, lot: int, lots: int) -> int:
    """Planned days from in service to a lot's acceptance: even steps, their mean as planned.

    planned_days [day] of the whole; lot [from 0]; lots [count].

    >>> [lot_acceptance(60, lot, 4) for lot in range(4)], lot_acceptance(30, 0, 1)
    ([15, 45, 75, 105], 30)
    """
    return (2 * planned_days * (2 * lot + 1) + lots) // (2 * lots)


@kernel
def start_day(
    s: State, gen: int, gpus: int, site: int, pooled: bool, start_days: int, day: int
) -> int:
    """Planned start of a contract signed today: the day the customer wants, if it can be there.

    That of the first lot, where there are several.
    """
    start = day + max(start_days, 1)
    if pooled:
        return start
    g = s.gens[gen]
    ready = g.fitout_days + lot_acceptance(g.acceptance_days, ZERO, lots_for(s, gen, gpus))
    built = g.lead_days + ready
    powered = power_day(s, site, gpus * g.it_microwatts) + ready
    return max(start, max(day + built, powered))
