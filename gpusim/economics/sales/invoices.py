"""What customers are billed, ahead and in arrears, and pay; what prepayments take off it.

Power that is passed through is revenue, and what the utility is paid stays a cost: the operator
buys it in its own name, at its own risk of what the site must take, and so is the principal. It is
in no backlog: what each month's use is worth is not known before. So no prepayment pays for it:
what was paid ahead is rent, and lowers the rent of an invoice alone. Source: ASC 606-10-55-37,
606-10-32-40 and 50-14A.
"""

from __future__ import annotations

from gpusim.compiling.kernel import ZERO, const, inlined, kernel
from gpusim.economics.books.ledger import (
    BAD_DEBTS,
    CASH_FROM_CUSTOMERS,
    DEFERRED_REVENUE,
    INTEREST_FINANCING_COMPONENT,
    RECEIVABLES,
    REVENUE_COMMITTED,
    REVENUE_RECHARGED,
    post,
)
from gpusim.economics.books.measures import CFADS, COLLECTED
from gpusim.economics.core.agenda import COLLECT, FUND, TREASURY, schedule, schedule_now
from gpusim.economics.core.money import cents
from gpusim.economics.core.outages import days_of, seconds_off
from gpusim.economics.core.state import (
    ACCRETION,
    CONTRACTS,
    INVOICES,
    LOAN_PASSED_ON,
    LOAN_RECEIVED,
    NEEDING,
    NEVER,
    NONE,
    OPEN,
    SETTLED,
    State,
    World,
)
from gpusim.economics.plant.site_costs import MICROWATTS_PER_KW, power_bill, tariff_between
from gpusim.economics.sales.advances import accrete, book_advance, credit, pass_on
from gpusim.economics.sales.backlog import book_for
from gpusim.economics.sales.breakage import break_prepayment
from gpusim.economics.sales.contracted_cash_schedule import plan_running_on
from gpusim.economics.sales.losses import NO_CAUSE
from gpusim.economics.sales.revenue import book_financing

IN_ARREARS, PAID_AHEAD, BILLED_AHEAD = const(0), const(1), const(2)
"""`Invoice.prepaid`: ordinary; a prepayment booked on receipt; one booked when due."""


@kernel
def prepay(s: State, w: World, c: int, day: int) -> None:
    """The prepayment falls due and is invoiced.

    Unconditional: receivable and deferred revenue now; else both when the cash comes.
    Source: ASC 606-10-45-2, unconditional right to consideration.
    """
    contract = s.contracts[c]
    amount = contract.prepayment
    contract.prepayment = 0
    if contract.prepayment_unconditional != 0:
        post(s, RECEIVABLES, DEFERRED_REVENUE, amount)
        invoice(s, w, c, amount, ZERO, day, BILLED_AHEAD, book_advance(s, c, amount, day))
    else:
        contract.asked = amount
        invoice(s, w, c, amount, ZERO, day, PAID_AHEAD, NONE)


@kernel
def invoice(
    s: State,
    w: World,
    c: int,
    amount: int,
    recharged: int,
    day: int,
    prepaid: int,
    advance: int,
) -> None:
    """An invoice, due after the customer's payment days; paid with the books if there are none.

    One of a month may be paid later, as drawn. recharged: of the amount, power passed through
    [cents]; advance: the prepaid balance it pays, booked already; NONE.
    Source: definitions, receivables, late payment.
    """
    contract = s.contracts[c]
    row = s.count[INVOICES]
    s.count[INVOICES] = row + 1
    bill = s.invoices[row]
    bill.contract = c
    bill.amount = amount
    bill.recharged = recharged
    pass_power_on(s, c, LOAN_PASSED_ON, recharged)
    bill.due = bill.paid = day + contract.payment_days
    if prepaid == IN_ARREARS and contract.payer != NONE:
        bill.paid += w.collection_delay[contract.payer, s.clock[0].month]
    bill.status = OPEN
    bill.prepaid = prepaid
    bill.advance = advance
    if prepaid == IN_ARREARS and bill.paid <= day:
        collect(s, w, row, day)
    else:
        schedule(s, COLLECT, row, bill.paid)


@kernel
def days_to_cash(s: State, c: int) -> int:
    """From the end of a month to when a contract's customer is expected to pay for it [days]."""
    return int(s.contracts[c].payment_days + s.contracts[c].expected_delay)


@kernel
def collect(s: State, w: World, i: int, day: int) -> None:
    """The customer pays. Prepayments are no CFADS: they pay for capex."""
    bill = s.invoices[i]
    bill.status = SETTLED
    month = s.clock[0].month
    s.stocks[COLLECTED, month] += bill.amount
    if bill.prepaid == 1:
        post(s, CASH_FROM_CUSTOMERS, DEFERRED_REVENUE, bill.amount)
        book_advance(s, bill.contract, bill.amount, day)
        s.contracts[bill.contract].asked = 0
    else:
        post(s, CASH_FROM_CUSTOMERS, RECEIVABLES, bill.amount)
    if bill.prepaid == 0:
        s.stocks[CFADS, month] += bill.amount
        if bill.contract != NONE and s.contracts[bill.contract].facility != NONE:
            s.received[bill.contract, month] += bill.amount
            pass_power_on(s, bill.contract, LOAN_RECEIVED, -bill.recharged)
            pass_power_on(s, bill.contract, LOAN_PASSED_ON, -bill.recharged)
    if s.count[NEEDING] > 0:
        schedule_now(s, FUND, TREASURY)


