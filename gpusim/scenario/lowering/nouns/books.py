"""The opening balance sheet, and the rows behind its lines: bills, invoices, leases, tax, terms."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.books.ledger import ACCOUNTS
from gpusim.economics.books.tax_charge import deduct_level
from gpusim.economics.core.calendar import add_months, part_of_days
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    BILLS,
    HALL_PLANNED,
    INVOICES,
    LEASED_SHELL,
    LEASES,
    NEVER,
    NONE,
    OPEN,
    SOURCES,
    STEPS,
    Floats,
    State,
)
from gpusim.economics.decisions.cost_bases import BASES, TIME
from gpusim.economics.sales.invoices import BILLED_AHEAD, IN_ARREARS
from gpusim.scenario.lowering.frame.amounts import split_by, spread_evenly
from gpusim.scenario.lowering.frame.horizon import MONTHS_PER_YEAR, Horizon
from gpusim.scenario.lowering.frame.index import LINES, Index
from gpusim.scenario.lowering.frame.refuse import refusal
from gpusim.scenario.lowering.frame.writable import to_pointer
from gpusim.scenario.lowering.nouns.ordering import reserve
from gpusim.scenario.tables.balance import CLAIM_LINES, CONTRA_ASSET_LINES, Balance
from gpusim.scenario.tables.tax import Overhead, bases_of_assets
from gpusim.units_of_measure import (
    CENTS_PER_USD,
    Day,
    cents_of,
    day_of,
    microwatts_of,
)

if TYPE_CHECKING:
    from gpusim.scenario.scenario import Scenario

RATE_STEPS = 200
LOWEST_RATE, HIGHEST_RATE = -0.99, 11.0
AFTER = "after"


def fill_terms(s: State, scenario: Scenario, horizon: Horizon) -> None:
    """The operator's own terms, cost lines and equity to come."""
    operator = scenario.operator
    firm = s.firm[0]
    firm.minimum_cash = cents_of(operator.minimum_cash_usd)
    firm.reuse_wait_days = operator.reuse_wait_days
    firm.payables_months = operator.payables_months
    firm.qualifying_share = operator.capitalised_interest_share
    firm.buildings_qualify = operator.buildings_interest_share
    firm.cash_yield_margin = operator.cash_yield_margin
    firm.lease_rate = operator.lease_rate
    firm.on_demand_share = operator.on_demand_share
    firm.impairment_test = int(operator.impairment_test)
    firm.resale_market = int(scenario.market.resale is not None)
    firm.acceptance_lot_microwatts = microwatts_of(mw=operator.acceptance_lot_mw)
    firm.shares = operator.shares_outstanding
    firm.default_after = operator.default_after_months
    firm.defaulted = NEVER
    firm.forced_sale_share = operator.forced_sale_share or 0.0
    if new := scenario.opening_equity:
        firm.shares += new.shares
        firm.shares_issued = new.shares
    if operator.equity_backstop:
        firm.backstop = cents_of(operator.equity_backstop.capacity_usd)
        firm.backstop_price = operator.equity_backstop.price_usd_per_share * CENTS_PER_USD
    if operator.share_price_usd:
        days = [day_of(point.date) for point in operator.share_price_usd]
        prices = [point.price_usd * CENTS_PER_USD for point in operator.share_price_usd]
        s.share_price[:] = np.interp(horizon.month_end, days, prices)
    for place, step in enumerate(operator.waterfall):
        s.steps[place] = STEPS.index(step)
    for place, source in enumerate(operator.funding_order):
        s.sources[place] = SOURCES.index(source)
    for place, overhead in enumerate(scenario.overheads.values()):
        s.overheads[place].line = LINES[overhead.line]
        s.overheads[place].stock_share = overhead.stock_share
        s.cost_rates[place] = cost_rates(overhead, horizon.calendar)
    s.bases_used[:] = s.cost_rates.any(axis=(0, 1))
    for place, equity in enumerate(scenario.equity.values()):
        raised = s.raises[place]
        raised.amount = cents_of(equity.amount_usd)
        raised.costs = cents_of(equity.costs_usd)
        raised.day = day_of(equity.date)
        raised.price = (equity.price_usd_per_share or 0.0) * CENTS_PER_USD


