"""The books: the last rule of a month's last day.

Accruals first, then tax, then what falls due and the waterfall, then the backlog's month and the
measures; all in the month that ends, which therefore holds everything that happened in its days.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.costs import lease_month, overhead_month
from gpusim.economics.books.ledger import (
    AMORTISATION_OF_INTANGIBLES,
    CASH_FROM_CUSTOMERS,
    CASH_FROM_DISPOSALS,
    CASH_INTEREST_RECEIVED,
    CONSTRUCTION_IN_PROGRESS,
    COST_DEPRECIATION,
    DEFERRED_REVENUE,
    DEFERRED_TAX,
    DISPOSAL_GAIN,
    FIRST_PROFIT_AND_LOSS,
    IMPAIRMENT,
    INFRASTRUCTURE_ACCUMULATED,
    INFRASTRUCTURE_GROSS,
    INTANGIBLES_ACCUMULATED,
    INTANGIBLES_GROSS,
    INTEREST_AMORTISATION,
    INTEREST_CAPITALISED,
    INTEREST_CONTRACTUAL,
    INTEREST_INCOME,
    INTEREST_UNDRAWN_FEES,
    OTHER_EQUIPMENT_ACCUMULATED,
    OTHER_EQUIPMENT_GROSS,
    OTHER_INCOME,
    REVENUE_COMMITTED,
    REVENUE_ON_DEMAND,
    SERVERS_ACCUMULATED,
    SERVERS_GROSS,
    TAX_CURRENT,
    TAX_DEFERRED,
    TAX_PAYABLE,
    TECHNOLOGY_DEPRECIATION,
    open_cash_days,
    post,
)
from gpusim.economics.books.measures import (
    ACTIVE_MICROWATT_DAYS,
    ACTIVE_MICROWATTS,
    BACKLOG,
    BILLED_GPU_HOURS,
    BILLING_MICROWATTS,
    CAPEX_ACCRUED,
    CFADS,
    COLLECTED,
    CONTRACTED_MICROWATTS,
    DEBT_PRINCIPAL,
    DEBT_REPAID,
    DEFERRED_COST,
    DEFERRED_ORDERS,
    GPUS_IN_SERVICE,
    IDLE_GPUS,
    IN_SERVICE_GPU_HOURS,
    MISSING_GPUS,
    ON_DEMAND_GPU_HOURS,
    POWERED_MICROWATT_DAYS,
    POWERED_MICROWATTS,
    REVOLVER_AVAILABLE,
    RPO,
    SPARE_GPUS,
    UNDRAWN,
    WAITING_GPUS,
)
from gpusim.economics.books.tax import close_year, deferred_liability, tax_of_month
from gpusim.economics.closing.insolvency import count_unpaid
from gpusim.economics.closing.recourse import count_unpaid_loans
from gpusim.economics.closing.settle import settle
from gpusim.economics.core.agenda import BOOKS, DESK, FUND, MONTH, PLAN, TREASURY, arm, ring
from gpusim.economics.core.calendar import DAYS_PER_YEAR, HOURS_PER_DAY, ends_year
from gpusim.economics.core.money import cents, whole
from gpusim.economics.core.state import (
    ASSETS,
    BACKSTOP,
    CONTRACTS,
    FACILITIES,
    FLEET_CARRYING,
    FLEET_GPU_DAYS,
    FLEET_ON_DEMAND,
    FLEET_ON_DEMAND_HOURS,
    HALL_RETURNED,
    NEEDING,
    NEVER,
    NONE,
    PLANNED,
    RECOGNISED,
    REVOLVER,
    RUNNING,
    TRANCHE_ENDED,
    TRANCHE_LIVE,
    WAITING,
    State,
    World,
)
from gpusim.economics.debt.covenants import check_covenants
from gpusim.economics.debt.cover import note_own_cash
from gpusim.economics.debt.facilities import (
    arm_payments,
    interest_of_month,
    revolver_room,
    room,
    total_principal,
)
from gpusim.economics.debt.loan_arithmetic import capitalised_interest
from gpusim.economics.debt.repayment import fall_due as debt_falls_due
from gpusim.economics.hardware.assets import impair, refresh
from gpusim.economics.hardware.failures import fail, give_credit, outages, replaces
from gpusim.economics.hardware.orders import depreciate, spread_capitalised
from gpusim.economics.plant.market import base_rate, on_demand_revenue
from gpusim.economics.plant.pools import working
from gpusim.economics.plant.running import is_settled, pass_by_paid
from gpusim.economics.plant.sites import count_site, energy_hour, month_costs
from gpusim.economics.sales.advances import tax_what_waits
from gpusim.economics.sales.backlog import book_moved
from gpusim.economics.sales.breakage import breakage_rpo, update_breakage
from gpusim.economics.sales.contracts import backlog_of, bill_month, recognise, use_put
from gpusim.economics.sales.customers import watch_price
from gpusim.economics.sales.losses import left_of, slip, tranche_rpo


@kernel
def close_month(s: State, w: World, books: int, day: int) -> None:
    """Close the month that ends today and open the next."""
    month = s.clock[0].month
    for p in range(len(s.pools)):
        outages(s, w, p, month, day)
    accreted = earn(s, w, month, day)
    operating, rent_due = run_costs(s, w, month, day)
    s.payables[month + s.firm[0].payables_months] += operating
    for a in range(s.count[ASSETS]):
        depreciate(s, a, day)
    impair(s, w, month, day)
    for p in range(len(s.pools)):
        fail(s, w, p, month, day)
    finance(s, w, month, day)
    pretax, book, net_interest = charge_tax(s, month, day)
    debt_falls_due(s, w, month, day, NONE)
    note_own_cash(s, month, day - w.month_end[month - 1], rent_due)
    settle(s, w, month, day, rent_due)
    count_unpaid_loans(s, day)
    review(s, w, month, day, accreted)
    check_covenants(s, w, month, day)
    charge_tax_of_payments(s, month, day, pretax, book, net_interest)
    measure(s, month)
    pass_by_paid(s)
    refresh(s, day)
    open_next(s, w, month, day)


@kernel
def earn(s: State, w: World, month: int, day: int) -> int:
    """Committed revenue by tranche, on-demand revenue by pool, then the invoices.

    Returns the accretion of all contracts that is not yet recognised [cents].
    """
    puts, accreted = ZERO, 0
    give_credits(s, w, month, day)
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        tranche = s.tranches[k]
        if tranche.status != TRANCHE_LIVE:
            continue
        contract = s.contracts[tranche.contract]
        if contract.kind == BACKSTOP:
            puts += 1
        else:
            s.moved[contract.vintage] += recognise(s, k, day)
    book_moved(s, RECOGNISED)
    for p in range(len(s.pools)):
        sell_on_demand(s, w, p, puts, month, day)
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.earned != 0 or contract.balance > 0:
            bill_month(s, w, c, month)
        accreted += contract.accreted
    return accreted


@kernel
def give_credits(s: State, w: World, month: int, day: int) -> None:
    """Tranches are not paid for hours of the month they did not get, if any are missing.

    Those that were over within it are not either.
    """
    short, before = 0.0, w.month_end[month - 1]
    for p in range(len(s.pools)):
        short = max(short, s.pools[p].short_share)
    if short <= 0.0:
        return
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        tranche = s.tranches[k]
        over = tranche.status >= TRANCHE_ENDED and tranche.start < NEVER
        bills = tranche.status == TRANCHE_LIVE or (over and tranche.through > before)
        if bills and s.contracts[tranche.contract].kind != BACKSTOP:
            give_credit(s, w, k, month, day)


@kernel
def sell_on_demand(s: State, w: World, p: int, puts: int, month: int, day: int) -> None:
    """Unsold accepted GPUs earn the list price for the share of hours the market takes.

    puts: live backstops [count]. One that pays more than the list price comes before the market,
    others take what the market leaves; none for less than the energy of an hour. Paid by card in
    the month. Hours of service and of billing are counted on the way.
    """
    pool = s.pools[p]
    pool.sold_hours = 0
    pool.sold_for = 0
    if pool.in_service_gpu_days == 0:
        return
    g = pool.gen
    free = pool.free_gpu_days * HOURS_PER_DAY
    taken, avoidable = 0, 0.0
    if puts > 0:
        avoidable = energy_hour(s, g, pool.site)
        taken = sell_to_puts(s, g, free, max(w.on_demand_price[g, month], avoidable), day)
    sold = whole((free - taken) * s.firm[0].on_demand_share * w.on_demand_use[g, month])
    if puts > 0:
        taken += sell_to_puts(s, g, free - taken - sold, avoidable, day)
    revenue = on_demand_revenue(w, g, month, sold)
    pool.sold_hours = sold
    pool.sold_for = revenue
    post(s, CASH_FROM_CUSTOMERS, REVENUE_ON_DEMAND, revenue)
    s.stocks[COLLECTED, month] += revenue
    s.stocks[CFADS, month] += revenue
    s.stocks[ON_DEMAND_GPU_HOURS, month] += sold
    s.stocks[BILLED_GPU_HOURS, month] += pool.billing_gpu_days * HOURS_PER_DAY + sold + taken
    s.fleet[g, FLEET_GPU_DAYS, month] += pool.in_service_gpu_days
    s.fleet[g, FLEET_ON_DEMAND, month] += revenue
    s.fleet[g, FLEET_ON_DEMAND_HOURS, month] += sold
    s.stocks[IN_SERVICE_GPU_HOURS, month] += pool.in_service_gpu_days * HOURS_PER_DAY
    pool.free_gpu_days = 0
    pool.in_service_gpu_days = 0
    pool.billing_gpu_days = 0


@kernel
def sell_to_puts(s: State, g: int, gpu_hours: int, above: float, day: int) -> int:
    """Hours that the backstops of a generation take which pay more than something.

    above [cents/GPU-hour]: what the hour would bring or spare elsewhere.
    """
    left = gpu_hours
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        contract = s.contracts[s.tranches[k].contract]
        live = s.tranches[k].status == TRANCHE_LIVE and contract.kind == BACKSTOP
        if live and contract.gen == g and contract.put_price > above and left > 0:
            left -= use_put(s, k, left, day)
    return gpu_hours - left


@kernel
def run_costs(s: State, w: World, month: int, day: int) -> tuple[int, int]:
    """Site costs, leases and overheads; returns operating cost to be paid and rent due [cents]."""
    days = day - w.month_end[month - 1]
    total = 0
    for site in range(len(s.sites)):
        count_site(s, site, day + 1)
        s.stocks[POWERED_MICROWATT_DAYS, month] += s.sites[site].powered_microwatt_days
        s.stocks[ACTIVE_MICROWATT_DAYS, month] += s.sites[site].load_microwatt_days
        total += month_costs(s, site, days)
    rent_due = lease_month(s, w, month)
    revenue = -(s.ledger[REVENUE_COMMITTED, month] + s.ledger[REVENUE_ON_DEMAND, month])
    active = s.stocks[ACTIVE_MICROWATT_DAYS, month] / days
    for n in range(len(s.overheads)):
        total += overhead_month(s, n, revenue, active)
    return total, rent_due


@kernel
def finance(s: State, w: World, month: int, day: int) -> None:
    """Interest on debt, the part that is capitalised, and interest on cash.

    The month's rate is interest incurred over all principal that was open on some day of it. Cash
    earns by the day: what the month's end makes due leaves after the last day's interest.
    """
    principal = total_principal(s) + s.stocks[DEBT_REPAID, month]
    incurred = interest_of_month(s, w, day)
    cip = s.balance[CONSTRUCTION_IN_PROGRESS]
    opening = cip - s.ledger[CONSTRUCTION_IN_PROGRESS, month]
    rate = incurred / principal if principal > 0 else 0.0
    capitalised = capitalised_interest(incurred, s.firm[0].qualifying_share, opening, cip, rate)
    if opening > 0 or cip > 0:
        capitalised = spread_capitalised(s, capitalised, w.month_end[month - 1], day)
        post(s, CONSTRUCTION_IN_PROGRESS, INTEREST_CAPITALISED, capitalised)
        s.firm[0].capitalised_unpaid += capitalised
        s.stocks[CAPEX_ACCRUED, month] += capitalised
    yield_ = max(base_rate(w, month) + s.firm[0].cash_yield_margin, 0.0)
    income = cents(max(s.firm[0].cash_days, 0) * yield_ / DAYS_PER_YEAR)
    post(s, CASH_INTEREST_RECEIVED, INTEREST_INCOME, income)
    s.stocks[CFADS, month] += income


@kernel
def charge_tax(s: State, month: int, day: int) -> tuple[int, int, int]:
    """Current tax by the year-to-date method, and the change of the deferred liability.

    Returns what of the month it has taxed, see `taxable_lines`.
    """
    lines = taxable_lines(s, month)
    deducted = s.tax_schedule[month]
    s.tax[0].basis -= deducted
    if ends_year(day):
        tax_what_waits(s, day)
    book_tax(s, lines[0], lines[1], deducted, lines[2])
    return lines


@kernel
def charge_tax_of_payments(
    s: State, month: int, day: int, pretax: int, book: int, net_interest: int
) -> None:
    """Tax on what the month end's own payments earn or cost, and the end of the fiscal year.

    pretax, book, net_interest: what of the month is taxed already [cents]. Discount of debt that is
    repaid early is expense of the day; tax of this month's end is paid by then, so what is owed
    less is paid less next time.
    Source: definitions, interest cap; 26 CFR 1.163-7(c), discount is deducted when debt is repaid.
    """
    lines = taxable_lines(s, month)
    pretax, book, net_interest = lines[0] - pretax, lines[1] - book, lines[2] - net_interest
    if pretax != 0 or book != 0 or net_interest != 0:
        book_tax(s, pretax, book, ZERO, net_interest)
    if ends_year(day):
        close_year(s.tax)


@kernel
def taxable_lines(s: State, month: int) -> tuple[int, int, int]:
    """Income before tax, book depreciation and net interest of a month, as far as booked [cents].

    Amortisation, impairment and the book value of what is sold or lost count as book depreciation:
    the tax basis goes on being deducted on its own schedule, and proceeds are taxed in full.
    """
    pretax = ZERO
    for account in range(FIRST_PROFIT_AND_LOSS, TAX_CURRENT):
        pretax -= s.ledger[account, month]
    book = (
        s.ledger[COST_DEPRECIATION, month]
        + s.ledger[TECHNOLOGY_DEPRECIATION, month]
        + s.ledger[AMORTISATION_OF_INTANGIBLES, month]
        + s.ledger[IMPAIRMENT, month]
        + s.ledger[DISPOSAL_GAIN, month]
        + s.ledger[OTHER_INCOME, month]
        + s.ledger[CASH_FROM_DISPOSALS, month]
    )
    net_interest = (
        s.ledger[INTEREST_CONTRACTUAL, month]
        + s.ledger[INTEREST_AMORTISATION, month]
        + s.ledger[INTEREST_UNDRAWN_FEES, month]
        + s.ledger[INTEREST_CAPITALISED, month]
        + s.ledger[INTEREST_INCOME, month]
    )
    return int(pretax), int(book), int(net_interest)


@kernel
def book_tax(s: State, pretax: int, book: int, deducted: int, net_interest: int) -> None:
    """Add amounts to the fiscal year [cents], and book what they change of both taxes."""
    tax = s.tax[0]
    current = tax_of_month(s.tax, pretax, book, deducted, net_interest)
    tax.payable += current
    post(s, TAX_CURRENT, TAX_PAYABLE, current)
    liability = deferred_liability(s.tax, depreciable_net(s), -s.balance[DEFERRED_REVENUE])
    liability += s.firm[0].deferred_tax_other
    post(s, TAX_DEFERRED, DEFERRED_TAX, liability - tax.deferred)
    tax.deferred = liability


@kernel
def depreciable_net(s: State) -> int:
    """Book value of what is in service, and of acquired intangibles but goodwill [cents].

    Construction in progress has the same tax basis.
    Source: ASC 740-10-25-20, 805-740-25-3: temporary differences, of goodwill there is none.
    """
    return int(
        s.balance[SERVERS_GROSS]
        + s.balance[INFRASTRUCTURE_GROSS]
        + s.balance[OTHER_EQUIPMENT_GROSS]
        + s.balance[INTANGIBLES_GROSS]
        + s.balance[SERVERS_ACCUMULATED]
        + s.balance[INFRASTRUCTURE_ACCUMULATED]
        + s.balance[OTHER_EQUIPMENT_ACCUMULATED]
        + s.balance[INTANGIBLES_ACCUMULATED]
    )


@kernel
def review(s: State, w: World, month: int, day: int, accreted: int) -> None:
    """Look at each tranche that is not settled: notice, slippage, backlog and RPO.

    accreted: accretion of all contracts, part of backlog and RPO [cents]: prepayments are not given
    back, so that a customer who leaves has paid for it too, and for what no invoice will take, see
    `kept`. Settled tranches are taken off the list, the others keep their order.
    """
    backlog, rpo, kept = accreted, accreted, 0
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        tranche = s.tranches[k]
        contract = s.contracts[tranche.contract]
        if contract.exit_price_share > 0.0:
            watch_price(s, w, k, month, day)
        if contract.signed <= day:
            slip(s, k, day)
            backlog += left_of(s, k)
            rpo += tranche_rpo(s, k, day)
        if not is_settled(s, k):
            s.running[kept] = k
            kept += 1
    s.count[RUNNING] = kept
    book_moved(s, PLANNED)
    for c in range(s.count[CONTRACTS]):
        update_breakage(s, c, month, day)
        backlog += s.contracts[c].breakage
        rpo += breakage_rpo(s, c, month, day)
    s.stocks[BACKLOG, month] = backlog
    s.stocks[RPO, month] = rpo


@kernel
def measure_backlog(s: State, month: int, day: int) -> None:
    """Backlog and RPO of all signed tranches, on a day on which nothing else is looked at."""
    rpo = 0
    for c in range(s.count[CONTRACTS]):
        rpo += s.contracts[c].accreted + breakage_rpo(s, c, month, day)
    for n in range(s.count[RUNNING]):
        k = s.running[n]
        if s.contracts[s.tranches[k].contract].signed <= day:
            rpo += tranche_rpo(s, k, day)
    s.stocks[BACKLOG, month] = backlog_of(s)
    s.stocks[RPO, month] = rpo


@kernel
def measure(s: State, month: int) -> None:
    """Write the month-end measures, but for those of the backlog."""
    contracted, powered, active = 0, 0, 0
    for h in range(len(s.halls)):
        if s.halls[h].status != HALL_RETURNED:
            contracted += s.halls[h].microwatts
    for site in range(len(s.sites)):
        powered += s.sites[site].powered_microwatts
        active += s.sites[site].load_microwatts
    s.stocks[CONTRACTED_MICROWATTS, month] = contracted
    s.stocks[POWERED_MICROWATTS, month] = powered
    s.stocks[ACTIVE_MICROWATTS, month] = active
    in_service, billing, idle, spare, missing = 0, 0, 0, 0, 0
    for p in range(len(s.pools)):
        pool = s.pools[p]
        in_service += pool.in_service
        idle += pool.free
        spare += pool.spare
        missing += pool.missing
        billing += working(s, p) * s.gens[pool.gen].it_microwatts
    s.stocks[GPUS_IN_SERVICE, month] = in_service
    s.stocks[IDLE_GPUS, month] = idle
    s.stocks[SPARE_GPUS, month] = spare
    s.stocks[MISSING_GPUS, month] = missing
    s.stocks[BILLING_MICROWATTS, month] = billing
    carry(s, month)
    waiting = 0
    for n in range(s.count[WAITING]):
        waiting += s.tranches[s.waiting[n]].gpus
    s.stocks[WAITING_GPUS, month] = waiting
    s.stocks[DEBT_PRINCIPAL, month] = total_principal(s)
    s.stocks[REVOLVER_AVAILABLE, month] = revolver_room(s, s.clock[0].today)
    undrawn = 0
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].kind != REVOLVER:
            undrawn += room(s, f)
    s.stocks[UNDRAWN, month] = undrawn
    s.stocks[DEFERRED_ORDERS, month] = s.count[NEEDING]
    cost = 0
    for n in range(s.count[NEEDING]):
        cost += s.orders[s.needing[n]].cost
    s.stocks[DEFERRED_COST, month] = cost


@kernel
def carry(s: State, month: int) -> None:
    """Write what the books carry of each generation at a month's end."""
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.gen != NONE and asset.retired == 0:
            s.fleet[asset.gen, FLEET_CARRYING, month] += asset.gross - asset.accumulated


@kernel
def open_next(s: State, w: World, month: int, day: int) -> None:
    """Go to the next month, or end the run after the last or with the firm.

    Orders in want of money ask again.
    """
    if count_unpaid(s, month, day) or month + 1 >= s.stocks.shape[1]:
        s.clock[0].halted = 1
        return
    s.clock[0].month = month + 1
    arm_payments(s, w, NONE)
    open_cash_days(s, day, w.month_end[month + 1])
    arm(s, MONTH, BOOKS, w.month_end[month + 1])
    if s.levers[0].build_ahead_share > 0.0 or len(s.raising) > 0 or replaces(s):
        arm(s, PLAN, DESK, day + 1)
    if s.count[NEEDING] > 0:
        ring(s, FUND, TREASURY)
