"""What a firm is, in columns: one record class a noun, the State that holds them, and the World.

A record has only int and float fields (64 bits each): amounts in cents, power in microwatts, time
in days since 1970-01-01, months as an index (0 = the as-of month, 1 = the first simulated month),
references as row numbers (NONE: there is none). Rules read and write State, and only read World.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gpusim.compiling.kernel import const, names
from gpusim.economics.core.records import Rows, Table

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flat = npt.NDArray[np.int64]
Grid = npt.NDArray[np.int64]
"""Whole numbers along one axis, and along two, with nothing in between. A rule's annotation tells
its argument's type, so that it can be compiled before it is called."""
NONE = const(-1)
NEVER = const(1 << 30)
"""A day that never comes."""

# --- status words, in the order a lifecycle passes them --------------------------------------

HALL_PLANNED, HALL_HANDED_OVER, HALL_POWERED, HALL_RETURNED = const(0), const(1), const(2), const(3)
(
    ORDER_PLANNED,
    ORDER_DEFERRED,
    ORDER_PLACED,
    ORDER_DELIVERED,
    ORDER_FITTING,
    ORDER_IN_SERVICE,
    ORDER_ACCEPTED,
    ORDER_WITHDRAWN,
) = (const(0), const(1), const(2), const(3), const(4), const(5), const(6), const(7))
"""PLANNED until its order day; DEFERRED while it waits for funding; DELIVERED once title has
passed; FITTING once a powered hall has room; IN_SERVICE when depreciation starts; ACCEPTED when
the customer has tested it and the GPUs can earn; WITHDRAWN if it is no longer wanted before it was
placed."""
TRANCHE_SIGNED, TRANCHE_WAITING, TRANCHE_GRANTED, TRANCHE_LIVE, TRANCHE_ENDED, TRANCHE_LOST = (
    const(n) for n in range(6)
)
WHOLE_FIRM, OWN_CONTRACTS = const(0), const(1)
"""Whose cash a cover covenant counts."""
DSCR, MINIMUM_LIQUIDITY = const(0), const(1)
"""Kinds of covenant that more rules ask for than their test: all stand in `debt.covenants`."""
FACILITY_PLANNED, FACILITY_OPEN, FACILITY_CLOSED = const(0), const(1), const(2)
"""OPEN while draws are allowed; CLOSED after the availability end (its balance still amortises)."""
OPEN, SETTLED, OVERDUE = const(0), const(1), const(2)
"""Invoices and bills. OVERDUE: due and unpaid for want of cash."""

TAKE_OR_PAY, BACKSTOP, TENANCY = const(0), const(1), const(2)
"""A tenancy lets power to a tenant who brings the hardware: the colocation of a model file."""
LEASED_SHELL, COLOCATION, OWNED = const(0), const(1), const(2)
LOAN, NOTE, CONVERTIBLE, REVOLVER, VENDOR, FINANCE_LEASE = (const(n) for n in range(6))
ACT_360, THIRTY_360, ACT_365, EUROBOND_360 = const(0), const(1), const(2), const(3)
"""How days of interest are counted, see `loan_arithmetic.days_between`."""
LEVEL, STRAIGHT, BULLET, SCULPTED = const(0), const(1), const(2), const(3)
LAWS = names(globals(), "LEVEL", "SCULPTED")
"""Amortisation law of a draw: level payment, equal principal, all at maturity, or what planned
contract cash covers so many times. Called so in a model file."""
STATED, RESULTING = const(0), const(1)
COVERS = names(globals(), "STATED", "RESULTING")
"""How often planned contract cash covers a sculpted draw: as stated, or, if that is more, so often
that its whole term repays it. Called so in a model file."""
SERVERS, INFRASTRUCTURE, OTHER_EQUIPMENT, INTANGIBLES = const(0), const(1), const(2), const(3)
"""Asset categories: each has its own gross, accumulated and expense account."""

POWER, SITE, DELIVERY, FITOUT, FAILURE, FUNDING, CUSTOMER = (const(n) for n in range(7))
N_CAUSES = const(7)
CAUSES = names(globals(), "POWER", "CUSTOMER", FITOUT="fit-out")
"""What holds a tranche up, in the order that breaks ties (definitions, slippage)."""

(
    OPENING,
    SIGNED,
    ACCRETION,
    REPRICED,
    RECOGNISED,
    CANCELLED,
    DEFAULTED,
    EXPIRED,
    PLANNED,
    SLIPPED,
) = (const(n) for n in range(10))
N_MOVES = const(10)
CELLS_A_MARK = const(32)
"""Cells of the backlog behind one of its marks."""
MOVES = names(globals(), "OPENING", "SLIPPED", ACCRETION="accretion_added")
"""Backlog movements. The first eight change the balance (recognised and losses as positive numbers
that lower it); `planned` is the frozen plan P and `slipped` the flow of P - recognised - lost."""

(
    STEP_TAXES,
    STEP_OPERATING,
    STEP_RENT,
    STEP_FEES,
    STEP_INTEREST,
    STEP_PRINCIPAL,
    STEP_SUPPLIERS,
    STEP_RESERVE,
    STEP_REVOLVER,
    STEP_SWEEP,
    STEP_TRAP,
) = (const(n) for n in range(11))
N_STEPS = const(11)
STEPS = tuple(n.removeprefix("step_") for n in names(globals(), "STEP_TAXES", "STEP_TRAP"))
"""Waterfall steps; the scenario declares their order."""
PAYMENTS_PER_FACILITY = const(4)
"""Steps in which each facility has a payment of its own: fees, interest, principal, reserve."""

SOURCE_LOAN, SOURCE_VENDOR, SOURCE_CASH, SOURCE_REVOLVER = (const(n) for n in range(4))
N_SOURCES = const(4)
SOURCES = tuple(
    name.removeprefix("source_") for name in names(globals(), "SOURCE_LOAN", "SOURCE_REVOLVER")
)
"""Where the money for an order may come from; the scenario declares their order."""

FLEET_GPU_DAYS, FLEET_ON_DEMAND, FLEET_ON_DEMAND_HOURS = const(0), const(1), const(2)
FLEET_DEPRECIATION, FLEET_CARRYING = const(3), const(4)
N_FLEET = const(5)
"""Rows of `State.fleet`: GPU-days in service, on-demand revenue [cents] and GPU-hours, depreciation
[cents], and what the books carry of it at the month's end [cents]."""