def cost_rates(overhead: Overhead, ends: Sequence[Day]) -> Floats:
    """What a cost line costs for each thing it goes by, in each month [months + 1, BASES].

    In cents a unit of the basis, from month 1 on; ends: last day of each month, that of the month
    before the first of them at first. In a month of two rates their mean by its days. What grows
    does so by the month, from the first month of its rate on. A one-off cost is a part of the fixed
    amount of its month. Source: definitions, overheads.

    >>> line = Overhead(line="sales", monthly_usd=2.0, growth_per_year=1.0, revenue_share=0.1)
    >>> cost_rates(line, range(0, 420, 30))[[0, 1, 13], :2].round(9).tolist()
    [[0.0, 0.0], [200.0, 0.1], [400.0, 0.1]]
    """
    rates = np.zeros((len(ends), len(BASES)))
    for place, basis in enumerate(BASES):
        growth = (1.0 + overhead.growth_per_year) ** (1.0 / MONTHS_PER_YEAR) if basis.grows else 1.0
        levels = [(day_of(date), basis.rate(rate)) for date, rate in overhead.levels(basis)]
        for (first, rate), (past, _) in zip(levels, [*levels[1:], (NEVER, 0.0)], strict=True):
            add_level(rates[:, place], ends, rate, growth, first, past)
    for cost in overhead.one_offs or ():
        month = bisect_left(ends, day_of(cost.date))
        if 0 < month < len(ends):
            rates[month, TIME] += cents_of(cost.amount_usd)
    return rates


def add_level(
    rates: Floats, ends: Sequence[Day], rate: float, growth: float, first: Day, past: Day
) -> None:
    """Add a rate that holds from a day to the day before another, by the days of each month.

    rates [months + 1] and ends, last days, as in `cost_rates`; growth [ratio a month].
    """
    for month in range(max(bisect_left(ends, first), 1), len(ends)):
        begin, end = ends[month - 1] + 1, ends[month]
        whole = first <= begin and end < past
        part = 1.0 if whole else part_of_days(begin, end, first, past)
        if part == 0.0:
            return
        rates[month] += rate * part
        rate *= growth


def fill_tax(s: State, scenario: Scenario) -> None:
    """Tax terms and attributes; the opening basis is deducted straight line over a full life."""
    terms = scenario.tax
    tax = s.tax[0]
    tax.rate = terms.rate
    tax.interest_cap_share = terms.interest_cap_share
    tax.loss_cap_share = terms.loss_cap_share
    tax.bonus_share = terms.bonus_depreciation
    tax.life_months = max(1, round(terms.life_years * MONTHS_PER_YEAR))
    tax.advance_share = terms.advance_payment_share
    tax.year_ends = scenario.model.fiscal_year_ends
    tax.losses = cents_of(terms.opening.losses_usd)
    tax.disallowed_interest = cents_of(terms.opening.disallowed_interest_usd)
    tax.basis = cents_of(terms.opening.ppe_basis_usd)
    tax.deferred = cents_of(scenario.balance.deferred_tax_usd)
    tax.payable = cents_of(scenario.balance.tax_payable_usd)
    pointer = to_pointer(s)
    deduct_level(pointer, int(tax.basis), 1, int(tax.life_months))
    for book, months in bases_of_assets(scenario):
        tax.basis += book
        deduct_level(pointer, book, 1, months)


def fill_balance(s: State, balance: Balance, raised: int) -> None:
    """The balance sheet as debits less credits, in column 0 of the ledger.

    raised: by new shares on the as-of day, after costs: cash, and paid-in capital [cents].
    """
    negative = CLAIM_LINES + CONTRA_ASSET_LINES
    for line in Balance.model_fields:
        name = line.removesuffix("_usd")
        account = ACCOUNTS.index("cash_opening" if name == "cash" else name)
        amount = cents_of(getattr(balance, line))
        s.balance[account] = -amount if line in negative else amount
    s.balance[ACCOUNTS.index("cash_opening")] += raised
    s.balance[ACCOUNTS.index("paid_in_capital")] -= raised
    s.ledger[:, 0] = s.balance


def fill_invoices(s: State, scenario: Scenario, horizon: Horizon) -> None:
    """What customers owe."""
    for place, invoice in enumerate(scenario.receivables.invoices):
        row = s.invoices[place]
        row.contract = NONE
        row.amount = cents_of(invoice.amount_usd)
        row.due = row.paid = horizon.future(day_of(invoice.due))
        row.status = OPEN
        row.prepaid = BILLED_AHEAD if invoice.prepayment else IN_ARREARS
        row.advance = NONE
    s.count[INVOICES] = len(scenario.receivables.invoices)


