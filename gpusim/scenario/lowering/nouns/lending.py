"""Rows of what is owed to lenders: facilities, opening draws and their schedules."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from gpusim.economics.core.calendar import month_number
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    BULLET,
    DRAWS,
    FACILITIES,
    FACILITY_CLOSED,
    FACILITY_OPEN,
    FACILITY_PLANNED,
    FIRST_TERMS,
    LOAN,
    MINIMUM_LIQUIDITY,
    NEVER,
    NONE,
    PROGRAMME_TERMS,
    REVOLVER,
    State,
)
from gpusim.economics.debt.loan_arithmetic import coupon, effective_yield
from gpusim.economics.debt.payment_dates import (
    MONTH_END,
    date_in,
    day_in_month,
    month_paying,
    payment_after,
)
from gpusim.scenario.language.calendar_periods import month_of, months_of
from gpusim.scenario.lowering.frame.amounts import spread_evenly
from gpusim.scenario.lowering.frame.horizon import MONTHS_PER_YEAR, Horizon, plus_months
from gpusim.scenario.lowering.frame.index import (
    DEBT_KINDS,
    PROGRAMME,
    Index,
    orders_to_pay,
    programme_loan,
)
from gpusim.scenario.lowering.frame.lots import Lot, by_contract
from gpusim.scenario.lowering.frame.refuse import refusal
from gpusim.scenario.lowering.frame.writable import as_records
from gpusim.scenario.lowering.nouns.terms import fill_covenants, fill_terms
from gpusim.scenario.lowering.randomness import base_curve
from gpusim.scenario.spec import identity
from gpusim.scenario.tables.lending.cost_base import lent_of
from gpusim.scenario.tables.lending.rates import margin_between
from gpusim.units_of_measure import Day, cents_of, date_of, day_of

if TYPE_CHECKING:
    from gpusim.economics.core.state import Draw, Facility, LoanTerms
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.lending.debt import Debt, DebtOpening
    from gpusim.scenario.tables.lending.programme import Programme


def schedules_needed(scenario: Scenario) -> int:
    """Opening balances with a schedule; a revolver has none, it is due at its maturity."""
    return len(scheduled(scenario))


def scheduled(scenario: Scenario) -> list[str]:
    """Agreements whose opening balance follows a calendar of repayments."""
    return [n for n, debt in scenario.debt.items() if debt.opening and debt.kind != "revolver"]


def fill_facilities(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, lots: list[Lot]
) -> None:
    """Agreements in force or to come, then one programme loan for each contract that needs it."""
    steps = 0
    for place, (name, debt) in enumerate(scenario.debt.items()):
        f = index.facilities[name]
        row, terms = s.facilities[f], FIRST_TERMS + place
        last = max(1, horizon.month_of(debt.maturity))
        fill_terms(s.terms[terms], debt, scenario.base_rate, last)
        row.terms = terms
        s.terms[terms].first_step, steps = steps, fill_margins(s, debt, steps)
        s.terms[terms].past_steps = steps
        fill_facility(row, name, debt, horizon)
        fill_untouched(row, s.terms[terms])
        fill_calendar(row, debt, s.terms[terms].every_months, horizon)
        fill_covenants(s.covenants[f], debt.covenants)
        row.company = index.companies.get(name, 0)
    if scenario.programme:
        fill_rises(s, scenario.programme, steps)
    own = by_contract(lots)
    for name, contract in scenario.contracts.items():
        if programme_loan(name) in index.facilities and contract.facility == PROGRAMME:
            fill_programme_loan(s, scenario, horizon, index, own[name], name)
    for place, name in enumerate(sorted(index.facilities)):
        s.facilities[index.facilities[name]].named = place
    s.count[FACILITIES] = len(index.facilities)
    loans = range(len(index.facilities))
    s.firm[0].liquidity_tests = sum(s.covenants[f, MINIMUM_LIQUIDITY].limit > 0 for f in loans)


def fill_margins(s: State, debt: Debt, first: int) -> int:
    """The steps of a debt's margin from a row on; returns the row after them."""
    for row, step in enumerate(debt.margin_steps or (), start=first):
        s.margin_steps[row].day = day_of(step.date)
        s.margin_steps[row].rise = step.margin - debt.margin
    return first + len(debt.margin_steps or ())


def fill_rises(s: State, programme: Programme, first: int) -> None:
    """The steps of the margins of a programme's loans, those to come too, from a row on."""
    steps, terms = programme.margin_steps or (), s.terms[PROGRAMME_TERMS]
    for row, step in enumerate(steps, start=first):
        s.margin_steps[row].day = day_of(step.date)
        s.margin_steps[row].rise = step.rise
    terms.first_step, terms.past_steps = first, first + len(steps)