(
    LOAN_PRINCIPAL,
    LOAN_INTEREST,
    LOAN_RESERVE,
    LOAN_VALUE,
    LOAN_RESALE,
    LOAN_LIFE_CASH,
    LOAN_PROJECT_CASH,
    LOAN_RECEIVED,
    LOAN_LEFT,
    LOAN_TRAPPED,
    LOAN_PASSED_ON,
) = (const(n) for n in range(11))
N_LOAN_MONTHS = const(11)
"""Rows of `State.loan_months` [cents]: principal at the month's end, interest accrued in the month,
restricted cash held at its end, what its lender counts accepted hardware as and what that would
fetch, at quarter ends the worth of its contracts' cash to come, unpaid invoices among it, up to its
maturity and all, what they paid in the month but for power passed through, what all they paid left
for debt service, what its trap holds, power passed through that was billed less what was paid."""
(
    SITE_HANDED,
    SITE_POWERED,
    SITE_LOAD,
    SITE_POWER_COST,
    SITE_STAFF,
    SITE_VARIABLE_RENT,
    SITE_FIXED_RENT,
) = (const(n) for n in range(7))
N_SITE_MONTHS = const(7)
"""Rows of `State.site_months`: halls handed over, halls energised and GPUs in service at the
month's end [uW], power, site staff, rent charged as incurred, and level rent of leases [cents]."""
COUNTED, NEEDED = const(0), const(1)
"""Sides of a test in `State.covenant_tests` [cents]."""

HANDED, POWERED, LOAD, SITE_BILL, BILLED_LOAD, LET_LOAD = (const(n) for n in range(6))
N_EXPECTED = const(6)
"""Rows of `State.expected` [uW-days]: halls handed over, halls energised, GPUs in service, what the
site costs for them [cents], GPUs that are billed, where idle ones draw less, what tenants have."""

# --- one record a noun --------------------------------------------------------------------------


class Clock:
    """Where the run stands (one row)."""

    now: int  # agenda key of the event under way
    today: int  # [day]
    month: int  # index of the month of `today`
    month_end: int  # its last day
    outbox: int  # keys scheduled and not yet taken over by the engine
    journal: int  # rows in use
    first_invoice: int  # none before this row was open at the last month's end
    first_bill: int  # likewise
    first_shortfall: int  # [day] first amount due and unpaid; NEVER if none
    halted: int  # 1 once the run is over


class Firm:
    """The operator's own terms and running totals (one row)."""

    minimum_cash: int  # kept free of orders and repayments, see `revolvers.cash_floor` [cents]
    reserved_cash: int  # promised to placed orders and not yet paid [cents]
    reuse_wait_days: int  # a planned start waits so long for GPUs that come free
    payables_months: int  # operating costs are paid this many months after they arise
    qualifying_share: float  # share of hardware in construction whose interest is capitalised
    buildings_qualify: float  # share of buildings in construction whose interest is
    cash_yield_margin: float  # interest earned on cash = max(0, base rate + this) [1/year]
    lease_rate: float  # borrowing rate that discounts lease payments [1/year]
    on_demand_share: float  # share of unsold accepted GPUs offered on demand
    acceptance_lot_microwatts: int  # lots larger than this are accepted in parts (used at lowering)
    shortfall: int  # the most that was due and unpaid at once so far [cents]
    restricted_other: int  # restricted cash of the opening sheet in no facility's reserve [cents]
    capitalised_unpaid: int  # interest capitalised and not yet paid [cents]
    interest_incurred: int  # on debt and of discounts, this month so far [cents]
    cash_days: int  # cash at each day's end, added up over the month [cent-days]; see `ledger.post`
    deferred_tax_other: int  # opening deferred tax that the tax rule does not explain [cents]
    impairment_test: int  # 1: GPUs are tested for impairment every quarter
    resale_market: int  # 1: the model says what used GPUs fetch
    shares: int  # outstanding; 0: not counted
    shares_issued: int  # since the as-of day
    backstop: int  # equity still to be had when cash and revolver do not pay what is due [cents]
    backstop_price: float  # [cents/share]
    none_due: int  # 1: nothing is due on any debt, as was seen; 0 since something fell due
    bills_overdue: int  # of suppliers, due and unpaid [cents]
    late_credits: int  # of live tranches for late starts, not yet given [cents]
    liquidity_tests: int  # debts with a covenant on unrestricted cash
    default_after: int  # months with something unpaid that end the firm; 0: never
    unpaid_months: int  # in a row, up to the last month's end
    defaulted: int  # [day]; NEVER
    forced_sale_share: float  # of book value, what hardware fetches when the firm has ended
    new_creditor_claim: int  # owed then on loans closed in the run [cents]
    new_recovered: int  # of that [cents]
    new_from_lien: int  # of that, from the hardware they financed [cents]


class Tax:
    """Income tax terms and running totals (one row)."""

    rate: float  # enacted rate, federal and state
    interest_cap_share: float  # of tax EBITDA
    loss_cap_share: float  # losses carried forward may cover this share of taxable income
    bonus_share: float  # of cost, deducted when placed in service
    life_months: int  # the rest, straight line
    advance_share: float  # of deferred revenue: taxed the year after receipt, not when earned
    year_ends: int  # last month of a fiscal year, 1 to 12
    losses: int  # carried forward [cents]
    disallowed_interest: int  # carried forward [cents]
    basis: int  # tax basis of PP&E [cents]
    deferred: int  # net deferred tax liability recognised [cents]
    untaxed: int  # of prepaid balances, not yet income for tax [cents]
    accreted: int  # of prepaid balances, accretion: never income for tax [cents]
    year_pretax: int  # this fiscal year so far, as are the next six [cents]
    year_book_depreciation: int
    year_tax_depreciation: int
    year_interest: int  # net interest expense
    year_prepaid: int  # prepayments taxed beyond what the books earned of them
    year_financing: int  # financing components: interest in the books less revenue from it
    year_current: int  # current tax charged
    payable: int  # current tax charged and unpaid [cents]


class Generation:
    """A GPU generation: the supplier's terms, and how its GPUs age and fail."""

    id: int
    it_microwatts: int  # critical IT power per GPU, network and storage included [uW]
    capex: int  # all-in price per GPU at order [cents]
    capital_hour: (
        float  # recovers it at the strategy's rate, see `capacity_source` [cents/GPU-hour]
    )
    infrastructure_share: float  # of that price: power equipment and leasehold improvements
    deposit_share: float  # paid at order
    payment_days: int  # the rest falls due this many days after delivery
    life_months: float
    infrastructure_life_months: float
    salvage_share: float
    lead_days: int  # planned, order to delivery
    fitout_days: int  # planned, delivery in a powered hall to in service
    acceptance_days: int  # planned, in service to billing
    economic_life_months: float  # the operator retires its GPUs at this age; 0: at their book life
    redeploy_days: int  # from the end of a contract until its GPUs can serve the next
    life_change_day: int  # the book life is changed on this day; NEVER
    life_change_months: float  # to this [months]
    course_years: int  # of its row of `State.course`; 0: straight line
    failure_rate: float  # of accepted GPUs, permanent [1/year]
    repair_share: float  # of accepted GPUs, out for repair on average
    spare_share: float  # of accepted GPUs, kept to stand in for those that fail
    short_start: float  # of a tranche's GPUs, may have failed and be on their way when it starts


