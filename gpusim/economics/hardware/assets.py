"""What is owned, after it is in service: retirement and sale, refresh, impairment.

Three lives: the book life charges the cost, the tax life deducts it, the economic life says when
the operator lets its GPUs go. What they fetch then follows rents.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.ledger import CASH_FROM_DISPOSALS, DISPOSAL_GAIN, IMPAIRMENT, post
from gpusim.economics.books.measures import (
    GPUS_FAILED,
    GPUS_RETIRED,
    MICROWATTS_RETIRED,
    RETIRED_COST,
)
from gpusim.economics.core.agenda import (
    ALLOCATE,
    FUND,
    RETIRE,
    SELL,
    TREASURY,
    cancel,
    schedule,
    schedule_now,
)
from gpusim.economics.core.calendar import HOURS_PER_DAY, MONTHS_PER_QUARTER
from gpusim.economics.core.curtailment import curtailed_share
from gpusim.economics.core.money import in_proportion, muldiv
from gpusim.economics.core.state import (
    ASSETS,
    BACKSTOP,
    INTANGIBLES,
    NEVER,
    SERVERS,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    UNSETTLED,
    State,
    World,
)
from gpusim.economics.hardware.book_charges import (
    accounts_of,
    change_life,
    depreciate,
    is_changed_by,
    restart,
    set_chargeable,
)
from gpusim.economics.plant.lives import looked_at
from gpusim.economics.plant.market import resale_price, sold_share
from gpusim.economics.plant.pools import count_pool, free_to_sell, uncommitted_gpus
from gpusim.economics.plant.site_costs import rent_steps, running_cost
from gpusim.economics.plant.sites import release_power
from gpusim.economics.sales.revenue import to_bill


@kernel
def retire(s: State, w: World, a: int, day: int) -> None:
    """End of life: GPUs that are free are sold; those in use are once they come free (`sell_aged`).

    Cost and depreciation are written out, power is given back. What is sold for more or less than
    its book value is a gain or loss. Source: ASC 360-10-40-5, 610-20-32, item by item.
    """
    asset = s.assets[a]
    asset.sold = 0
    gpus = asset.gpus
    if is_changed_by(s, a, day):
        change_life(s, a)
        if gpus > 0:
            schedule_now(s, ALLOCATE, asset.pool)  # who waits for GPUs that last may have them
        if day < asset.retires and not is_too_old(s, a, day):
            return
    if gpus > 0:
        gpus = min(gpus_to_sell(s, a), gpus)
        if gpus < asset.gpus and day < asset.retires:
            schedule(s, RETIRE, a, looked_at(s, a))
            return
        if gpus < asset.gpus:
            s.pools[asset.pool].aged = 1
        if gpus == 0:
            return
    depreciate(s, a, day - 1)
    month = s.clock[0].month
    proceeds = 0
    if gpus > 0:
        proceeds = gpus * resale_price(w, asset.gen, month, day - asset.new_day)
        pool = s.pools[asset.pool]
        count_pool(s, asset.pool, day)
        idle = min(uncommitted_gpus(s, asset.pool), gpus)
        pool.free -= idle
        pool.spare -= gpus - idle
        pool.in_service -= gpus
        free_site_power(s, a, gpus, day)
        s.stocks[GPUS_RETIRED, month] += gpus
    gross, _, _ = accounts_of(asset.category)
    if gpus < asset.gpus:
        asset.sold = gpus
        book = write_off_part(s, a, gpus)
    else:
        book = write_off_all(s, a)
    post(s, CASH_FROM_DISPOSALS, gross, proceeds)
    post(s, DISPOSAL_GAIN, gross, book - proceeds)
    if proceeds > 0:
        schedule_now(s, FUND, TREASURY)


@kernel
def gpus_to_sell(s: State, a: int) -> int:
    """GPUs of an asset at the end of its life that nobody uses, is promised or waits for.

    GPUs of a pool are alike: those that are free are the oldest. Spares go with the last contract.
    """
    asset = s.assets[a]
    pool = s.pools[asset.pool]
    free = free_to_sell(s, asset.pool)
    if pool.aged != 0:
        for b in range(s.count[ASSETS]):
            other = s.assets[b]
            old = is_fleet(s, b, asset.pool) and other.retires <= s.clock[0].today
            if old and b != a and (other.new_day, b) < (asset.new_day, a):
                free -= other.gpus
    return int(max(free, 0))


@kernel
def write_off_all(s: State, a: int) -> int:
    """An asset leaves the books; returns its book value [cents]."""
    asset = s.assets[a]
    gross, accumulated, _ = accounts_of(asset.category)
    post(s, accumulated, gross, asset.accumulated)
    if asset.category != INTANGIBLES:
        s.stocks[RETIRED_COST, s.clock[0].month] += asset.gross
    asset.retired = 1
    cancel(s, RETIRE, a)
    cancel(s, SELL, a)
    return int(asset.gross - asset.accumulated)


@kernel
def write_off_part(s: State, a: int, gpus: int) -> int:
    """GPUs leave the books with their share of cost and depreciation; returns their book value.

    What stays is charged no more than its book value, whatever the shares are rounded to.
    Source: definitions, what is sold when GPUs are sold.
    """
    asset = s.assets[a]
    cost = muldiv(asset.gross, gpus, asset.gpus)
    written = muldiv(asset.accumulated, gpus, asset.gpus)
    left = asset.gross - cost - (asset.accumulated - written)
    asset.charged -= muldiv(asset.charged, gpus, asset.gpus)
    stays = asset.chargeable - muldiv(asset.chargeable, gpus, asset.gpus)
    set_chargeable(s, a, min(stays, asset.charged + left))
    gross, accumulated, _ = accounts_of(asset.category)
    post(s, accumulated, gross, written)
    asset.gross -= cost
    asset.accumulated -= written
    asset.gpus -= gpus
    s.stocks[RETIRED_COST, s.clock[0].month] += cost
    return int(cost - written)


@kernel
def free_site_power(s: State, a: int, gpus: int, day: int) -> None:
    """GPUs leave their site for good: others may use their power."""
    asset = s.assets[a]
    microwatts = gpus * s.gens[asset.gen].it_microwatts
    release_power(s, asset.site, microwatts, day)
    s.stocks[MICROWATTS_RETIRED, s.clock[0].month] += microwatts


@kernel
def write_off_failed(s: State, a: int, gpus: int, day: int) -> None:
    """Failed GPUs leave the books with their share of cost and depreciation; the rest is a loss.

    Source: ASC 360-10-40-5; no insurance or warranty pays for them.
    """
    asset = s.assets[a]
    gross, _, _ = accounts_of(asset.category)
    free_site_power(s, a, gpus, day)
    post(s, DISPOSAL_GAIN, gross, write_off_part(s, a, gpus))
    s.stocks[GPUS_FAILED, s.clock[0].month] += gpus


@kernel
def refresh(s: State, day: int) -> None:
    """Month end: free GPUs older than the strategy keeps are let go tomorrow."""
    if s.policy[0].refresh_age_days <= 0:
        return
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.retired != 0 or asset.gpus <= 0 or not is_too_old(s, a, day):
            continue
        if uncommitted_gpus(s, asset.pool) >= asset.gpus:
            schedule_now(s, RETIRE, a)


@kernel
def is_too_old(s: State, a: int, day: int) -> bool:
    """Whether GPUs are older than the strategy keeps."""
    age = s.policy[0].refresh_age_days
    return bool(age > 0 and day - s.assets[a].new_day >= age)


@kernel
def impair(s: State, w: World, month: int, day: int) -> None:
    """Quarter end: a pool whose cash to come is below its book value is written down.

    GPUs of a generation at a site are the group whose cash can be told from others'. Undiscounted,
    over the life that is left: signed contracts, then the market, less running costs, and what a
    sale brings at its end. The loss is what the group is in the books for above what its GPUs
    would fetch today; the rest is charged over the same life.
    Source: ASC 360-10-35-17 to 35-23.
    """
    if s.firm[0].impairment_test == 0 or month % MONTHS_PER_QUARTER != 0:
        return
    for p in range(len(s.pools)):
        if s.pools[p].in_service == 0:
            continue
        carrying, worth = 0, 0
        for a in range(s.count[ASSETS]):
            if is_fleet(s, a, p):
                carrying += book_value(s, a)
                worth += fair_value(s, w, a, month, day)
        if carrying > max(worth, 0) and cash_to_come(s, w, p, month, day) < carrying:
            share_loss(s, w, p, carrying - worth, month, day)


@kernel
def share_loss(s: State, w: World, p: int, loss: int, month: int, day: int) -> None:
    """Share a pool's loss [cents] by book value; no vintage goes below what it would fetch.

    What one cannot take the others do, by book value; shares are rounded down to the cent.
    Source: ASC 360-10-35-28.
    """
    left, base = loss, ZERO
    for a in range(s.count[ASSETS]):
        if is_fleet(s, a, p) and above_fair(s, w, a, month, day) > 0:
            base += book_value(s, a)
    while base > 0:
        taken, others = ZERO, ZERO
        for a in range(s.count[ASSETS]):
            headroom = above_fair(s, w, a, month, day) if is_fleet(s, a, p) else ZERO
            if headroom > 0 and in_proportion(book_value(s, a), left, base) >= headroom:
                taken += headroom
            elif headroom > 0:
                others += book_value(s, a)
        if others == base:
            break
        left, base = loss - taken, others
    for a in range(s.count[ASSETS]):
        headroom = above_fair(s, w, a, month, day) if is_fleet(s, a, p) else ZERO
        if headroom > 0 and base > 0:
            headroom = min(headroom, in_proportion(book_value(s, a), left, base))
        if headroom > 0:
            write_down(s, a, headroom, day)


@kernel
def book_value(s: State, a: int) -> int:
    """Cost of an asset less what is charged and written down [cents]."""
    return int(s.assets[a].gross - s.assets[a].accumulated)


@kernel
def above_fair(s: State, w: World, a: int, month: int, day: int) -> int:
    """How far an asset's book value is above what its GPUs would fetch [cents]; may be negative."""
    return int(book_value(s, a) - fair_value(s, w, a, month, day))