def fill_facility(row: Facility, name: str, debt: Debt, horizon: Horizon) -> None:
    """An agreement by itself: what it has beside its terms."""
    row.id = identity(f"debt.{name}")
    row.kind = DEBT_KINDS[debt.kind]
    row.contract = NONE
    row.commitment = cents_of(debt.commitment_usd)
    row.opens = day_of(debt.opens) if debt.opens else horizon.today
    row.closes = day_of(debt.available_to) if debt.available_to else horizon.today
    row.status = FACILITY_CLOSED
    if row.commitment > 0 and row.closes > horizon.today:
        row.status = FACILITY_OPEN if row.opens <= horizon.today else FACILITY_PLANNED
    row.margin = debt.margin
    row.maturity = day_of(debt.maturity)
    if debt.opening:
        row.principal = cents_of(debt.opening.principal_usd)
        row.used = row.principal
        row.accrued = cents_of(debt.opening.accrued_interest_usd)


def fill_untouched(row: Facility, terms: LoanTerms) -> None:
    """Named by the scenario, and nothing broken, cured or rolled over yet."""
    row.stated = 1
    row.cures_left = terms.cures_allowed
    row.size_binds = row.cut_by = NONE
    row.cut_day = NEVER
    row.first_stopped = row.accelerated = row.seized = NEVER
    row.stopped = row.cleared = row.cured = NEVER
    row.refinanced = row.refused = row.conversion_day = row.first_unpaid = NEVER


def fill_calendar(row: Facility, debt: Debt, every: int, horizon: Horizon) -> None:
    """Payment dates: stated, or counted from the as-of day for debt that is outstanding on it.

    Debt still to be drawn has its calendar counted from its first draw, in the run.
    """
    row.pay_from, row.pay_day = first_date(debt, every, horizon)
    row.anchored = int(debt.opening is not None or debt.first_payment is not None)
    row.next_payment = payment_after(row.pay_from, every, row.pay_day, row.maturity, horizon.today)


def first_date(debt: Debt, every: int, horizon: Horizon) -> tuple[int, int]:
    """First payment month of a debt and its day of the month."""
    if debt.first_payment:
        first = day_of(debt.first_payment)
        return int(month_number(first)), int(day_in_month(first))
    if debt.opening and debt.opening.stub == "first":
        maturity = day_of(debt.maturity)
        month, day = int(month_number(maturity)), int(day_in_month(maturity))
        while date_in(month - every, day) > horizon.today:
            month -= every
        return month, day
    if debt.opening:
        return first_of_opening(debt.opening, debt.maturity, every, horizon), int(MONTH_END)
    opens = max(day_of(debt.opens), horizon.today) if debt.opens else horizon.today
    return int(month_paying(opens, MONTH_END)), int(MONTH_END)


def first_of_opening(opening: DebtOpening, maturity: dt.date, every: int, horizon: Horizon) -> int:
    """First payment month of an opening balance: every so many months from the as-of day.

    Where what ends with the year under way, itself or a part of it, has a repayment and no such
    date, its last month is the first.
    """
    month, year = int(month_number(horizon.today)), horizon.as_of.year
    december = month + MONTHS_PER_YEAR - horizon.as_of.month
    end = months_of(str(year))[-1]
    due = any(usd for period, usd in opening.repayments.items() if months_of(period)[-1] == end)
    if due and maturity.year > year and month + every > december:
        return december
    return month


def fill_programme_loan(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, own: list[Lot], name: str
) -> None:
    """The loan that closes for a contract's hardware not yet delivered, when the first is due.

    The lender is asked once the contract is signed, and needs `closing_days`.
    """
    terms = scenario.programme
    assert terms is not None
    contract = scenario.contracts[name]
    orders = orders_to_pay(own)
    f = index.facilities[programme_loan(name)]
    row = s.facilities[f]
    row.id = identity(programme_loan(name))
    row.kind = LOAN
    row.contract = index.contracts[name]
    row.status = FACILITY_PLANNED
    row.terms = PROGRAMME_TERMS
    row.commitment = share_of(
        sum(order.cost for order in orders), lent_of(terms, terms.advance_rate, scenario.base_rate)
    )
    asked = max(horizon.today, day_of(contract.signed))
    first = min(o.order_day if o.status == "planned" else horizon.today for o in orders)
    row.opens = max(asked + terms.closing_days, first)
    row.opens = horizon.future(row.opens)
    row.closes = plus_months(row.opens, terms.availability_months)
    by_rating = terms.margin_by_rating
    investment_grade = contract.rating == "investment-grade"
    row.margin = by_rating.investment_grade if investment_grade else by_rating.other
    fill_untouched(row, s.terms[PROGRAMME_TERMS])
    fill_covenants(s.covenants[f], terms.covenants)
    row.maturity = plus_months(row.closes, terms.amortisation.months + MONTHS_PER_YEAR)
    row.pay_day = int(MONTH_END)
    row.pay_from = month_paying(row.opens, MONTH_END)