class Pool:
    """GPUs of one generation at one site that belong to one borrower; see `pools`."""

    gen: int
    site: int
    company: int  # whose they are: 0 the firm, else a borrower of its own, see Facility
    first_end: int  # no term of its tranches ends before, as planned [day]; see `coming.note_end`
    none_coming: int  # 1: no order for nobody is to come, see `coming.ordered_by`
    free: int  # accepted GPUs under no live contract
    held: int  # of those, set aside for tranches that have not started
    promised: int  # GPUs that such tranches take from here, set aside already or not
    reserved_gpus: int  # the same, and what tranches in line beyond that are to take
    in_service: int  # GPUs, accepted or not
    billing: int  # GPUs that live contracts have reserved
    spare: int  # accepted GPUs kept to stand in for those that fail
    missing: int  # of those reserved, failed and replaced by nothing
    failed: int  # of those promised, failed and replaced by nothing
    refitting: int  # GPUs on their way from one contract to the next
    aged: int  # 1: some are beyond their life and in use, to be sold once they come free
    failing: float  # part of a GPU that has failed so far
    ran_gpu_days: int  # of accepted GPUs in the month that is closed
    failed_share: float  # of this month's reserved GPU-hours, whose GPUs had failed
    short_share: float  # the same, and hours under repair that nothing stood in for
    free_gpu_days: int  # this month so far, up to `counted`, as are the next six
    in_service_gpu_days: int
    billing_gpu_days: int
    spare_gpu_days: int
    missing_gpu_days: int
    free_off: int  # of the free ones, while the site stood still or was curtailed [GPU-seconds]
    billing_off: int  # of the reserved ones [GPU-seconds]
    counted: int  # [day] the integrals run up to the end of this day
    sold_hours: int  # GPU-hours on demand of the month that is closed
    sold_for: int  # [cents]


class Site:
    """A place with power: its landlord's and its utility's terms."""

    id: int
    named: int  # place by name among the scenario's
    kind: int
    pue: float
    tariff: float  # before the first step [cents/kWh]
    grid_charge: float  # before the first step [cents/kW-month of grid power]
    first_tariff: int  # of its steps in `State.tariffs`, which stand together in order of day
    past_tariffs: int  # the first step after them
    ppa_kw: float  # bought ahead in every hour of its days; 0: none [kW of grid power]
    ppa_first: int  # [day]
    ppa_last: int  # [day]
    ppa_price: float  # from its first day on [cents/kWh]
    ppa_escalation: float  # at each anniversary of that [1/year]
    ppa_resale: float  # of what is not drawn, beside a share of the tariff [cents/kWh]
    ppa_resale_share: float
    whole_kw: float  # of all its phases, planned ones too [kW of critical IT]
    shed_months: int  # of the calendar in which it is curtailed, bit 0 for January; 0: never
    shed_first: int  # [day]
    shed_last: int  # [day]
    shed_seconds: int  # for which each of its GPUs is switched off on each day of them [s]
    shed_share: float  # of its GPUs' load, enrolled
    shed_price: float  # of energy that is not drawn for it [cents/kWh]
    shed_standby: float  # for each kW of the grid enrolled [cents/day]
    minimum_take: float  # share of powered capacity paid for whether used or not
    load_factor: float  # average draw of a GPU that is billed, share of its IT power
    idle_load: float  # of one in service that is not
    rent: float  # fixed rent at handover [cents/kW-month of critical IT]
    rent_escalator: float  # [1/year]
    lease_months: int
    holdover: float  # rent after a lease's end over its last
    variable_rent: float  # [cents/kW-month]
    staff: float  # site staff and other site costs [cents/kW-month]
    handed_microwatts: int  # capacity handed over
    powered_microwatts: int  # of that, energised: the hard limit
    used_microwatts: int  # taken by orders in fit-out or later, the opening fleet, tenants
    coming_microwatts: int  # of orders not yet in fit-out, and of tenancies that wait
    crowded: int  # 1: for one of them there may be no room, see `Order.full_since`
    load_microwatts: int  # GPUs in service, and what tenants have
    let_microwatts: int  # of that, what tenants have
    claimed_microwatts: int  # of `coming_microwatts`, of tenancies that are signed and wait
    handed_microwatt_days: int  # this month so far, up to `counted`, as are the next seven
    powered_microwatt_days: int
    load_microwatt_days: int
    let_microwatt_days: int
    load_off_microwatt_days: float  # of the load, while it stood still or was curtailed
    let_off_microwatt_days: float  # of what tenants have
    shed_microwatt_days: float  # of GPUs, while they were curtailed; in load_off too
    enrolled_microwatt_days: int  # of GPUs, on days on which they could be
    billed_microwatt_days: float  # of GPU-hours billed in the month that is closed
    counted: int  # [day] the eight integrals run up to the end of this day
    standstill: int  # its row of `State.standstill` and `World.standstill`; NONE: has no outages
    last_hall: int  # the hall energised last; NONE
    first_hall: int  # of its halls, which stand together
    past_halls: int  # the first hall after them


class Tariff:
    """A step of a site's power: what energy and demand cost from some day on."""

    day: int  # its first
    tariff: float  # [cents/kWh]
    grid_charge: float  # [cents/kW-month of grid power]


class Hall:
    """One phase of a site's capacity: handed over, powered, filled with GPUs."""

    id: int
    site: int
    microwatts: int  # critical IT capacity
    planned_ready: int  # [day]
    planned_power: int  # [day]
    with_first_order: int  # 1: taken over only when an order needs it
    asked: int  # that day [day]; NEVER: not asked for
    status: int
    lease_end: int  # first day after its lease [day]; NEVER: no end is known
    last_rent: int  # fixed rent of the lease's last month [cents/month]
    returned: int  # given back to the landlord [day]; NEVER
    handed_over: int  # [day]; NEVER until it happens
    powered: int  # [day]
    facility: int  # loan that pays part of its building; NONE
    in_progress: int  # cost of its building in construction [cents]
    opened: int  # that at the start of the month [cents]
    asset: int  # its building, once handed over; NONE
    life_months: float  # book life of its building; 0.0: none is built
    tax_months: int  # over which tax deducts it
    cap_rate: float  # at which income of its let power is capitalised [1/year]; 0: it is not valued
    sale_share: float  # what it fetches when a lender enforces, of its worth; NONE: the firm's


