"""What is kept of each loan at a month's end: balance, reserve, worth of hardware, cash to come.

Worth of hardware and cash to come are noted before covenants are tested, which read them; the rest
after, when cures have been paid. Nothing else that is decided reads any of it.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, kernel
from gpusim.economics.books.measures import BUILDING_BOOK, BUILDING_VALUE, RESALE_VALUE
from gpusim.economics.books.rent import rent_lasts
from gpusim.economics.core.calendar import DAYS_PER_YEAR, MONTHS_PER_QUARTER
from gpusim.economics.core.money import cents
from gpusim.economics.core.state import (
    ASSETS,
    BACKSTOP,
    CONTRACTS,
    FACILITIES,
    INVOICES,
    LOAN_LEFT,
    LOAN_LIFE_CASH,
    LOAN_PASSED_ON,
    LOAN_PRINCIPAL,
    LOAN_PROJECT_CASH,
    LOAN_RECEIVED,
    LOAN_RESALE,
    LOAN_RESERVE,
    LOAN_TRAPPED,
    LOAN_VALUE,
    NEVER,
    NONE,
    OPEN,
    SERVERS,
    TRANCHE_ENDED,
    State,
    World,
)
from gpusim.economics.debt.covenants import lender_value
from gpusim.economics.debt.dscr import TRAILING_MONTHS
from gpusim.economics.debt.facilities import rate_of, terms_of
from gpusim.economics.hardware.assets import fair_value
from gpusim.economics.hardware.building_values import building_cost, building_value
from gpusim.economics.plant.tenants import lets_power
from gpusim.economics.sales.advances import has_credit_share
from gpusim.economics.sales.backlog import value_through
from gpusim.economics.sales.breakage import AS_KNOWN, breakage_of, paid_ahead
from gpusim.economics.sales.invoices import IN_ARREARS
from gpusim.economics.sales.losses import first_day_used
from gpusim.economics.sales.revenue import to_bill


@kernel
def note_loans(s: State, month: int) -> None:
    """Write what each loan is once the month is over; one that a cure has repaid has no cover."""
    for f in range(s.count[FACILITIES]):
        s.loan_months[f, LOAN_PRINCIPAL, month] = s.facilities[f].principal
        s.loan_months[f, LOAN_RESERVE, month] = s.facilities[f].reserve_held
        s.loan_months[f, LOAN_TRAPPED, month] = s.facilities[f].locked
        if s.facilities[f].principal == 0:
            s.loan_months[f, LOAN_LIFE_CASH, month] = ZERO
            s.loan_months[f, LOAN_PROJECT_CASH, month] = ZERO


@kernel
def note_tested(s: State, w: World, month: int, day: int) -> None:
    """Write what tests of covenants read of each loan: worth of its hardware, cash to come."""
    note_hardware(s, w, month, day)
    note_buildings(s, month, day)
    note_loan_cash(s, w, month, day)


@kernel
def note_loan_cash(s: State, w: World, month: int, day: int) -> None:
    """Write what each loan's contracts paid, and at a quarter's end what they are to bring.

    What they paid for power passed through was taken off as it came (`invoices.pass_power_on`).
    """
    for c in range(s.count[CONTRACTS]):
        f = s.contracts[c].facility
        if f != NONE:
            s.loan_months[f, LOAN_RECEIVED, month] += s.received[c, month]
    if month % MONTHS_PER_QUARTER == 0:
        for c in range(s.count[CONTRACTS]):
            note_cash_to_come(s, w, c, month, day)
        note_invoices(s, w, month, day)
        for f in range(s.count[FACILITIES]):
            if s.loan_months[f, LOAN_PROJECT_CASH, month] > 0:
                left = share_left(s, f, month)
                for row in (LOAN_LIFE_CASH, LOAN_PROJECT_CASH):
                    s.loan_months[f, row, month] = cents(s.loan_months[f, row, month] * left)


@kernel
def note_hardware(s: State, w: World, month: int, day: int) -> None:
    """What GPUs in service would fetch today, and what accepted hardware is to its lender [cents].

    What is not delivered counts 0. Source: definitions, LTV.
    """
    whole = ZERO
    for a in range(s.count[ASSETS]):
        asset = s.assets[a]
        if asset.retired != 0:
            continue
        age, fetches = day - asset.new_day, ZERO
        if asset.category == SERVERS and asset.gen != NONE:
            fetches = fair_value(s, w, a, month, day)
        whole += fetches
        if asset.order == NONE:
            continue
        order = s.orders[asset.order]
        if order.facility != NONE and order.accepted <= day:
            s.loan_months[order.facility, LOAN_VALUE, month] += lender_value(asset.gross, age)
            s.loan_months[order.facility, LOAN_RESALE, month] += fetches
    s.stocks[RESALE_VALUE, month] = whole


@kernel
def note_buildings(s: State, month: int, day: int) -> None:
    """What own buildings that have a cap rate are worth today, and to their lenders [cents].

    Until the handover a lender counts what has been billed. Source: definitions, LTV.
    """
    for h in range(len(s.halls)):
        hall = s.halls[h]
        if hall.cap_rate == 0.0:
            continue
        cost, value = building_cost(s, h), building_value(s, h, day)
        if hall.asset != NONE:
            s.stocks[BUILDING_VALUE, month] += value
            s.stocks[BUILDING_BOOK, month] += cost
        if hall.facility != NONE:
            s.loan_months[hall.facility, LOAN_VALUE, month] += cost
            s.loan_months[hall.facility, LOAN_RESALE, month] += value


@kernel
def note_cash_to_come(s: State, w: World, c: int, month: int, day: int) -> None:
    """Add what a contract is still to pay, discounted at its loan's rate, to the loan's [cents].

    What is paid ahead already comes off every day to come alike.
    Source: definitions, LLCR and PLCR.
    """
    f = s.contracts[c].facility
    if f == NONE or s.facilities[f].principal == 0:
        return
    facility = s.facilities[f]
    daily = worth_tomorrow(s, w, f, month)
    life = contract_to_come(s, w, c, month, day, daily, facility.maturity)
    project = contract_to_come(s, w, c, month, day, daily, NEVER)
    s.loan_months[f, LOAN_LIFE_CASH, month] += cents(life)
    s.loan_months[f, LOAN_PROJECT_CASH, month] += cents(project)


@kernel
def contract_to_come(
    s: State, w: World, c: int, month: int, day: int, daily: float, until: int
) -> float:
    """What a contract is still to pay up to a day is worth today, less what is paid ahead [cents].

    daily: worth of money a day later [ratio], 1 for the cash itself; until [day].
    Source: definitions, LLCR and PLCR.
    """
    contract = s.contracts[c]
    if contract.kind == BACKSTOP or contract.signed > day:
        return 0.0
    delay = contract.payment_days
    late, last = days_later(daily, delay), until - day - delay
    left, worth = ZERO, 0.0
    k = contract.first_tranche
    while k != NONE:
        tranche = s.tranches[k]
        if tranche.status < TRANCHE_ENDED and to_bill(s, k) > 0:
            left += to_bill(s, k)
            worth += worth_to_come(s, k, day, daily, last) * late
        k = tranche.following
    if left == 0:
        return 0.0
    ahead = paid_ahead(s, c, day)
    if contract.runs_on != 0 or has_credit_share(s, c):
        ahead -= breakage_of(s, c, month, day, AS_KNOWN)
    return float(worth * max(1.0 - ahead / left, 0.0))


@kernel
def note_invoices(s: State, w: World, month: int, day: int) -> None:
    """Add what a loan's customers are billed in arrears and have not paid to its cash to come.

    Worth what it is until the day on which it is due, or tomorrow where that is past, which has to
    be by the maturity to count for the loan's life [cents]. What is billed ahead pays for capex,
    and comes off the days that it pays for; what a customer who failed owed is written off; power
    passed through is its supplier's.
    Source: definitions, LLCR and PLCR.
    """
    for i in range(s.clock[0].first_invoice, s.count[INVOICES]):
        due = invoice_to_come(s, i, day)
        if due == NEVER:
            continue
        f = s.contracts[s.invoices[i].contract].facility
        if f == NONE or s.facilities[f].principal == 0:
            continue
        daily = worth_tomorrow(s, w, f, month)
        worth = cents(counted_of(s, i) * days_later(daily, due - day))
        s.loan_months[f, LOAN_PROJECT_CASH, month] += worth
        if due <= s.facilities[f].maturity:
            s.loan_months[f, LOAN_LIFE_CASH, month] += worth


@kernel
def counted_of(s: State, i: int) -> int:
    """What of an invoice counts for its loan: all but power passed through [cents]."""
    return s.invoices[i].amount - s.invoices[i].recharged


@kernel
def invoice_to_come(s: State, i: int, day: int) -> int:
    """The day on which an unpaid invoice in arrears is to come; NEVER of any other [day]."""
    bill = s.invoices[i]
    if bill.status != OPEN or bill.prepaid != IN_ARREARS or bill.contract == NONE:
        return int(NEVER)
    return max(bill.due, day + 1)


@kernel
def cash_to_come(
    s: State, w: World, f: int, month: int, day: int, daily: float, until: int
) -> tuple[float, float]:
    """What a loan's contracts are to pay by a day, for days to come and of invoices; both [cents].

    Each worth what it is today, before running costs: what `note_loan_cash` writes in one sum.
    daily: worth of money a day later [ratio], 1 for the cash itself; until [day].
    Source: definitions, LLCR and PLCR.
    """
    earned, billed = 0.0, 0.0
    for c in range(s.count[CONTRACTS]):
        if s.contracts[c].facility == f:
            earned += contract_to_come(s, w, c, month, day, daily, until)
    for i in range(s.clock[0].first_invoice, s.count[INVOICES]):
        due = invoice_to_come(s, i, day)
        if due <= until and due < NEVER and s.contracts[s.invoices[i].contract].facility == f:
            billed += counted_of(s, i) * days_later(daily, due - day)
    return earned, billed


@kernel
def worth_tomorrow(s: State, w: World, f: int, month: int) -> float:
    """What a unit of money is worth that comes a day later, at a loan's rate of today [ratio].

    Source: definitions, LLCR and PLCR.
    """
    rate = rate_of(s, f, w.base_rate[month], s.facilities[f].margin, s.clock[0].today)
    return float(1.0 / (1.0 + rate / DAYS_PER_YEAR))


@kernel
def worth_to_come(s: State, k: int, day: int, daily: float, last: int) -> float:
    """What a tranche's days to come are worth today, up to a day, as they are earned [cents].

    daily: worth of money a day later [ratio]; last: days from today [day]. A tranche that has not
    started does so as planned, and tomorrow where that is past; a fixed end stays. One whose
    customer leaves has the days before; a credit for its late start comes off every day alike.
    """
    tranche = s.tranches[k]
    begins = first_day_used(s, k, day + 1)
    first = max(begins - day, 1)
    served = day + first - begins
    over = min(tranche.term_days, tranche.leaves - begins)
    rest = value_through(s, k, begins, over) - value_through(s, k, begins, served)
    if rest <= 0:
        return 0.0
    total = 0.0
    begin = served
    while begin < over:
        end = min(over, price_lasts(s, k, begins, begin))
        from_day = first + begin - served
        until = min(first + end - served - 1, last)
        worth = value_through(s, k, begins, end) - value_through(s, k, begins, begin)
        a_day = worth / (end - begin)
        total += a_day * days_worth(daily, from_day, until)
        begin = end
    return float(total * (to_bill(s, k) / rest))


@kernel
def price_lasts(s: State, k: int, begins: int, elapsed_days: int) -> int:
    """Days of a term after which its price changes next, more than so many; else NEVER.

    begins: day on which the term does; elapsed_days [day].
    """
    if lets_power(s, k):
        return rent_lasts(s, k, begins, elapsed_days)
    tranche = s.tranches[k]
    for row in range(tranche.first_rate, tranche.first_rate + tranche.rates):
        if s.rates[row].day > elapsed_days:
            return int(s.rates[row].day)
    return NEVER


@kernel
def days_worth(daily: float, first: int, last: int) -> float:
    """What a unit of money on each day from the first to the last is worth today [days].

    daily [ratio] of a day; first, last [day] from today.
    Source: the sum of a geometric series.

    >>> days_worth(0.5, 1, 2), days_worth(1.0, 3, 7), days_worth(0.5, 5, 4)
    (0.75, 5.0, 0.0)
    """
    if last < first:
        return 0.0
    if daily == 1.0:
        return float(last - first + 1)
    return (days_later(daily, first) - days_later(daily, last + 1)) / (1.0 - daily)


@kernel
def days_later(daily: float, days: int) -> float:
    """What a unit of money is worth that comes some days later [ratio].

    daily: that of one day; days, at least 0 [day]. By squaring: the same bits on every machine.

    >>> days_later(0.5, 3), days_later(0.5, 0)
    (0.125, 1.0)
    """
    worth, factor, left = 1.0, daily, days
    while left > 0:
        if left % 2 == 1:
            worth = worth * factor
        factor = factor * factor
        left = left // 2
    return float(worth)


@kernel
def share_left(s: State, f: int, month: int) -> float:
    """Share of what its contracts pay that is left for a loan's debt service [share].

    What its lender counts on, where the terms say so, nothing among it; else what they left of what
    they paid, nothing on demand and no power passed through among it, in the last twelve months,
    since they first paid; 0 where they have paid nothing. A month without a payment has its costs:
    of invoices paid after thirty days January's comes in March, and a year has twelve of each.
    """
    terms = terms_of(s, f)
    if terms.running_cost_share != NONE:
        return 1.0 - terms.running_cost_share
    first = 1
    while first <= month and s.loan_months[f, LOAN_RECEIVED, first] == 0:
        first += 1
    left, paid = ZERO, ZERO
    for m in range(max(month - TRAILING_MONTHS + 1, first), month + 1):
        paid += s.loan_months[f, LOAN_RECEIVED, m]
        left += s.loan_months[f, LOAN_LEFT, m] + s.loan_months[f, LOAN_PASSED_ON, m]
    if paid <= 0:
        return 0.0
    return min(max(left / paid, 0.0), 1.0)
