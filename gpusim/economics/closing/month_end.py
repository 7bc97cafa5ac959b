"""The books: the last rule of a month's last day.

Accruals first, then tax, then what falls due and the waterfall, then the backlog's month and the
measures; all in the month that ends, which therefore holds everything that happened in its days.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.costs import lease_month, overhead_month
from gpusim.economics.books.ledger import (
    CASH_INTEREST_RECEIVED,
    INTEREST_INCOME,
    open_cash_days,
    post,
)
from gpusim.economics.books.measures import (
    ACTIVE_MICROWATT_DAYS,
    ACTIVE_MICROWATTS,
    BACKLOG,
    BILLING_MICROWATTS,
    CFADS,
    CONTRACTED_MICROWATTS,
    DEBT_PRINCIPAL,
    DEFERRED_COST,
    DEFERRED_ORDERS,
    GPUS_IN_SERVICE,
    IDLE_GPUS,
    LET_MICROWATTS,
    MISSING_GPUS,
    POWERED_MICROWATT_DAYS,
    POWERED_MICROWATTS,
    REVOLVER_AVAILABLE,
    RPO,
    SPARE_GPUS,
    UNDRAWN,
    WAITING_GPUS,
)
from gpusim.economics.books.tax import close_year
from gpusim.economics.books.tax_charge import book_tax, taxable_lines
from gpusim.economics.closing.insolvency import count_unpaid
from gpusim.economics.closing.loan_months import note_loans, note_tested
from gpusim.economics.closing.recourse import count_unpaid_loans
from gpusim.economics.closing.settle import settle
from gpusim.economics.core.agenda import (
    BOOKS,
    DESK,
    FUND,
    MONTH,
    PLAN,
    TREASURY,
    schedule,
    schedule_now,
)
from gpusim.economics.core.calendar import DAYS_PER_YEAR, ends_year
from gpusim.economics.core.money import cents
from gpusim.economics.core.outages import open_standstill
from gpusim.economics.core.state import (
    ASSETS,
    BACKSTOP,
    CONTRACTS,
    FACILITIES,
    FLEET_CARRYING,
    HALL_RETURNED,
    N_CAUSES,
    NEEDING,
    NONE,
    PLANNED,
    RECOGNISED,
    REVOLVER,
    SITE_HANDED,
    SITE_LOAD,
    SITE_POWERED,
    TRANCHE_LIVE,
    UNSETTLED,
    WAITING,
    State,
    World,
)
from gpusim.economics.debt.accruals import interest_of_month
from gpusim.economics.debt.calendars import schedule_payments
from gpusim.economics.debt.covenant_tests import check_covenants
from gpusim.economics.debt.dscr import note_own_cash
from gpusim.economics.debt.facilities import total_principal, undrawn_available
from gpusim.economics.debt.revolvers import revolvers_available
from gpusim.economics.debt.service.falling_due import fall_due as debt_falls_due
from gpusim.economics.debt.service.interest_draws import draw_interest
from gpusim.economics.decisions.cost_bases import count_bases, count_contracts
from gpusim.economics.hardware.assets import book_value, impair, refresh
from gpusim.economics.hardware.book_charges import depreciate
from gpusim.economics.hardware.capitalised_interest import capitalise
from gpusim.economics.hardware.failures import count_missing, fail, replaces
from gpusim.economics.plant.market import base_rate
from gpusim.economics.plant.pools import serving_gpus
from gpusim.economics.plant.site_costs import month_costs
from gpusim.economics.plant.sites import count_site
from gpusim.economics.sales.advances import tax_unearned_advances
from gpusim.economics.sales.backlog import book_moved, note_move
from gpusim.economics.sales.breakage import breakage_rpo, update_breakage
from gpusim.economics.sales.customers import watch_price
from gpusim.economics.sales.invoices import bill_month, recharge_power, run_on
from gpusim.economics.sales.losses import backlog_of, book_slippage, left_of, tranche_rpo
from gpusim.economics.sales.revenue import give_credits, recognise, sell_on_demand
from gpusim.economics.sales.unsettled import is_settled, skip_settled_bills


@kernel
def close_month(s: State, w: World, books: int, day: int) -> None:
    """Close the month that ends today and open the next."""
    month = s.clock[0].month
    pretax, book, net_interest = close_up_to_tests(s, w, month, day)
    check_covenants(s, w, month, day)
    charge_tax_of_payments(s, month, day, pretax, book, net_interest)
    measure(s, month)
    note_loans(s, month)
    skip_settled_bills(s)
    refresh(s, day)
    open_next(s, w, month, day)


@kernel
def close_up_to_tests(s: State, w: World, month: int, day: int) -> tuple[int, int, int]:
    """Close the month as covenants then find it; returns what of it `charge_tax` taxed [cents]."""
    for p in range(len(s.pools)):
        count_missing(s, w, p, month, day)
    accreted = recognise_revenue(s, w, month, day)
    operating, rent_due = run_costs(s, w, month, day)
    s.payables[month + s.firm[0].payables_months] += operating
    for a in range(s.count[ASSETS]):
        depreciate(s, a, day)
    impair(s, w, month, day)
    for p in range(len(s.pools)):
        fail(s, w, p, month, day)
    accrue_interest(s, w, month, day)
    taxed = charge_tax(s, month, day)
    debt_falls_due(s, w, month, day, NONE)
    draw_interest(s, w, day, NONE)
    note_own_cash(s, month, day - w.month_end[month - 1], rent_due)
    settle(s, w, month, day, rent_due)
    count_unpaid_loans(s, day)
    roll_backlog(s, w, month, day, accreted)
    note_tested(s, w, month, day)
    return taxed


@kernel
def recognise_revenue(s: State, w: World, month: int, day: int) -> int:
    """Committed revenue by tranche, on-demand revenue by pool, then the invoices.

    Returns the accretion of all contracts that is not yet recognised [cents].
    """
    puts, accreted = ZERO, 0
    give_credits(s, w, month, day)
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        if tranche.status != TRANCHE_LIVE:
            continue
        contract = s.contracts[tranche.contract]
        if contract.kind == BACKSTOP:
            puts += 1
        else:
            earned = recognise(s, k, day)
            s.moved[contract.vintage] += earned
            note_move(s, s.tranches[k].contract, RECOGNISED, N_CAUSES, earned)
    book_moved(s, RECOGNISED)
    for p in range(len(s.pools)):
        sell_on_demand(s, w, p, puts, month, day)
    count_contracts(s, month)
    run_on(s, month)
    for c in range(s.count[CONTRACTS]):
        contract, recharged = s.contracts[c], ZERO
        if contract.recharges != 0:
            recharged = recharge_power(s, w, c, month, day)
        if contract.earned != 0 or contract.balance > 0 or recharged != 0:
            bill_month(s, w, c, month, recharged)
        accreted += contract.accreted
    return accreted


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
    count_bases(s, month, days)
    for n in range(len(s.overheads)):
        total += overhead_month(s, n, month)
    return total, rent_due


@kernel
def accrue_interest(s: State, w: World, month: int, day: int) -> None:
    """Interest on debt, the part that is capitalised, and interest on cash.

    Cash earns by the day: what the month's end makes due leaves after the last day's interest.
    """
    capitalise(s, w, interest_of_month(s, w, day), day)
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
    if ends_year(day, s.tax[0].year_ends):
        tax_unearned_advances(s, day)
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
    if ends_year(day, s.tax[0].year_ends):
        close_year(s.tax)


@kernel
def roll_backlog(s: State, w: World, month: int, day: int, accreted: int) -> None:
    """Look at each tranche that is not settled: notice, slippage, backlog and RPO.

    accreted: accretion of all contracts, part of backlog and RPO [cents]: prepayments are not given
    back, so that a customer who leaves has paid for it too, and for what no invoice will take, see
    `kept`. Settled tranches are taken off the list, the others keep their order.
    """
    backlog, rpo, kept = accreted, accreted, 0
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
        tranche = s.tranches[k]
        contract = s.contracts[tranche.contract]
        if contract.exit_price_share > 0.0:
            watch_price(s, w, k, month, day)
        if contract.signed <= day:
            book_slippage(s, k, day)
            backlog += left_of(s, k)
            rpo += tranche_rpo(s, k, day)
        if not is_settled(s, k):
            s.unsettled[kept] = k
            kept += 1
    s.count[UNSETTLED] = kept
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
    for n in range(s.count[UNSETTLED]):
        k = s.unsettled[n]
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
    let = 0
    for site in range(len(s.sites)):
        let += s.sites[site].let_microwatts
        powered += s.sites[site].powered_microwatts
        active += s.sites[site].load_microwatts
        if len(s.site_months) > 0:
            s.site_months[site, SITE_HANDED, month] = s.sites[site].handed_microwatts
            s.site_months[site, SITE_POWERED, month] = s.sites[site].powered_microwatts
            s.site_months[site, SITE_LOAD, month] = s.sites[site].load_microwatts
    s.stocks[CONTRACTED_MICROWATTS, month] = contracted
    s.stocks[POWERED_MICROWATTS, month] = powered
    s.stocks[ACTIVE_MICROWATTS, month] = active
    s.stocks[LET_MICROWATTS, month] = let
    in_service, billing, idle, spare, missing = 0, let, 0, 0, 0
    for p in range(len(s.pools)):
        pool = s.pools[p]
        in_service += pool.in_service
        idle += pool.free
        spare += pool.spare
        missing += pool.missing
        billing += serving_gpus(s, p) * s.gens[pool.gen].it_microwatts
    s.stocks[GPUS_IN_SERVICE, month] = in_service
    s.stocks[IDLE_GPUS, month] = idle
    s.stocks[SPARE_GPUS, month] = spare
    s.stocks[MISSING_GPUS, month] = missing
    s.stocks[BILLING_MICROWATTS, month] = billing
    record_carrying_values(s, month)
    waiting = 0
    for n in range(s.count[WAITING]):
        waiting += s.tranches[s.waiting[n]].gpus
    s.stocks[WAITING_GPUS, month] = waiting
    s.stocks[DEBT_PRINCIPAL, month] = total_principal(s)
    s.stocks[REVOLVER_AVAILABLE, month] = revolvers_available(s, s.clock[0].today)
    undrawn = 0
    for f in range(s.count[FACILITIES]):
        if s.facilities[f].kind != REVOLVER:
            undrawn += undrawn_available(s, f)
    s.stocks[UNDRAWN, month] = undrawn
    s.stocks[DEFERRED_ORDERS, month] = s.count[NEEDING]
    cost = 0
    for n in range(s.count[NEEDING]):
        cost += s.orders[s.needing[n]].cost
    s.stocks[DEFERRED_COST, month] = cost


@kernel
def record_carrying_values(s: State, month: int) -> None:
    """Write what the books carry of each generation at a month's end."""
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.gen != NONE and asset.retired == 0:
            s.fleet[asset.gen, FLEET_CARRYING, month] += book_value(s, a)


@kernel
def open_next(s: State, w: World, month: int, day: int) -> None:
    """Go to the next month, or end the run after the last or with the firm.

    Orders in want of money ask again.
    """
    if count_unpaid(s, month, day) or month + 1 >= s.stocks.shape[1]:
        s.clock[0].halted = 1
        return
    s.clock[0].month = month + 1
    schedule_payments(s, w, NONE)
    open_cash_days(s, day, w.month_end[month + 1])
    open_standstill(s, w, month + 1)
    schedule(s, MONTH, BOOKS, w.month_end[month + 1])
    if s.policy[0].build_ahead_share > 0.0 or len(s.capital_raising) > 0 or replaces(s):
        schedule(s, PLAN, DESK, day + 1)
    if s.count[NEEDING] > 0:
        schedule_now(s, FUND, TREASURY)