class Order:
    """GPUs bought together: from order to retirement."""

    id: int
    gen: int
    site: int
    pool: int  # that its GPUs join
    hall: int  # where it is installed; NONE before
    gpus: int
    cost: int  # still to be added to construction in progress at delivery [cents]
    paid_ahead: int  # deposit paid, in other assets until delivery [cents]
    deposit: int  # paid on the day it was placed [cents]
    lent: int  # by its supplier, on the day of delivery [cents]
    tranche: int  # whom it is bought for, while that tranche wants it; NONE: for the pool
    facility: int  # loan that finances it; NONE
    vendor: int  # vendor-finance line; NONE
    loan_share: float  # of cost that the loan may carry
    vendor_share: float
    loan: int  # reserved on the loan and not yet drawn [cents]
    vendor_credit: int  # becomes vendor debt at delivery [cents]
    cash: int  # reserved from cash or revolver and not yet paid [cents]
    status: int
    planned: int  # planned order day
    needed: int  # day it joined the funding queue
    funded: int  # [day]; NEVER until it happens, as are the next four
    placed: int
    delivered: int
    fitted: int  # in service
    accepted: int
    power_ready: int  # [day] its hall's power, once it has a hall
    hall_ready: int  # [day] its hall's handover
    full_since: int  # [day] since when its site has had no room for it; NEVER: has, or had
    room_ready: int  # [day] fit-out begins; NEVER before
    in_progress: int  # its cost in construction in progress [cents]
    opened: int  # of that, at the month's start [cents]
    lead_drawn: int  # NEVER: take the world's lead time of the order's month [days]
    fitout_drawn: int  # [days]
    acceptance_drawn: int  # [days]
    acceptance_planned: int  # this lot's own place in the ramp [days]
    replacement: int  # 1: maintenance capex, for GPUs that failed or as spares
    stated: int  # 1: for nobody, as [orders] of the model states


class Policy:
    """What the operator decides about new business (one row); see `demand`."""

    takes_offers: int  # 0: signs nobody new
    price_markup: float  # its ask over the market's price for the term
    hurdle_margin: float  # ask over the cost of a GPU-hour, less one
    capital_rate: float  # at which hardware must be recovered over its life [1/year]
    minimum_term_days: int
    maximum_term_days: int
    minimum_prepayment: float  # share of contract value
    investment_grade_only: int
    concentration_cap: float  # one customer's share of the backlog after signing
    contract_share: float  # of GPUs in service and on order that may be under contract
    leverage_cap: float  # net debt over the last month's EBITDA x 12, pay in shares a cost; 0: none
    build_ahead_share: float  # uncommitted GPUs kept, of those committed
    build_gen: int  # of this generation
    vendor: int  # vendor line that helps to pay new orders; NONE
    vendor_share: float
    loan_programme: int  # 1: a loan closes for each new contract
    refresh_age_days: int  # free GPUs older than this are sold; 0: none are
    liquidity_floor: int  # signs nothing that takes its own outlook below this [cents]
    liquidity_months: int  # how far that outlook reaches; 0: no such test
    raising_share: float  # of what could be raised within a year, that it counts on when it signs
    waiting_gpus: int  # of a generation, signed for beyond what is free or will have power


class CapitalRaising:
    """Terms on which the firm issues notes and shares when it sees a need (no row: never).

    The terms of the notes are RAISED_TERMS.
    """

    id: int
    months_ahead: int  # how far it looks
    floor: int  # liquidity it wants at every month end until then [cents]
    smallest: int  # issue [cents]
    leverage_cap: float  # the same ratio as `Policy.leverage_cap`, up to which notes are bought
    notes_capacity: int  # a calendar year [cents]
    margin: float  # of the coupon over the base rate [1/year]
    equity_capacity: int  # a calendar year [cents]
    equity_discount: float  # of the issue price to the market's
    equity_costs: float  # [share]
    notes_this_year: int  # issued so far [cents]
    equity_this_year: int  # [cents]


class LoanProgramme:
    """How loans close for new contracts (no row: none do); their terms are PROGRAMME_TERMS."""

    closing_days: int  # from application to closing
    availability_days: int  # of draws, from closing
    margin_investment_grade: float  # over the base rate, by the customer's rating [1/year]
    margin_other: float  # [1/year]


class Offer:
    """A customer that asks for capacity: what is drawn, whatever the operator does."""

    id: int
    segment: int
    day: int  # it asks on this day
    gen: int
    gpus: int
    term_days: int
    start_days: int  # wants to start this long after it asks
    prepayment_share: float
    prepayment_days: int  # before the planned start
    credited_from: int
    credited_to: int  # NEVER: no month takes all that is left
    credit_share: float  # of each invoice; 0: level credits
    runs_on: int  # 1: what is left at the end of the term is credited against renewals
    willingness: float  # highest price it accepts, over the market's for the term
    rating: int
    payment_days: int
    exit_notice_days: int
    exit_price_share: float
    long_stop_days: int
    walks: int
    fails: int  # [day] it stops paying; NEVER
    fitout_days: int
    acceptance_days: int
    renews: int  # 1: at the end of its term, at the market's price of that day
    renew_months: int  # for this long
    renew_price_share: float  # at this share of the old price; 0: at the market's
    renew_times: int  # one after the other, at most; NEVER: no limit
    sla_allowance: float  # as in Contract, as are the next five
    sla_multiple: float
    late_price_share: float
    late_grace_days: int
    late_cap_share: float
    expected_delay: int
    payer: int  # row of `World.collection_delay`; NONE: it pays on time


class Asset:
    """Cost that depreciates. What a month looks at comes first."""

    category: int
    gen: int
    retired: int  # 1 once gross and accumulated are written out
    gross: int  # [cents]
    accumulated: int  # [cents]
    chargeable: int  # from `start` on [cents]; `set_chargeable` sets it and the next two
    daily_amount: int  # of that, a day, rounded down [cents]
    daily_remainder: int  # what that leaves of it [cents]
    start: int  # [day]
    life_days: int
    charged: int  # of `chargeable`, so far [cents]
    order: int  # NONE for opening balances and buildings
    hall: int  # whose building it is; NONE
    gpus: int  # leave the pool when it is retired; 0 for all but servers
    site: int
    pool: int  # of its GPUs; NONE if it has none
    new_day: int  # [day] it was put in service
    retires: int  # [day], see `lives.end_of_life`
    sold: int  # GPUs that were sold last while others stay in use
    failing: int  # its part of failed GPUs so far, less those it lost [millionths of a GPU]
    lost: int  # GPUs that failed last


class Customer:
    """Who signs: one failure ends all its contracts."""

    id: int
    rating: int
    planned_default: int  # [day] stated by the scenario; NEVER
    defaulted: int  # 1 once it has stopped paying