def fill_draws(s: State, scenario: Scenario, horizon: Horizon, index: Index) -> None:
    """Each opening balance as one draw that repays the declared years to the cent.

    The schedule has its whole term, whatever the horizon.
    """
    base = float(base_curve(scenario, horizon.month_end)[0])
    row_of_schedule = {name: place for place, name in enumerate(scheduled(scenario))}
    for place, name in enumerate(n for n, debt in scenario.debt.items() if debt.opening):
        debt = scenario.debt[name]
        assert debt.opening is not None
        facility = s.facilities[index.facilities[name]]
        terms = as_records(s).terms[facility.terms]
        row = s.draws[place]
        row.facility = index.facilities[name]
        facility.first_draw = place + 1
        row.principal = facility.principal
        row.discount = cents_of(debt.opening.discount_usd)
        row.drawn = horizon.today
        row.accrued = facility.accrued
        row.accrued_to = horizon.today
        row.margin = facility.margin
        row.scheduled = NONE
        row.next_day = row.last_day = facility.maturity
        due = repayments(scenario, horizon, name)
        row.instalments = 1
        if facility.kind != REVOLVER:
            row.scheduled = row_of_schedule[name]
            row.instalments = len(due)
            for payment, amount in due.items():
                s.schedule[row.scheduled, payment] = amount
        if terms.law == BULLET and due:
            row.balloon = due[max(due)]
        days = payment_days(debt, debt.opening.every_months, horizon)
        rate = coupon(terms, base, margin_between(debt, horizon.today - 1, horizon.today))
        _price_draw(row, rate, [(day, due.get(n, 0)) for n, day in enumerate(days)])
        s.count[DRAWS] = place + 1


def _price_draw(row: Draw, rate: float, due: list[tuple[Day, int]]) -> None:
    """The coupon of an opening draw, and the yield at which its discount is earned.

    rate on the as-of day [1/year]; due: principal by payment day [cents].
    """
    row.coupon_month = rate / MONTHS_PER_YEAR
    row.yield_month = effective_yield(
        row.principal,
        row.discount,
        row.coupon_month,
        row.drawn,
        np.array([day for day, _ in due], np.int64),
        np.array([amount for _, amount in due], np.int64),
    )


def payment_days(debt: Debt, every: int, horizon: Horizon) -> list[Day]:
    """All payment dates of a debt after the as-of day, the maturity last."""
    first, day_of_month = first_date(debt, every, horizon)
    maturity = day_of(debt.maturity)
    days = [horizon.today]
    while days[-1] < maturity:
        days.append(int(payment_after(first, every, day_of_month, maturity, days[-1])))
    return days[1:]


def payments_needed(scenario: Scenario, horizon: Horizon) -> int:
    """Most payment dates of an opening balance with a schedule: one a month and the maturity."""
    last = [horizon.month_of(scenario.debt[name].maturity) for name in scheduled(scenario)]
    return max(last, default=0) + 2


def repayments(scenario: Scenario, horizon: Horizon, name: str) -> dict[int, int]:
    """Principal of an opening balance by number of its payment date, beyond the horizon too; cents.

    A period's amount is due in equal parts on its payment dates, the maturity among them; a note's
    last period, and a revolver, at the maturity alone.

    Raises:
        ScenarioError: an amount in a period without a payment date after the as-of day.
    """
    debt = scenario.debt[name]
    assert debt.opening is not None
    days = payment_days(debt, debt.opening.every_months, horizon)
    whole = debt.kind in ("notes", "convertible")
    payments: dict[str, list[int]] = {}
    for period in debt.opening.repayments:
        months = months_of(period)
        payments[period] = [n for n, day in enumerate(days) if month_of(date_of(day)) in months]
        if debt.kind == "revolver" or (whole and month_of(debt.maturity) in months):
            payments[period] = [len(days) - 1]
        if not payments[period]:
            raise refusal(
                scenario,
                ("debt", name, "opening", "repayments", period),
                f"principal in {period}",
                f"periods with a payment date: one every {debt.opening.every_months} months from "
                f"{date_of(days[0])} on, up to {debt.maturity}",
            )
    due = spread_evenly(debt.opening.repayments, payments)
    return {payment: amount for payment, amount in due.items() if amount}