@kernel
def fair_value(s: State, w: World, a: int, month: int, day: int) -> int:
    """What an asset's GPUs would fetch today [cents]."""
    asset = s.assets[a]
    return int(asset.gpus * resale_price(w, asset.gen, month, day - asset.new_day))


@kernel
def is_fleet(s: State, a: int, p: int) -> bool:
    """Whether an asset is GPUs of a pool that are still owned."""
    asset = s.assets[a]
    return asset.category == SERVERS and asset.pool == p and asset.gpus > 0 and asset.retired == 0


@kernel
def cash_to_come(s: State, w: World, p: int, month: int, day: int) -> float:
    """Undiscounted cash that a pool's GPUs earn until they retire, and fetch then [cents].

    Contracts at their value; hours beyond them at today's price and use, as far as offered, as the
    outlook has them, while its site is not curtailed; rent with the steps that its lease states; at
    the end of their life today's price of GPUs of that age.
    Source: ASC 360-10-35-17, use and eventual disposition; 35-29 and 35-30.
    """
    g = s.pools[p].gen
    gpu_days, off_days, value = 0, 0.0, 0
    for a in range(s.count[ASSETS]):
        if is_fleet(s, a, p):
            asset = s.assets[a]
            left = asset.gpus * max(asset.retires - 1 - day, 0)
            gpu_days += left
            off_days += left * curtailed_share(s, asset.site, day + 1, asset.retires - 1)
            age = max(asset.retires, day + 1) - asset.new_day
            value += asset.gpus * resale_price(w, g, month, age)
    unlet = gpu_days
    for n in range(s.count[UNSETTLED]):
        tranche = s.tranches[s.unsettled[n]]
        if tranche.pool != p or tranche.status >= TRANCHE_ENDED:
            continue
        if s.contracts[tranche.contract].kind != BACKSTOP:
            left = tranche.term_days
            if tranche.status == TRANCHE_LIVE:
                left = max(min(tranche.end, tranche.leaves) - 1 - day, 0)
            elif tranche.leaves < NEVER:
                first = max(tranche.planned_start, day + 1)
                left = min(max(tranche.leaves - first, 0), left)
            unlet -= tranche.gpus * left
            value += to_bill(s, s.unsettled[n])
    sold = sold_share(s, w, g, month)
    unlet = max(unlet, 0)
    billed, works = 1.0, 1.0
    if gpu_days > 0:
        billed, works = 1.0 - unlet * (1.0 - sold) / gpu_days, 1.0 - off_days / gpu_days
    cost = cost_of_hours(s, p, day, billed)
    hours = unlet * HOURS_PER_DAY * works
    return float(value + hours * sold * w.on_demand_price[g, month] - cost)


@kernel
def cost_of_hours(s: State, p: int, day: int, billed: float) -> float:
    """What a pool's GPUs cost until they retire, where a share of their hours is billed [cents]."""
    g, cost = s.pools[p].gen, 0.0
    for a in range(s.count[ASSETS]):
        if is_fleet(s, a, p):
            asset = s.assets[a]
            end = asset.retires - 1
            hours = asset.gpus * max(end - day, 0) * HOURS_PER_DAY
            cost += hours * running_cost(s, g, asset.site, day + 1, end, billed)
            cost += asset.gpus * rent_steps(s, g, asset.site, day, day + 1, end)
    return cost


@kernel
def write_down(s: State, a: int, loss: int, day: int) -> None:
    """Write GPUs down by a loss [cents]; the rest is charged over the life that is left."""
    asset = s.assets[a]
    _, accumulated, _ = accounts_of(asset.category)
    post(s, IMPAIRMENT, accumulated, loss)
    asset.accumulated += loss
    rest = max(asset.chargeable - asset.charged - loss, 0)
    restart(s, a, rest, day + 1, max(asset.start + asset.life_days - 1 - day, 1))