class Contract:
    """What a customer signed. What a month looks at comes first."""

    kind: int
    signed: int  # [day]
    shifts: int  # 1: a late start moves the end; 0: the planned end stays
    vintage: int
    facility: int  # loan that finances its orders; NONE
    earned: int  # this month so far [cents]
    balance: int  # deferred revenue not yet released, of all its advances [cents]
    accreted: int  # of that, accretion not yet recognised as revenue [cents]
    advance: int  # its oldest prepaid balance; NONE
    exit_price_share: float  # gives notice when the market price falls below this share of its own
    exit_notice_days: int  # 0: no right to leave without penalty
    open_terms: int  # of its tranches that are not over
    loses: int  # 1: value of it was given up or expired, whose place prepayments may take
    breakage: int  # of that, for which prepayments will be kept when it is over [cents]
    asked: int  # of its prepayment, invoiced and booked when it is received [cents]
    credit_first: int  # month index of its prepayment's first credit; NEVER until billing starts
    credit_last: int
    sfc_rate: float  # significant financing component [1/year]; 0: none
    customer: int
    payment_days: int
    expected_delay: int  # the operator expects its invoices to be paid so long after they are due
    payer: int  # row of `World.collection_delay`; NONE: it pays on time
    id: int
    rating: int
    exit_day: int  # notice is given on this day; NEVER: none stated
    renew_months: int  # term of a renewal, by the calendar; 0: none
    renew_price_share: float  # of the old price; 0: at the market's
    renew_times: int  # renewals left, one after the other; NEVER: no limit
    recharges: int  # 1: tenants pay for the power that they use, at its cost
    put_price: float  # backstop: price of unsold GPU-hours it takes [cents/GPU-hour]; 0: unused
    gen: int  # generation it reserves or, a backstop, takes
    dedicated: int  # 1: served by GPUs bought for it alone
    sla_allowance: float  # share of hours that may be missing at no cost
    sla_multiple: float  # of the price, credited for each missing hour beyond it
    late_price_share: float  # of the price, credited for each day of a late start; 0: nothing
    late_grace_days: int  # of a late start without a credit
    late_cap_share: float  # of a tranche's value, which its credit does not exceed
    prepayment: int  # still to come [cents]
    prepayment_day: int
    prepayment_unconditional: int  # 1: receivable and deferred revenue on its due day
    credited_from: int  # months after the first billing month, 1 = that month
    credited_to: int  # NEVER: no month takes all that is left
    credit_share: float  # of each invoice, of a prepayment to come; 0: level credits
    runs_on: int  # 1: what is left of prepayments when it is over is credited against renewals
    first_billing: int  # [day]
    first_tranche: int  # row of its first tranche, see Tranche.following; NONE: it has none
    last_tranche: int  # row of its last one; NONE
    origin: int  # row of the contract that it renews, at however many removes; else its own
    index_months: int  # its price follows the rental index, reset after so many; 0: it does not
    index_share: float  # of the price, which does
    index_floor: float  # least price after a reset, over the price stated
    index_cap: float  # most
    index_base: float  # rental index that the price stated stands for [cents/GPU-hour]; 0: not yet
    noted: int  # work space: month in which it, or a renewal of it, was counted last


class Advance:
    """One amount a customer paid ahead, until it is credited: each has its own months and tax."""

    contract: int
    following: int  # the contract's next younger one; NONE
    balance: int  # deferred revenue not yet released [cents]
    accreted: int  # of that, accretion not yet recognised as revenue [cents]
    untaxed: int  # of that, not yet income for tax [cents]
    booked: int  # [day] it became deferred revenue
    credit_first: int  # month index of the first credit; NEVER until billing starts
    credit_last: int
    credit_share: float  # of each invoice; 0: level credits
    source: int  # row of the amount of which it is a part that ran on; else its own
    rest: int  # work space: not yet credited, see `breakage_of` [cents]


class Tranche:
    """A lot of a contract that starts and ends as one. What a month looks at comes first."""

    contract: int
    following: int  # the contract's next one, in a later row; NONE
    gen: int
    status: int
    start: int  # billing start [day]
    planned_start: int  # [day]
    term_days: int
    value: int  # price x GPUs x hours of the term [cents]; `set_value` sets it and the next three
    daily_amount: int  # value of a day at the price stated, rounded down [cents]
    daily_remainder: int  # what that leaves of the term's value at it [cents]
    resets: int  # how often an index has changed its price, see `contracts.reset_price`; 0: never
    price_days: int  # of its term, before the last of these [day]
    price_before: int  # what they are worth [cents]
    price_share: float  # price since then over the price stated
    index_share: float  # rental index at the last reset, over its base
    index_from: int  # month index from which months to a reset are counted, once it bills
    first_rate: int  # row of its first `Rate`; unused where it has none
    rates: int  # its rates; 0: each day of the term has the same value
    through: int  # recognised up to and including this day
    recognised: int  # [cents]
    lost: int  # [cents]
    forgone: int  # lost too, by a notice that is given, while the customer is still there [cents]
    dropped_as: int  # how what `State.dropped` holds was booked, see `MOVES`
    leaves: int  # [day] its customer leaves by a notice that is given; NEVER
    planned: int  # of the frozen plan, up to the last month's end [cents]
    slipped: int  # stock at the last month's end [cents]
    end: int  # first day after [day]
    gpus: int
    id: int
    group: int  # number of the tranche in the contract's list
    pool: int  # that serves it; NONE for a backstop and for a tenancy, which take no GPUs
    site: int  # of a tenancy; NONE
    microwatts: int  # critical IT power that it lets [uW]; 0: it lets none
    claimed: int  # of that, counted in `Site.claimed_microwatts` [uW]
    hall: int  # energised last when its tenant got the power; NONE: it has not
    rent: float  # highest of its term [cents/month]; 0: it is worth the same by the day, or by rate
    first_step: int  # row of its first `RentStep`; unused where it has none
    steps: int  # its rents; 0: each month of the term has the same
    term_months: int  # of a tenancy, by the calendar
    begun: int  # days of its term before the first simulated one [days]
    order: int  # bought for it; NONE
    long_stop_days: int  # of waiting after which the customer may cancel; 0: no such right
    walks_share: float  # chance that the customer then cancels
    walks: int  # 1: it does; drawn
    renews: int  # 1: renewed at the end of its term; drawn
    renew_share: float  # chance of that
    due_since: int  # [day] joined the queue
    priority: int
    reserved_gpus: int  # GPUs that it will take from its pool, until it starts; see `reservations`
    promised: int  # of those, that are its own once they are there
    held: int  # of those, that are there and set aside for it
    failed: int  # of those promised, that failed and nothing replaces yet
    failed_since: int  # since when there are such [day]; NEVER
    failed_days: int  # of its wait, on which there were others that are replaced [days]
    there: int  # 1: on the day of signature it lacked nothing, see `allocate`
    rest_of: int  # tranche it was cut off, whose failed GPUs it waits for; NONE
    returning: int  # GPUs that came back at its end, or are made fit for the next tranche
    late_credit: int  # for its late start, not yet given [cents]
    late_cause: int  # what held that start up on most days, see `CAUSES`


class Rate:
    """What a day of a term is worth from some day on: price steps, escalators, a growing minimum.

    Rates of a tranche stand together, in order of day; parts and lots that start later share them.
    """

    day: int  # days after the first of the term from which it holds; the first one's is 0
    before: float  # share of the term's value that earlier days have, 0 to 1


class RentStep:
    """What a month of a tenancy pays from some month of its term on; they stand in order."""

    months: int  # of the term before it holds; the first one's is 0
    share: float  # of the highest rent of the term


class MarginStep:
    """By how much a debt's margin is other from some day on; those of a debt stand in order."""

    day: int  # its first
    rise: float  # over the margin before all steps [1/year]


