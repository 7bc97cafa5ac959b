"""How much the operator's outlook expects of what overheads go by.

What is there already in this month and those after it (`open_bases`), then what orders and offers
add (`foresee_hardware`). What is counted only where a line goes by it is expected only there.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.depreciation import charged_after, charged_on_course
from gpusim.economics.core.agenda import HANDOVER
from gpusim.economics.core.calendar import month_of
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    ASSETS,
    BACKSTOP,
    BILLS,
    CONTRACTS,
    HALL_PLANNED,
    INFRASTRUCTURE,
    LOAD,
    NEVER,
    NONE,
    OPEN,
    SERVERS,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    State,
    World,
)
from gpusim.economics.decisions.cost_bases import (
    ACTIVE_POWER,
    BILLING_CONTRACTS,
    BOOK_VALUE,
    GPUS,
    HARDWARE_COST,
    REVENUE,
    TIME,
    hardware_cost,
    month_book_value,
    note_contract,
)
from gpusim.economics.decisions.outlook_space import add_microwatts
from gpusim.economics.hardware.book_charges import charged_through
from gpusim.economics.plant.lives import life_from, server_life


@kernel
def open_bases(s: State, w: World, last: int) -> None:
    """What is there already of each basis in this month and those after it; no revenue yet.

    Revenue is noted where it is expected, and power once sites are filled. Hardware counts up to
    its planned end; what is kept beyond that goes on.
    """
    month, today, cost = s.clock[0].month, s.clock[0].today, float(hardware_cost(s))
    for ahead in range(month, last + 1):
        s.cost_bases[ahead, TIME] = 1.0
        s.cost_bases[ahead, REVENUE] = 0.0
        s.cost_bases[ahead, HARDWARE_COST] = cost
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        hardware = asset.category == SERVERS or asset.category == INFRASTRUCTURE
        ends = today < asset.retires <= w.month_end[last]
        if hardware and asset.retired == 0 and ends:
            for ahead in range(max(month_of(w, asset.retires), month), last + 1):
                s.cost_bases[ahead, HARDWARE_COST] -= asset.gross
    if s.bases_used[GPUS] != 0:
        open_gpus(s, w, last)
    if s.bases_used[BOOK_VALUE] != 0:
        open_book_value(s, w, last)
    if s.bases_used[BILLING_CONTRACTS] != 0:
        open_contracts(s, w, last)


@kernel
def foresee_buildings(s: State, w: World, last: int) -> None:
    """Expect buildings in use from their planned handover on, at what they will have cost by then.

    Interest that will be capitalised on them is not expected.
    """
    for h in range(len(s.halls)):
        hall = s.halls[h]
        if hall.life_months == 0.0 or hall.status != HALL_PLANNED or s.due[HANDOVER, h] >= NEVER:
            continue
        cost = hall.in_progress
        for b in range(s.count[BILLS]):
            if s.bills[b].hall == h and s.bills[b].status == OPEN:
                cost += s.bills[b].amount
        day = max(hall.planned_ready, s.clock[0].today)
        life = life_from(day, hall.life_months)
        for ahead in range(s.clock[0].month, last + 1):
            if day <= w.month_end[ahead] < day + life:
                s.cost_bases[ahead, HARDWARE_COST] += cost
            if s.bases_used[BOOK_VALUE] != 0 and day <= w.month_end[ahead]:
                days = w.month_end[ahead - 1] - day + 1
                s.cost_bases[ahead, BOOK_VALUE] += cost - charged_after(
                    cost, cost // life, cost % life, life, days
                )


@kernel
def open_gpus(s: State, w: World, last: int) -> None:
    """GPUs in service on average in each month, until their planned end."""
    month, today = s.clock[0].month, s.clock[0].today
    for ahead in range(month, last + 1):
        end, days = w.month_end[ahead], w.month_end[ahead] - w.month_end[ahead - 1]
        gpu_days = 0
        for p in range(len(s.pools)):
            pool = s.pools[p]
            gpu_days += pool.in_service * (end - max(w.month_end[ahead - 1], pool.counted))
            gpu_days += pool.in_service_gpu_days if ahead == month else 0
        for a in range(s.count[ASSETS]):
            asset = s.assets[a]
            if asset.gpus > 0 and asset.retired == 0 and today < asset.retires <= end:
                gpu_days -= asset.gpus * min(end - asset.retires + 1, days)
        s.cost_bases[ahead, GPUS] = gpu_days / days


@kernel
def open_book_value(s: State, w: World, last: int) -> None:
    """What hardware will be in the books for at the start of each month, and came in this one.

    At today's book lives, until its planned end.
    """
    month, today = s.clock[0].month, s.clock[0].today
    s.cost_bases[month, BOOK_VALUE] = float(month_book_value(s, month))
    for ahead in range(month + 1, last + 1):
        value = 0
        for a in range(s.count[ASSETS]):
            asset = s.assets[a]
            hardware = asset.category == SERVERS or asset.category == INFRASTRUCTURE
            ends = today < asset.retires <= w.month_end[ahead - 1]
            if not hardware or asset.retired != 0 or ends:
                continue
            charged = charged_through(s, a, w.month_end[ahead - 1])
            value += asset.gross - asset.accumulated - max(charged - asset.charged, 0)
        s.cost_bases[ahead, BOOK_VALUE] = float(value)


@kernel
def open_contracts(s: State, w: World, last: int) -> None:
    """Signed contracts that will bill in each month, by their plan."""
    for c in range(s.count[CONTRACTS]):
        s.contracts[c].noted = 0
    for ahead in range(s.clock[0].month, last + 1):
        s.cost_bases[ahead, BILLING_CONTRACTS] = 0.0
        for c in range(s.count[CONTRACTS]):
            if bills_between(s, c, w.month_end[ahead - 1] + 1, w.month_end[ahead]):
                note_contract(s, c, ahead)


@kernel
def bills_between(s: State, c: int, first: int, end: int) -> bool:
    """Whether a tranche of a contract is planned to bill on a day from first to end.

    One that has started, as it did; another from its planned start on. Until the end of its term or
    the notice that is given; none whose customer has failed, and no backstop.
    """
    contract = s.contracts[c]
    failed = s.customers[contract.customer].defaulted != 0
    if contract.kind == BACKSTOP or failed or contract.signed > s.clock[0].today:
        return False
    k = contract.first_tranche
    while k != NONE:
        tranche = s.tranches[k]
        begins, over = tranche.planned_start, tranche.planned_start + tranche.term_days
        if tranche.status == TRANCHE_LIVE or tranche.status == TRANCHE_ENDED:
            begins, over = tranche.start, tranche.end
        bills = begins <= end and min(over, tranche.leaves) > first
        if bills and tranche.status != TRANCHE_LOST:
            return True
        k = tranche.following
    return False


@kernel
def foresee_power(s: State, w: World, last: int) -> None:
    """Power of GPUs in service that is expected in each month, as sites are filled."""
    for ahead in range(s.clock[0].month, last + 1):
        days = float(w.month_end[ahead] - w.month_end[ahead - 1])
        active = 0.0
        for site in range(len(s.sites)):
            active += s.expected[LOAD, site, ahead] / days
        s.cost_bases[ahead, ACTIVE_POWER] = active


@kernel
def foresee_hardware(
    s: State, w: World, site: int, gen: int, gpus: int, cost: int, service: int, last: int
) -> None:
    """Expect more GPUs in service at a site from a day on. cost of their hardware [cents]."""
    add_microwatts(s, w, LOAD, site, gpus * s.gens[gen].it_microwatts, service, last)
    for ahead in range(s.clock[0].month, last + 1):
        if w.month_end[ahead] >= service:
            s.cost_bases[ahead, HARDWARE_COST] += cost
    if s.bases_used[GPUS] != 0:
        foresee_gpus(s, w, gpus, service, last)
    if s.bases_used[BOOK_VALUE] != 0:
        foresee_book_value(s, w, gen, cost, service, last)


@kernel
def foresee_gpus(s: State, w: World, gpus: int, service: int, last: int) -> None:
    """Expect more GPUs in service from a day on, or from today if it has passed."""
    first = max(service, s.clock[0].today)
    for ahead in range(s.clock[0].month, last + 1):
        days = w.month_end[ahead] - w.month_end[ahead - 1]
        there = min(w.month_end[ahead] - first + 1, days)
        if there > 0:
            s.cost_bases[ahead, GPUS] += gpus * there / days


@kernel
def foresee_book_value(s: State, w: World, gen: int, cost: int, service: int, last: int) -> None:
    """Expect hardware in the books from a day on, less what is charged of it before each month.

    cost [cents]: its parts, lives and salvage as when it goes into service.
    """
    g = s.gens[gen]
    infrastructure = share_of(cost, g.infrastructure_share)
    servers = cost - infrastructure
    lasting = servers - share_of(servers, g.salvage_share)
    life = server_life(s, gen, service)
    hall_life = life_from(service, g.infrastructure_life_months)
    for ahead in range(s.clock[0].month, last + 1):
        if w.month_end[ahead] >= service:
            days = w.month_end[ahead - 1] - service + 1
            charged = charged_when_new(s, gen, service, lasting, life, days)
            charged += charged_after(
                infrastructure,
                infrastructure // hall_life,
                infrastructure % hall_life,
                hall_life,
                days,
            )
            s.cost_bases[ahead, BOOK_VALUE] += cost - charged


@kernel
def charged_when_new(s: State, gen: int, day: int, base: int, life: int, days: int) -> int:
    """What servers put in service on a day charge in so many days of a life [cents]."""
    years = s.gens[gen].course_years
    if years > 0:
        return charged_on_course(s.course[gen], years, day, base, ZERO, life, days)
    return charged_after(base, base // life, base % life, life, days)
