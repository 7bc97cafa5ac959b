"""Rows of what was signed: contracts and their tranches, one row a lot."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from gpusim.economics.core.calendar import fiscal_year
from gpusim.economics.core.money import share_of
from gpusim.economics.core.state import (
    CONTRACTS,
    CUSTOMERS,
    NEVER,
    NONE,
    TRANCHE_LIVE,
    TRANCHE_SIGNED,
    TRANCHES,
    UNSETTLED,
    State,
)
from gpusim.economics.sales.advances import book_advance
from gpusim.economics.sales.backlog import set_value
from gpusim.economics.sales.unsettled import join_contract
from gpusim.scenario.lowering.frame.horizon import Horizon
from gpusim.scenario.lowering.frame.index import (
    CONTRACT_KINDS,
    PROGRAMME,
    RATINGS,
    Index,
    pool_row,
    programme_loan,
)
from gpusim.scenario.lowering.frame.lots import (
    Lot,
    Steps,
    by_contract,
    rate_rows,
    step_rows,
)
from gpusim.scenario.lowering.frame.refuse import refusal
from gpusim.scenario.lowering.frame.writable import to_pointer
from gpusim.scenario.spec import identity
from gpusim.units_of_measure import CENTS_PER_USD, Day, cents_of, day_of

if TYPE_CHECKING:
    from gpusim.economics.core.records import Rows
    from gpusim.economics.core.state import Contract as ContractRow
    from gpusim.economics.core.state import Offer
    from gpusim.economics.core.state import Tranche as TrancheRow
    from gpusim.scenario.scenario import Scenario
    from gpusim.scenario.tables.contracts import Contract
    from gpusim.scenario.tables.customers import LatePayment
    from gpusim.scenario.tables.sales.prepayments import Credited, Prepayment
    from gpusim.scenario.tables.sales.prices import LateCredits, PriceIndex


def fill_customers(s: State, scenario: Scenario, index: Index) -> None:
    """Who signed, and who is said to fail."""
    for name, k in index.customers.items():
        row = s.customers[k]
        row.id = identity(f"customers.{name}")
        terms = scenario.customers.get(name)
        stated = terms.defaults_on if terms else None
        row.planned_default = day_of(stated) if stated else NEVER
    for contract in scenario.contracts.values():
        row = s.customers[index.customers[contract.customer]]
        row.rating = max(row.rating, RATINGS.index(contract.rating))
    s.count[CUSTOMERS] = len(index.customers)


def fill_contracts(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, lots: list[Lot]
) -> None:
    """Contracts, with what was prepaid and what is still to come."""
    lots_by_contract = by_contract(lots)
    for name, terms in scenario.contracts.items():
        row = s.contracts[index.contracts[name]]
        row.id = identity(f"contracts.{name}")
        row.customer = index.customers[terms.customer]
        row.rating = RATINGS.index(terms.rating)
        row.kind = CONTRACT_KINDS[terms.kind]
        row.signed = day_of(terms.signed)
        row.vintage = horizon.vintage_of(terms.signed)
        row.payment_days = terms.payment_days
        row.expected_delay = expected_delay(terms.late_payment)
        row.shifts = int(terms.late_start == "shifts")
        row.exit_notice_days = terms.exit_notice_days
        row.exit_day = day_of(terms.exit_on) if terms.exit_on else NEVER
        row.exit_price_share = terms.exit_price_share
        row.renew_months = terms.renewal.term_months if terms.renewal else 0
        row.renew_times = (terms.renewal and terms.renewal.times) or NEVER
        row.renew_price_share = terms.renewal.price_share or 0.0 if terms.renewal else 0.0
        row.put_price = (terms.put_usd_per_gpu_hour or 0.0) * CENTS_PER_USD
        row.gen = index.gens.get(terms.gpu, 0)
        row.dedicated = int(terms.hardware_source == "dedicated")
        row.sfc_rate = terms.sfc_rate
        row.sla_allowance = 1.0 - terms.sla.availability if terms.sla else 0.0
        row.sla_multiple = terms.sla.credit_multiple if terms.sla else 1.0
        fill_late_credits(row, terms.late_credits)
        fill_index(row, terms.price_index)
        row.recharges = int(terms.power == "passed-through")
        loan = programme_loan(name) if terms.facility == PROGRAMME else terms.facility
        row.facility = index.facilities.get(loan, NONE)
        started = [t.start for t in terms.tranches if t.start <= horizon.as_of]
        own = lots_by_contract.get(name, [])
        live = any(lot.live for lot in own)
        row.first_billing = day_of(min(started)) if live else NEVER
        row.prepayment_day = NEVER
        row.advance = NONE
        row.first_tranche = row.last_tranche = NONE
        row.origin = index.contracts[name]
        row.credit_first = NEVER
        row.credit_last = NEVER
        fill_opening(s, index.contracts[name], terms, horizon)
        fill_prepayment(row, terms, horizon, own)
        fill_credits(row, horizon, min(started) if live else None)
    s.count[CONTRACTS] = len(scenario.contracts)


def fill_late_credits(row: ContractRow | Offer, agreed: LateCredits | None) -> None:
    """What a late start is credited with, of a contract or of the offers of a segment."""
    if agreed is not None:
        row.late_price_share = agreed.price_share
        row.late_grace_days = agreed.grace_days
        row.late_cap_share = agreed.cap_share


def fill_index(row: ContractRow, agreed: PriceIndex | None) -> None:
    """How the price of a contract follows the rental index, if it does."""
    if agreed is not None:
        row.index_months = agreed.every_months
        row.index_share = agreed.share
        row.index_floor = agreed.floor_share
        row.index_cap = agreed.most
        row.index_base = (agreed.base_usd_per_gpu_hour or 0.0) * CENTS_PER_USD


def expected_delay(law: LatePayment | None) -> int:
    """How long after its day an invoice is paid on average, to the nearest day [days].

    >>> from gpusim.scenario.tables.customers import LatePayment
    >>> expected_delay(LatePayment(chance=0.25, mean_days=18)), expected_delay(None)
    (5, 0)
    """
    return int(law.chance * law.mean_days + 0.5) if law else 0


def fill_opening(s: State, c: int, terms: Contract, horizon: Horizon) -> None:
    """What was prepaid before the as-of day: a balance with stated months of credits.

    What came in so long ago that the last closed fiscal year had to tax it waits for no tax.
    """
    if terms.opening is None:
        return
    received = terms.opening.received
    a = book_advance(to_pointer(s), c, cents_of(terms.opening.deferred_revenue_usd), horizon.today)
    row = s.advances[a]
    row.credit_first = max(1, horizon.month_of(terms.opening.credited_from))
    until = terms.opening.credited_to
    row.credit_last = max(1, horizon.month_of(until)) if until else NEVER
    row.credit_share = terms.opening.credit_share or 0.0
    s.contracts[c].runs_on = int(terms.opening.runs_on)
    if received is not None:
        row.booked = day_of(received)
    ends = s.tax[0].year_ends
    taxed = fiscal_year(horizon.tomorrow, ends) - 1
    if received is None or fiscal_year(day_of(received), ends) < taxed:
        s.tax[0].untaxed -= row.untaxed
        row.untaxed = 0


def fill_prepayment(row: ContractRow, terms: Contract, horizon: Horizon, own: list[Lot]) -> None:
    """Money the customer still has to pay ahead; due on a day that has passed: already paid.

    A prepayment due before the start is still to come unless the contract has an opening balance.
    It is asked for on the day after signature at the earliest.
    """
    if terms.prepayment is None:
        return
    plan = terms.prepayment
    row.prepayment_unconditional = int(plan.unconditional)
    fill_law(row, plan)
    day = prepayment_day(plan, min(lot.start for lot in own))
    if is_prepaid(terms, day, horizon):
        return
    value = sum(lot.value for lot in own)
    share = plan.share or 0.0
    row.prepayment = (
        share_of(value, share) if plan.amount_usd is None else cents_of(plan.amount_usd)
    )
    row.prepayment_day = horizon.future(max(day, int(row.signed) + 1))


def fill_law(row: ContractRow | Offer, plan: Credited) -> None:
    """By which law a prepayment is credited, of a contract or of the offers of a segment."""
    first, last = plan.window
    row.credited_from = first
    row.credited_to = last or NEVER
    row.credit_share = plan.credit_share or 0.0
    row.runs_on = int(plan.runs_on)


def prepayment_day(plan: Prepayment, start: Day) -> Day:
    """The day a prepayment is due; start: first planned start of its contract."""
    return start - (plan.days_before_start or 0) if plan.due is None else day_of(plan.due)


def is_prepaid(terms: Contract, due: Day, horizon: Horizon) -> bool:
    """Whether a prepayment due on a day came before the as-of day: what is left is in the opening.

    One that is due before the start may be late where there is no opening balance.
    """
    stated = terms.prepayment is not None and terms.prepayment.due is not None
    return due <= horizon.today and (stated or terms.opening is not None)


def fill_credits(row: ContractRow, horizon: Horizon, started: dt.date | None) -> None:
    """Months in which a prepayment to come is credited, if the contract bills already."""
    if started is not None and row.prepayment > 0:
        first = horizon.month_of(started)
        row.credit_first = max(1, first + row.credited_from - 1)
        row.credit_last = max(1, first + row.credited_to - 1)


def fill_tranches(
    s: State, scenario: Scenario, horizon: Horizon, index: Index, lots: list[Lot]
) -> None:
    """Tranches. A live one bills what is left of its term from the first simulated day on.

    Raises:
        ScenarioError: a live tranche whose term is over.
    """
    state = to_pointer(s)
    rate_of = fill_steps(s.rates, ("day", "before"), rate_rows(lots))
    step_of = fill_steps(s.rent_steps, ("months", "share"), step_rows(lots))
    for lot in lots:
        row = s.tranches[index.tranches[lot.name]]
        row.id = identity(lot.key)
        row.contract = index.contracts[lot.contract]
        row.group = lot.group
        row.gen = index.gens.get(lot.gpu, 0)
        row.order = index.orders.get(lot.name, NONE)
        row.pool = pool_of_lot(scenario, index, lot)
        row.failed_since = NEVER
        row.failed_days = 0
        row.leaves = NEVER
        row.rest_of = NONE
        row.gpus = lot.gpus
        row.first_rate = rate_of[lot.rates]
        row.rates = len(lot.rates)
        fill_let(row, lot, index, step_of)
        row.planned_start = lot.start
        row.term_days = lot.term_days
        terms = scenario.contracts[lot.contract]
        row.long_stop_days = terms.tranches[lot.group].long_stop_days
        row.walks_share = terms.long_stop_use
        row.renew_share = terms.renewal.chance if terms.renewal else 0.0
        declared = terms.tranches[lot.group].start
        row.index_from = horizon.month_of(declared) + int(declared.day > 1)
        row.priority = lot.priority
        fill_term(row, scenario, horizon, lot)
        set_value(state, index.tranches[lot.name], lot.value)
    s.count[TRANCHES] = s.count[UNSETTLED] = len(lots)
    s.unsettled[: len(lots)] = np.arange(len(lots))
    for k in range(len(lots)):
        join_contract(state, k)


def fill_term(row: TrancheRow, scenario: Scenario, horizon: Horizon, lot: Lot) -> None:
    """Where a tranche stands on the as-of day, and from when to when it is live.

    Raises:
        ScenarioError: a live tranche whose term is over.
    """
    row.status = TRANCHE_LIVE if lot.live else TRANCHE_SIGNED
    row.due_since = NEVER
    row.start = lot.start if lot.live else NEVER
    row.end = lot.start + lot.term_days if lot.live else NEVER
    row.through = horizon.today
    if lot.live and lot.term_days <= 0:
        raise refusal(
            scenario,
            ("contracts", lot.contract, "tranches", lot.group, "start"),
            "a term whose last day is the as-of day",
            f"a term that runs past {horizon.as_of}",
        )


def fill_steps(
    table: Rows[Any], fields: tuple[str, ...], rows: dict[Steps, int]
) -> dict[Steps, int]:
    """Steps of terms into their table, each a value a field; the row of the first of each list.

    rows: of each different list, see `first_rows`. Without steps it is the first row.
    """
    for steps, first in rows.items():
        for k, step in enumerate(steps):
            for field, value in zip(fields, step, strict=True):
                setattr(table[first + k], field, value)
    return {**rows, (): 0}


def fill_let(row: TrancheRow, lot: Lot, index: Index, step_of: dict[Steps, int]) -> None:
    """What a tranche lets to a tenant, if it does."""
    row.site = row.hall = NONE
    if lot.let is None:
        return
    row.site = index.sites[lot.site]
    row.microwatts = lot.let.microwatts
    row.rent = lot.let.rent
    row.first_step = step_of[lot.let.steps]
    row.steps = len(lot.let.steps)
    row.term_months = lot.let.months
    row.begun = lot.let.begun


def pool_of_lot(scenario: Scenario, index: Index, lot: Lot) -> int:
    """The pool that serves a lot: its borrower's; the firm's for hardware in service; or NONE.

    Backstops and let power take no GPUs.
    """
    contract = scenario.contracts[lot.contract]
    if contract.kind != "take-or-pay":
        return int(NONE)
    return pool_row(index, lot.gpu, lot.site, contract.facility if lot.hardware else "")