class LoanTerms:
    """What a lender and the firm agree: never changed in a run, so that loans may share a row.

    What model files state has their names. What a loan gets on a day is the loan's own: commitment,
    margin, calendar, maturity, cures left.
    """

    advance_rate: float  # of what is bought, see sizing.lent_on_cost
    floating: int  # 1: over the base rate
    base_floor: float  # [1/year]
    hedged_share: float  # of principal, whose base rate is the swap's
    swap_rate: float  # [1/year]
    spread_index: float  # how much of the market's spread shift new programme loans pay
    first_step: int  # of its margin in `State.margin_steps`
    past_steps: int  # the first step after them
    day_count: int  # ACT_360, THIRTY_360, ACT_365 or EUROBOND_360
    undrawn_fee: float  # [1/year]
    draw_discount: float  # of each draw, kept by the lender
    upfront_fee: float  # of the commitment, paid when it closes
    law: int
    months: int  # of a draw, from its date to its last instalment
    grace_months: int  # without principal
    every_months: int  # between payment dates
    stub: int  # where a term is no whole number of periods, see payment_dates.NO_STUB
    balloon_share: float  # of a draw, due with the last instalment
    dscr: float  # planned contract cash over service; law SCULPTED
    cover: int  # whether that is the cover of its draws, or the least of it: STATED or RESULTING
    running_cost_share: float  # of planned contract cash, not there for debt service; NONE
    size_dscr: float  # planned contract cash over the service of the loan at signing; 0: no cap
    size_ltv: float  # loan over value at signing and at each draw; 0: no cap
    reserve_share: float  # of principal, kept as restricted cash
    reserve_months: int  # of debt service ahead, kept as restricted cash
    reserve_counted: float  # of a draw, put there on its day
    draws_interest: int  # 1: it is drawn for interest before the first rent too
    seniority: int  # order within a waterfall step
    service_fee: float  # of what its contracts pay, kept by who runs them; scope OWN_CONTRACTS
    stops_draws: int  # 1: a breach stops draws
    sweep_share: float  # of spare cash, repays this facility while in breach
    excess_share: float  # of a quarter's cash left after debt service, repays it; 0: none
    excess_from: int  # first quarter's end that does [day]
    excess_scope: int  # whose cash: WHOLE_FIRM or OWN_CONTRACTS
    trap_level: float  # cover below which its cash trap takes what a quarter left; 0: no trap
    trap_from: int  # first test of it [day]
    trap_scope: int  # whose cover and cash: WHOLE_FIRM or OWN_CONTRACTS
    trap_release: int  # tests met in a row after which all comes back
    trap_prepay: int  # tests missed in a row after which it repays principal; 0: never
    cross_default: int  # 1: another facility's breach, or an unpaid amount, is its own
    cures_allowed: int  # equity cures
    cures_until: int  # [day]
    cure_limit: int  # of one cure [cents]
    refinance_months: int  # a balloon is rolled over for so long, if lenders lend; 0: never
    refinance_margin: float  # added to the draw's margin then [1/year]
    conversion_price: float  # above it at maturity a convertible becomes shares [cents/share]
    non_recourse: int  # 1: paid from the cash of its own contracts alone, and may die alone
    default_after: int  # months with something unpaid that end such a loan


PROGRAMME_TERMS, RAISED_TERMS, FIRST_TERMS = const(0), const(1), const(2)
"""Rows of `State.terms`: of loans for new contracts, of notes that are issued, then of each debt of
the scenario."""


class Facility:
    """A debt agreement: loan, notes, convertible, revolver or vendor line."""

    id: int
    named: int  # place by name among those of the scenario; later ones in order of signature
    kind: int
    status: int
    contract: int  # programme loans: the contract it finances; NONE
    terms: int  # row of what is agreed
    commitment: int  # [cents]
    principal: int  # outstanding [cents]
    used: int  # of the commitment: drawn ever, or outstanding on a revolver [cents]
    reserved: int  # promised to orders [cents]
    interest_room: int  # kept for draws for interest to come, promised to nobody [cents]
    interest_drawn: int  # principal of draws that paid interest [cents]
    interest_lent: int  # drawn for interest when it last was [cents]
    interest_lent_on: int  # [day]; 0: never
    interest_fell: int  # work space: interest that fell due today [cents]
    expected: int  # work space: draws that the outlook expects [cents]
    upfront_left: int  # of the fee paid when it closed, for what is not drawn yet [cents]
    opens: int  # [day]
    closes: int  # availability end [day]
    margin: float  # of draws before all steps, over the base rate; if fixed the coupon [1/year]
    pay_from: int  # first payment date: its calendar month since January 1970
    pay_day: int  # its day of the month; payment_dates.MONTH_END: the last
    anchored: int  # 1: the calendar is stated, or counted from a first draw; 0: from the opening
    next_payment: int  # next payment date [day]
    payments: int  # payment dates passed since the as-of day
    paying: int  # work space: 1 on a payment date
    size_binds: int  # the cap that set its size, see `sizing.CAPS`; NONE: it was not sized
    cut_by: int  # the cap that last cut a draw; NONE
    cut_day: int  # [day]; NEVER
    sculpted_debt: int  # of its draws whose cover results, less worth of balloons [cents]
    sculpted_cash: int  # planned cash that repays it, worth on their days [cents]
    maturity: int  # the last payment date: nothing is outstanding after it [day]
    reserve_held: int  # restricted cash that it has, what its trap holds among it [cents]
    reserve_asked: int  # that it had to hold when it was last looked at [cents]
    reserve_used: int  # of what that lacks, paid out for its service [cents]
    locked: int  # of restricted cash, what its cash trap holds [cents]
    locked_in: int  # trapped so far [cents], as are the next three
    locked_back: int  # of that, came back to the firm, or paid what was due as the balance fell
    locked_repaid: int  # repaid principal early, with its interest
    locked_served: int  # paid service that cash and reserve did not
    locked_now: int  # trapped at the last month's end [cents], as are the next two
    back_now: int  # came back after so many tests met
    repaid_now: int  # repaid principal early after so many tests missed
    tests_met: int  # of its trap, in a row
    tests_missed: int  # likewise
    tests_below: int  # missed in all
    taken: int  # swept and trapped at the last month's end [cents]
    first_month: int  # in which a contract of its own billed first; 0: none has yet
    cures_left: int  # equity cures still allowed
    first_draw: int  # 1 + the row of its first draw; 0: it has none
    stated: int  # 1: named by the scenario; 0: closed for a contract signed in the run
    fee_through: int  # undrawn fee accrued up to the end of this day
    fees: int  # of this month so far [cents]
    failing: int  # tests that fail now, one bit each, see `covenant_tests.bit_of`
    stopped: int  # in breach since [day]; NEVER: it is not
    first_stopped: int  # first in breach [day]; NEVER
    cleared: int  # last end of a breach [day]; NEVER
    cured: int  # last equity cure [day]; NEVER
    refinanced: int  # last balloon rolled over [day]; NEVER
    refused: int  # last balloon that lenders did not roll over [day]; NEVER
    converted: int  # principal that became shares [cents]
    conversion_day: int  # [day]; NEVER
    in_force: int  # 1: when the firm ended something was owed, or could still be drawn
    creditor_claim: int  # owed when the firm ended [cents]
    recovered: int  # of that [cents]
    from_lien: int  # of that, from the hardware it financed [cents]
    company: int  # its borrower: 0 the firm; else one that has pools of its own, see `pools`
    unpaid_months: int  # in a row, up to the last month's end
    matured: int  # balloons and maturities that fell due in the quarter under way [cents]
    trapped: int  # cash of its contracts that nobody has paid out yet [cents]
    accelerated: int  # its lender ended it [day]; NEVER
    seized: int  # its lender took the hardware [day]; NEVER
    seized_claim: int  # owed then [cents]
    seized_recovered: int  # of that, what the hardware fetched [cents]
    fees_due: int  # due and unpaid [cents], as are the next two
    interest_due: int
    principal_due: int
    sponsor_fees_due: int  # of fees due, the firm's to pay for a loan without recourse [cents]
    sponsor_interest_due: int  # of interest due, likewise [cents]
    served_on: int  # last payment date within a month [day]; 0: none yet
    served: int  # what it was paid then [cents]
    first_unpaid: int  # first day on which it was not paid what was due [day]; NEVER
    most_unpaid: int  # the most that it was not paid at once [cents]
    accrued: int  # interest accrued and not yet due [cents]