@kernel
def pass_power_on(s: State, c: int, row: int, recharged: int) -> None:
    """Keep power passed through out of what a contract leaves for its loan [cents].

    Its cost is the tenant's when he is billed, and what he pays for it is no rent.
    Source: definitions, LLCR and PLCR.
    """
    f = s.contracts[c].facility
    if f != NONE:
        s.loan_months[f, row, s.clock[0].month] += recharged


@inlined
def bill_month(s: State, w: World, c: int, month: int, recharged: int) -> None:
    """Close a contract's month: accretion and release of what is prepaid, the invoice in arrears.

    recharged: power on the invoice [cents], which no prepayment pays for.
    Source: ASC 606-10-32-15 and definitions, receivables and deferred revenue.
    """
    contract = s.contracts[c]
    amount = contract.earned
    contract.earned = 0
    if contract.balance > 0:
        amount -= credit_month(s, w, c, month, amount)
    amount += recharged
    if amount > 0 and s.customers[contract.customer].defaulted != 0:
        post(s, BAD_DEBTS, RECEIVABLES, amount)
    elif amount > 0:
        invoice(s, w, c, amount, recharged, w.month_end[month], IN_ARREARS, NONE)


@kernel
def credit_month(s: State, w: World, c: int, month: int, amount: int) -> int:
    """What is prepaid grows by its financing component and lowers the invoice, the oldest first.

    A credit lowers the invoice, never revenue; what an invoice is too small for stays to be
    credited. A financing component adds its accretion to revenue as it is released. Returns the
    credits; amount: the invoice before them, without recharged power [cents].
    """
    contract = s.contracts[c]
    rate, end = contract.sfc_rate, w.month_end[month]
    credited, a = ZERO, contract.advance
    while a != NONE:
        if rate > 0.0 and s.advances[a].balance > 0:
            added = accrete(s, a, rate, end, end - w.month_end[month - 1])
            post(s, INTEREST_FINANCING_COMPONENT, DEFERRED_REVENUE, added)
            book_for(s, c, ACCRETION, NO_CAUSE, added)
        if amount > 0:
            part, financing = credit(s, a, rate, month, amount, amount - credited)
            post(s, DEFERRED_REVENUE, RECEIVABLES, part)
            if financing != 0:
                book_financing(s, c, financing)
                post(s, DEFERRED_REVENUE, REVENUE_COMMITTED, financing)
            credited += part
        a = s.advances[a].following
    if contract.balance > 0 and contract.open_terms <= 0 and renewals_worth(s, c) == 0:
        break_prepayment(s, c, month)
    return int(credited)


@kernel
def run_on(s: State, month: int) -> None:
    """What is left of prepayments of contracts that are over is credited against their renewals.

    From the month after a contract's last invoice on, to each renewal that runs by the value of its
    term. Source: definitions, credits.
    """
    for c in range(s.count[CONTRACTS]):
        contract = s.contracts[c]
        if contract.balance <= 0 or contract.open_terms > 0 or contract.earned != 0:
            continue
        whole = renewals_worth(s, c)
        for r in range(s.count[CONTRACTS]):
            if whole > 0 and renews(s, c, r):
                part, a = s.tranches[s.contracts[r].first_tranche].value, contract.advance
                while a != NONE:
                    pass_on(s, a, r, part, whole)
                    a = s.advances[a].following
                whole -= part
                plan_running_on(s, r, month)


@kernel
def renewals_worth(s: State, c: int) -> int:
    """What the terms of the renewals to which a contract's prepayments run on are worth [cents].

    0: nothing of it runs on, or there is no renewal that runs.
    """
    total = ZERO
    if s.contracts[c].runs_on != 0:
        for r in range(s.count[CONTRACTS]):
            if renews(s, c, r):
                total += s.tranches[s.contracts[r].first_tranche].value
    return int(total)


@kernel
def renews(s: State, c: int, r: int) -> bool:
    """Whether a contract is a renewal that runs, of the same contract as another or of itself."""
    own = s.contracts[r]
    return bool(r != own.origin and own.origin == s.contracts[c].origin and own.open_terms > 0)


@kernel
def power_recharge(s: State, k: int, runs: float, days: int, first: int, last: int) -> int:
    """What a tenant pays for the power that he uses on some days of a month [cents].

    days: on which he has it; runs: of those, while the site does not stand still; first, last day
    of the month [day]. Energy at the site's load factor and the demand charge of his kW, with what
    the site's PUE adds, at the month's mean prices.
    """
    tranche = s.tranches[k]
    site = s.sites[tranche.site]
    tariff, charge = tariff_between(s, tranche.site, first, last)
    kw = tranche.microwatts / MICROWATTS_PER_KW
    load, drawn = kw * days, kw * runs * site.load_factor
    month = float(last - first + 1)
    return cents(power_bill(load, drawn, 0.0, month, 0.0, site.pue, tariff, charge))


@kernel
def recharge_power(s: State, w: World, c: int, month: int, day: int) -> int:
    """A tenant that pays for its power owes what it used in the month; returns how much [cents]."""
    first, total = w.month_end[month - 1] + 1, ZERO
    k = s.contracts[c].first_tranche
    while k != NONE:
        tranche = s.tranches[k]
        if tranche.start < NEVER:
            since, until = max(tranche.start, first), min(tranche.through, day)
            days = until - since + 1
            if days > 0:
                runs = days - days_of(seconds_off(s, tranche.site, since, until))
                total += power_recharge(s, k, runs, days, first, day)
        k = tranche.following
    post(s, RECEIVABLES, REVENUE_RECHARGED, total)
    if len(s.earned) > 0:
        s.earned[c, month] += total
    return int(total)