def fill_payables(s: State, scenario: Scenario, horizon: Horizon, index: Index) -> None:
    """What suppliers are owed: operating costs by month, equipment by bill.

    The loan's part of an equipment bill is reserved as far as the loan has room; the rest is
    promised from cash.
    """
    for bill in scenario.payables.operating:
        month = min(max(1, horizon.month_of(bill.due)), len(s.payables) - 1)
        s.payables[month] += cents_of(bill.amount_usd)
    for place, capex in enumerate(scenario.payables.capex):
        row = s.bills[place]
        row.order = row.hall = NONE
        row.amount = cents_of(capex.amount_usd)
        row.due = horizon.future(day_of(capex.due))
        row.facility = index.facilities.get(capex.facility, NONE)
        row.status = OPEN
        if row.facility != NONE:
            part = min(row.amount, share_of(row.amount, capex.loan_share))
            row.loan = reserve(s, row.facility, part)
        row.cash = row.amount - row.loan
        s.firm[0].reserved_cash += row.cash
    s.count[BILLS] = len(scenario.payables.capex)


def fill_leases(s: State, scenario: Scenario, horizon: Horizon) -> None:
    """The opening leases as one row.

    Its cost to come is what is left to pay plus the asset beyond the liability, so that both end at
    zero; its rate is the one at which the payments are worth the liability.
    """
    leases = scenario.leases
    if leases.remaining_months == 0:
        return
    due = lease_payments(scenario, horizon)
    row = s.leases[0]
    row.hall = NONE
    row.start = horizon.tomorrow
    row.months = leases.remaining_months
    row.rent = due.get(1, 0)
    row.liability = cents_of(leases.liability_usd)
    row.asset = cents_of(leases.asset_usd)
    row.straight = sum(due.values()) + row.asset - row.liability
    row.rate = lease_rate(tuple(due.items()), row.liability)
    for month in range(1, len(s.lease_schedule)):
        s.lease_schedule[month] = due.get(month, 0)
    s.count[LEASES] = 1
    end_with(s, add_months(int(row.start), int(row.months)), due.get(leases.remaining_months, 0))


def end_with(s: State, day: Day, last_rent: int) -> None:
    """Halls leased on the as-of day are leased until the opening leases end, and share their rent.

    day: the first after the leases; last_rent of all [cents/month].
    """
    halls = [
        hall
        for hall in (s.halls[h] for h in range(len(s.halls)))
        if hall.status != HALL_PLANNED and s.sites[hall.site].kind == LEASED_SHELL
    ]
    parts = split_by(last_rent, [int(hall.microwatts) for hall in halls]) if halls else []
    for hall, rent in zip(halls, parts, strict=True):
        hall.lease_end = day
        hall.last_rent = rent


def lease_payments(scenario: Scenario, horizon: Horizon) -> dict[int, int]:
    """Fixed rent by month: each year's payments in equal parts over its months [cents].

    Raises:
        ScenarioError: payments in years that lie wholly after the last month.
    """
    leases = scenario.leases
    months: dict[str, list[int]] = {}
    last = leases.remaining_months
    named = 0
    for year in leases.payments:
        if year == AFTER:
            months[year] = list(range(named + 1, last + 1))
        else:
            months[year] = [m for m in horizon.months_of_year(int(year)) if m <= last]
            named = max([named, *months[year]])
        if not months[year]:
            raise refusal(
                scenario,
                ("leases", "payments", year),
                f"payments in {year}, beyond remaining_months, {last}",
                "remaining_months up to the last payment",
            )
    return spread_evenly(leases.payments, months)


@lru_cache(maxsize=8)
def lease_rate(due: tuple[tuple[int, int], ...], liability: int) -> float:
    """The yearly rate at which monthly payments are worth the liability, by bisection [1/year].

    due [month, cents]; liability [cents].

    >>> round(lease_rate(((1, 110_00), (2, 110_00)), 190_91), 3)
    1.2
    """
    if liability <= 0:
        return 0.0
    low, high = LOWEST_RATE, HIGHEST_RATE
    for _ in range(RATE_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):  # neighbours: nothing lies between
            break
        if present_value(due, middle) > liability:
            low = middle
        else:
            high = middle
    return high


def present_value(due: tuple[tuple[int, int], ...], rate: float) -> float:
    """Worth today of monthly payments [cents]."""
    growth = 1.0 + rate / MONTHS_PER_YEAR
    return sum(amount * growth**-month for month, amount in due)