class Covenant:
    """What a facility's lender tests: a row for each kind, agreed or not."""

    limit: float  # beyond it is a breach [ratio, share or cents]; 0: not agreed
    since: int  # first test [day]
    scope: int  # WHOLE_FIRM or OWN_CONTRACTS
    broken: int  # first breach [day]; NEVER


class Draw:
    """One draw with its own schedule; a note is one draw."""

    facility: int
    principal: int  # outstanding [cents]
    discount: int  # unamortised [cents]
    drawn: int  # [day]; interest runs from the next day
    accrued: int  # interest accrued and not yet due [cents]
    accrued_to: int  # interest is accrued up to the end of this day
    instalments: int  # left
    next_day: int  # day of the next instalment
    last_day: int  # day of the last instalment
    balloon: int  # part of the last instalment [cents]
    cash_share: float  # of the planned contract cash; law SCULPTED
    cover: float  # of that cash over its service, fixed when drawn; law SCULPTED
    margin: float  # before all steps, over the base rate, or the fixed coupon [1/year]
    yield_month: float  # constant monthly yield that amortises the discount
    coupon_month: float  # monthly coupon that yield was solved with
    scheduled: int  # row of `schedule` that fixes its principal; NONE: by law
    due: int  # principal due and unpaid [cents]


class Foreseen:
    """A balance on its way to its end, as `foresight` sees it (one row, work space)."""

    draw: int  # row of the draw that it is; NONE: it is still to be drawn
    principal: int  # outstanding and not yet due [cents]
    balloon: int  # part of the last instalment [cents]
    accrued: int  # interest accrued and not yet due [cents]
    counted: int  # up to where interest is counted, see `foresight.count_of` [days]
    instalments: int  # left
    next_day: int  # day of the next instalment
    last_day: int  # day of the last instalment
    rate: float  # of the day that it has come to; on the way in before all steps [1/year]
    plain: float  # before all steps of its margin [1/year]
    step: int  # the next step in `State.margin_steps`
    level: float  # payment of the law LEVEL, which stays the same at one rate [cents]
    pay_from: int  # its debt's calendar, as are the next two: first payment month; NONE: its own
    pay_day: int
    maturity: int
    payment: int  # number of the next payment date since the as-of day
    pays: int  # the next payment date [day]
    pays_in: int  # its calendar month since January 1970
    month: int  # index of the month that it has come to
    facility: int  # whose draw it is; unused without the next
    first_rent: int  # day before which its interest is drawn too; 0: it is not


class Lease:
    """An operating lease of a hall, or the opening leases in one."""

    hall: int
    start: int  # [day]
    months: int
    paid_months: int
    rent: int  # next month's fixed payment [cents]
    escalator: float  # [1/year], applied every 12 months
    straight: int  # total fixed payments over the whole term [cents]
    charged: int  # of that, so far [cents]
    liability: int  # [cents]
    asset: int  # right of use [cents]
    rate: float  # [1/year]


class Invoice:
    """Money a customer owes on a day."""

    contract: int  # NONE for on-demand and opening balances
    amount: int  # [cents]
    due: int  # [day]; NEVER once written off
    paid: int  # its customer pays it on this day, which nobody knows before; NEVER once written off
    status: int
    prepaid: int  # 0 ordinary; 1 deferred revenue when received; 2 deferred revenue already
    advance: int  # 2: the balance it pays; NONE
    recharged: int  # of the amount, power passed through [cents]


class Bill:
    """Money a supplier is owed on a day."""

    order: int  # NONE for opening balances and buildings
    hall: int  # whose building it is for; NONE
    amount: int  # unpaid [cents]
    due: int  # [day]
    whole: int  # amount when it was made out [cents]
    facility: int  # loan that pays part of it; NONE
    loan: int  # that part, reserved on the facility [cents]
    cash: int  # reserved from cash [cents]
    status: int


class Overhead:
    """A cost line that is not a site's. What it costs: `State.cost_rates` times `cost_bases`."""

    line: int  # of the income statement, by its place in `ledger.COST_LINES`
    stock_share: float  # paid in shares


class Raise:
    """Equity that comes in on a day."""

    amount: int  # [cents]
    costs: int  # [cents]
    day: int
    price: float  # [cents/share]; 0: not counted


N_NOUNS = const(15)
(
    ORDERS,
    ASSETS,
    CUSTOMERS,
    CONTRACTS,
    TRANCHES,
    FACILITIES,
    DRAWS,
    LEASES,
    INVOICES,
    BILLS,
    WAITING,
    NEEDING,
    UNSETTLED,
    ADVANCES,
    COMING,
) = (const(n) for n in range(15))
"""Places in `State.count`: rows in use, and the lengths of the two queues and the two lists."""


class Posting:
    """A journal row."""

    key: int
    debit: int
    credit: int
    amount: int
    month: int


class State(NamedTuple):
    """Everything a run changes.

    foresight: months beyond the last simulated one, as far as the operator and its lenders look.
    """

    clock: Rows[Clock]
    firm: Rows[Firm]
    tax: Rows[Tax]
    gens: Rows[Generation]
    pools: Rows[Pool]
    sites: Rows[Site]
    tariffs: Rows[Tariff]  # nobody writes here in a run
    halls: Rows[Hall]
    orders: Rows[Order]
    assets: Rows[Asset]
    customers: Rows[Customer]
    contracts: Rows[Contract]
    advances: Rows[Advance]
    tranches: Rows[Tranche]
    rates: Rows[Rate]
    rent_steps: Rows[RentStep]  # nobody writes here in a run
    margin_steps: Rows[MarginStep]  # nobody writes here in a run
    terms: Rows[LoanTerms]  # see PROGRAMME_TERMS; nobody writes here in a run
    facilities: Rows[Facility]
    covenants: Table[Covenant]  # [facilities, KINDS of covenants]
    draws: Rows[Draw]
    leases: Rows[Lease]
    invoices: Rows[Invoice]
    bills: Rows[Bill]
    overheads: Rows[Overhead]
    cost_rates: Floats  # [overheads, months + 1 + ahead, BASES] of a month [cents/unit of a basis]
    cost_bases: Floats  # [months + 1 + ahead, BASES] what overheads go by, see `cost_bases`
    bases_used: Ints  # [BASES] 1: a cost line goes by it
    raises: Rows[Raise]
    policy: Rows[Policy]
    loan_programme: Rows[LoanProgramme]
    loan_programme_covenants: Rows[Covenant]  # [KINDS of covenants] as a new loan of it gets them
    capital_raising: Rows[CapitalRaising]
    offers: Ints  # [offers of the world] what became of each, see `demand`
    count: Ints  # type: ignore[assignment]  # [N_NOUNS]; a tuple has a method of this name
    due: Ints  # event calendar [N_PHASES, widest noun]
    outbox: Ints  # keys
    plan: Ints  # [contracts, months + 1 + foresight] invoices planned, less credits [cents]
    planned: Ints  # [contracts, months + 1 + foresight] revenue planned at signing [cents]
    base_case: Ints  # `plan` at the lowest price, if one follows an index; 0 rows: none does
    received: Ints  # [contracts, months + 1] invoices paid, of contracts of a loan [cents]
    own_cash: Ints  # [facilities, months + 1] cash of its contracts for debt service [cents]
    own_service: Ints  # [facilities, months + 1] its debt service [cents]
    loan_months: Ints  # [facilities, N_LOAN_MONTHS, months + 1] what each loan is in a month
    covenant_tests: Ints  # [facilities, KINDS, COUNTED or NEEDED, months + 1] as tested, uncured
    sized: Ints  # [CAPS of sizing] commitments by the cap that set them [cents]
    earned: Ints  # [contracts, months + 1] revenue by month, recharges too [cents]; 0 rows: off
    contract_moves: Ints  # [contracts, N_MOVES, N_CAUSES + 1] of the run [cents]; 0 rows: off
    site_months: Ints  # [sites and no site, N_SITE_MONTHS, months + 1], see there; 0 rows: off
    fleet: Ints  # [gens, N_FLEET, months + 1] what each generation did in a month
    course: Floats  # [gens, years + 1] of depreciation, see `depreciation.course_after`
    waiting: Ints  # tranches that wait for GPUs, by (priority, row)
    needing: Ints  # orders that wait for funding, by row
    unsettled: Ints  # tranches that are not settled, by row, see `unsettled`
    coming: Ints  # orders that are neither accepted nor withdrawn, by row
    waits: Ints  # [tranches, N_CAUSES] slipped value booked to each cause so far [cents]
    slips: Ints  # [N_CAUSES] value that slipped, by cause, see `book_slippage` [cents]
    dropped: Ints  # [tranches, N_CAUSES] value lost to each by default, notice or long stop [cents]
    breakage: Ints  # [contracts, 2 N_CAUSES] of what was cancelled, then expired [cents]
    schedule: Ints  # [rows, payment dates] principal due on each, of opening debt [cents]
    lease_schedule: Ints  # [months + 1 + foresight] fixed rent of the opening leases [cents]
    share_price: Floats  # [months + 1] stated path [cents/share]; 0: none
    payables: Ints  # [months + 13 + foresight] operating costs that fall due in a month [cents]
    tax_schedule: Ints  # [months + 1] tax depreciation from earlier additions [cents]
    owed: Ints  # [N_STEPS] due and unpaid after the last waterfall [cents]
    steps: Ints  # [N_STEPS] waterfall order; NONE where unused
    payments_due: Ints  # [6, N_STEPS + 4 x facilities] work space, see `waterfall`
    days: Ints  # [N_CAUSES] work space
    moved: Ints  # [vintages] work space, zeros between rules, see `book_moved` [cents]
    standstill: Ints  # [sites with outages, 32] of the month under way, see `outages` [s]
    foreseen: Rows[Foreseen]  # work space: the balance that is foreseen
    outlook: Ints  # [months + 1 + foresight] work space: expected net flow, see `outlook` [cents]
    interest_ahead: Ints  # [facilities and a deal's loan, as `outlook`] work space: when interest
    # falls due that is drawn for [cents]; 0 rows: none is
    expected: Ints  # [N_EXPECTED, sites, as `outlook`] work space: sites by month
    sources: Ints  # [N_SOURCES] funding order; NONE where unused
    ledger: Ints  # [N_ACCOUNTS, months + 1] debits less credits; column 0 is the opening balance
    balance: Ints  # [N_ACCOUNTS] running
    backlog: Ints  # [vintages, N_MOVES, N_CAUSES + 1, months + 1]; last cause: none
    marks: Ints  # 1 for each line of CELLS_A_MARK cells of the backlog that was written to
    stocks: Ints  # [N_STOCKS, months + 1], see economics/closing/month_end.py
    journal: Rows[Posting]  # 0 rows: off


class World(NamedTuple):
    """What is drawn, and the calendar. Columns [months + 1] start with the as-of month.

    foresight: as in State. Luck is drawn for the months of the run; the calendar goes on beyond it.
    """

    month_end: Ints  # [months + 1 + foresight] last day of each month, as far as anybody looks
    market: Ints  # [months + 1] 0 glut, 1 balanced, 2 scarce
    rental_index: Floats  # [gens, months + 1] price at which hours clear [cents/GPU-hour]
    on_demand_price: Floats  # [gens, months + 1] list price, which follows [cents/GPU-hour]
    on_demand_use: Floats  # [gens, months + 1] share of offered GPU-hours sold
    term_ratio: Floats  # [terms + 1] contract price by months of term, as a share of the index
    hardware_factor: Floats  # [gens, months + 1] price of hardware, 1 at as-of
    resale: Floats  # [gens, months + 1] a used GPU as good as new [cents/GPU]
    residual: Floats  # [years + 1] resale value by years of age, as a share of new
    base_rate: Floats  # [months + 1] [1/year]
    spread: Floats  # [months + 1] shift of new loans' margins [1/year]
    market_open: Ints  # [months + 1] 1: new loans can close
    hall_delay: Ints  # [halls] [days]
    power_delay: Ints  # [halls] [days] beyond the hall's own
    standstill: Ints  # [sites with outages, days + 1] stood still since the as-of day [s]
    lead_days: Ints  # [gens, months + 1] of an order placed in that month
    fitout_days: Ints  # [orders]
    acceptance_days: Ints  # [orders]
    collection_delay: Ints  # [payers, months + 1] an invoice of the month is paid so late [days]
    default_day: Ints  # [customers] the day it stops paying; NEVER
    walk_away: Floats  # [tranches] below the right's use: the customer cancels after the long stop
    renewal: Floats  # [tranches] below the chance of it: the tranche is renewed
    failure_factor: Floats  # [gens, months + 1] on that month's failures, 1 on average
    offers: Rows[Offer]  # in order of day, those of one day in a drawn order
