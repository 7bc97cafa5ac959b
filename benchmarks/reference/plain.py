"""The reference model as a SimPy user would write it: processes, events, dataclasses, no gpusim.

Written from the definitions of the words, not from gpusim's rules. `run` plays one replication
from drawn numbers (`Drawn`) and returns quarterly rows of whole cents. Ties within a day go by
the order of a day (`Phase`), then by number, so `At` gives SimPy both as the event's priority.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from bisect import insort
from collections.abc import Callable, Generator
from dataclasses import astuple, dataclass, field, fields
from enum import IntEnum

import simpy

# --- the model: the figures of model.toml, money in cents --------------------------------------

AS_OF = dt.date(2025, 12, 31)
MONTHS = 120
OPENING_CASH = 600_000_000_00
MINIMUM_CASH = 50_000_000_00
ON_DEMAND_SHARE = 0.5
CASH_YIELD_MARGIN = -0.0025
ORDER_AHEAD_DAYS = 10
PAYABLES_MONTHS = 1

GPU_KW = 2.08
GPU_WATTS = 2_080
GPU_PRICE = 76_400_00
DEPOSIT_SHARE = 0.10
SUPPLIER_DAYS = 45
BOOK_LIFE_MONTHS, ECONOMIC_LIFE_MONTHS = 72, 132
REUSE_WAIT_DAYS = 30
LEAD_DAYS, FITOUT_DAYS, ACCEPTANCE_DAYS = 120, 30, 20  # planned
BUILT_DAYS = LEAD_DAYS + FITOUT_DAYS + ACCEPTANCE_DAYS

PUE, LOAD_FACTOR, MINIMUM_TAKE = 1.25, 0.8, 0.3
TARIFF = 6.0  # a kWh
GRID_CHARGE, RENT, VARIABLE_RENT, STAFF = 400.0, 11_000.0, 1_000.0, 600.0  # a kW-month
HALLS = (
    (30_000_000, dt.date(2025, 12, 31)),
    (30_000_000, dt.date(2026, 7, 1)),
    (30_000_000, dt.date(2026, 12, 1)),
    (40_000_000, dt.date(2027, 5, 1)),
    (40_000_000, dt.date(2027, 11, 1)),
    (40_000_000, dt.date(2028, 6, 1)),
    (40_000_000, dt.date(2029, 1, 1)),
)  # watts, planned day of handover and power

OFFICE, OFFICE_GROWTH, OFFICE_SHARE = 4_000_000_00, 0.03, 0.02  # a month, a year, of revenue

TERM_RATIO = {36: 0.68, 48: 0.64, 60: 0.61}
CAPITAL_RATE = 0.08
PREPAID_DAYS_BEFORE = 40
CREDIT_MONTHS = 12
PATIENCE_DAYS = 90

SERVICE = ("fees_due", "interest_due", "principal_due")
"""Of a loan, as it is paid."""
HOURS_PER_DAY = 24
HOURS_PER_MONTH = 730.0
DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class LoanTerms:
    commitment: int
    available_to: dt.date
    margin: float
    undrawn_fee: float
    months: int
    grace_months: int
    reserve_share: float
    base_floor: float = 0.03
    maturity_month: int = 102  # June 2034


@dataclass(frozen=True)
class AnchorTerms:
    price: int  # cents per GPU-hour
    term_months: int
    payment_days: int
    loan_share: float
    gpus: int  # of each tranche
    starts: tuple[dt.date, ...]
    dedicated: bool


LOANS = (
    LoanTerms(450_000_000_00, dt.date(2027, 9, 30), 0.0225, 0.005, 60, 3, 0.02),
    LoanTerms(260_000_000_00, dt.date(2028, 12, 31), 0.0350, 0.010, 48, 0, 0.03),
)
ANCHORS = (
    AnchorTerms(
        290,
        60,
        30,
        0.7,
        2_000,
        (dt.date(2026, 8, 1), dt.date(2026, 11, 1), dt.date(2027, 2, 1), dt.date(2027, 5, 1)),
        True,
    ),
    AnchorTerms(
        280,
        48,
        45,
        0.6,
        1_500,
        (dt.date(2027, 1, 1), dt.date(2027, 7, 1), dt.date(2028, 1, 1), dt.date(2028, 7, 1)),
        False,
    ),
)


class Phase(IntEnum):
    """The order of a day.

    News and hand-overs; what customers pay and what leaves; offers, orders and their money;
    deliveries, service, acceptance; what starts; suppliers' bills; the books.
    """

    LAPSE = 1
    HANDOVER = 2
    ENERGISE = 3
    PREPAY = 4
    COLLECT = 5
    END = 6
    LONG_STOP = 7
    OFFER = 8
    NEED = 9
    FUND = 10
    PLACE = 11
    DELIVER = 12
    INSTALL = 13
    FITTED = 14
    ACCEPT = 15
    FALL_DUE = 16
    ALLOCATE = 17
    START = 18
    PAY = 19
    MONTH = 20


class Stage(IntEnum):
    """How far an order has come."""

    WANTED = 0
    PLACED = 1
    DELIVERED = 2
    IN_SERVICE = 3
    ACCEPTED = 4


# --- what was drawn ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offer:
    day: int
    gpus: int
    term_days: int
    start_days: int
    prepayment_share: float
    payment_days: int
    willingness: float
    walks: bool
    fitout_days: int
    acceptance_days: int


@dataclass(frozen=True)
class Drawn:
    """One replication's luck. Lists by month start with the as-of month."""

    month_end: list[int]  # day numbers since 1970
    rental_index: list[float]  # cents per GPU-hour
    on_demand_price: list[float]
    on_demand_use: list[float]
    hardware_factor: list[float]
    base_rate: list[float]
    lead_days: list[int]
    hall_delay: list[int]
    power_delay: list[int]
    anchor_fitout: list[int]
    anchor_acceptance: list[int]
    offers: list[Offer]


# --- what the business is made of -----------------------------------------------------------------


@dataclass(slots=True)
class Hall:
    number: int
    watts: int
    planned: int
    handover: int
    powered: bool = False


@dataclass(eq=False, slots=True)
class Contract:
    number: int
    payment_days: int
    prepayment: int = 0  # still to be invoiced
    credited_months: int = 0
    renewable: bool = False  # a renewal stands in its terms
    dedicated: bool = False  # served by what is bought for it
    loan: Loan | None = None
    balance: int = 0  # deferred revenue
    credit_last: int | None = None  # month
    earned: int = 0  # this month
    open: int = 1  # terms that are not over


@dataclass(eq=False, slots=True)
class Tranche:
    number: int
    contract: Contract
    gpus: int
    value: int
    planned_start: int
    term_days: int
    walks: bool
    granted: simpy.Event
    start: int | None = None
    recognised: int = 0
    lost: int = 0
    over: bool = False
    order: Order | None = None  # of GPUs that are still to come
    promised: int = 0  # GPUs of the pool, until it starts
    held: int = 0  # of those, the ones that are there

    def __lt__(self, other: Tranche) -> bool:
        return self.number < other.number


@dataclass(eq=False, slots=True)
class Loan:
    number: int
    terms: LoanTerms
    fee_through: int
    open: bool = True
    used: int = 0
    promised: int = 0
    principal: int = 0
    fees: int = 0  # accrued, not yet due
    interest: int = 0
    fees_due: int = 0
    interest_due: int = 0
    principal_due: int = 0
    held: int = 0  # in its reserve
    draws: list[Draw] = field(default_factory=list)

    @property
    def room(self) -> int:
        return max(self.terms.commitment - self.used - self.promised, 0) if self.open else 0

    @property
    def reserve(self) -> int:
        """A share of the balance that is not due."""
        balance = self.principal - self.principal_due
        return min(cents(balance * self.terms.reserve_share), balance)

    def rate(self, base: float) -> float:
        return max(base, self.terms.base_floor) + self.terms.margin


@dataclass(eq=False, slots=True)
class Draw:
    principal: int
    day: int
    first_month: int
    instalments: int
    due: int = 0


@dataclass(eq=False, slots=True)
class Order:
    number: int
    gpus: int
    planned: int
    fitout_days: int
    acceptance_days: int
    funded: simpy.Event
    installed: simpy.Event
    loan: Loan | None = None
    loan_share: float = 0.0
    cost: int = 0
    tranche: Tranche | None = None  # that it is for, or was bought for; none: the pool
    from_loan: int = 0
    from_cash: int = 0
    stage: Stage = Stage.WANTED
    since: int = 0  # day on which it came so far

    def __lt__(self, other: Order) -> bool:
        return self.number < other.number

    @property
    def watts(self) -> int:
        return self.gpus * GPU_WATTS


@dataclass(slots=True)
class Bill:
    amount: int


@dataclass(slots=True)
class Asset:
    order: Order
    cost: int
    day: int
    life_days: int
    retires: int
    charged: int = 0


@dataclass(slots=True)
class Row:
    """A period: flows, then balances at its end; cents unless said."""

    revenue: int = 0
    revenue_on_demand: int = 0
    cost_of_revenue: int = 0
    depreciation: int = 0
    administration: int = 0
    interest_expense: int = 0
    interest_income: int = 0
    backlog_signed: int = 0
    backlog_recognised: int = 0
    backlog_cancelled: int = 0
    tranches_started: int = 0
    tranches_lapsed: int = 0
    cash: int = 0
    restricted_cash: int = 0
    receivables: int = 0
    supplier_deposits: int = 0
    construction_in_progress: int = 0
    ppe_gross: int = 0
    accumulated_depreciation: int = 0
    payables_operating: int = 0
    payables_capex: int = 0
    accrued_interest: int = 0
    deferred_revenue: int = 0
    debt_principal: int = 0
    backlog: int = 0
    slipped: int = 0
    live_tranches: int = 0
    idle_gpus: int = 0
    waiting_gpus: int = 0
    deferred_orders: int = 0


COLUMNS = tuple(f.name for f in fields(Row))
FLOWS = COLUMNS.index("cash")
"""The first columns are flows, the others balances."""


class At(simpy.Event):
    """A phase of a day; of several the lower number comes first."""

    def __init__(self, env: simpy.Environment, day: int, phase: Phase, number: int = 0) -> None:
        super().__init__(env)
        self._ok = True
        self._value = phase
        env.schedule(self, priority=(phase << 24) + number, delay=day - env.now)


def cents(x: float) -> int:
    """To the nearest cent, halves up."""
    return math.floor(x + 0.5)


EPOCH = dt.date(1970, 1, 1).toordinal()


def day_of(date: dt.date) -> int:
    return date.toordinal() - EPOCH


def later(day: int, months: int) -> int:
    """The same day of the month so many months later, or the month's last if it is shorter."""
    date = dt.date.fromordinal(EPOCH + day)
    years, month = divmod(date.month - 1 + months, 12)
    last = calendar.monthrange(date.year + years, month + 1)[1]
    return day_of(dt.date(date.year + years, month + 1, min(date.day, last)))


def straight_line(amount: int, days: int, of: int) -> int:
    """What a level charge or revenue adds up to after some of its days."""
    return amount * min(max(days, 0), of) // of


def level_payment(principal: int, rate: float, instalments: int) -> float:
    """Ordinary annuity: the payment whose present value is the principal."""
    worth, factor = 0.0, 1.0
    for _ in range(instalments):
        factor /= 1.0 + rate
        worth += factor
    return principal / worth


def power_bill(load: float, powered: float, days: float) -> float:
    """Energy, which the load factor lowers, and demand, which it does not; kW-days, cents.

    Of either at least the minimum take of what is energised.
    """
    least = powered * MINIMUM_TAKE
    energy = max(load * LOAD_FACTOR, least) * HOURS_PER_DAY * TARIFF
    return PUE * (energy + max(load, least) / days * GRID_CHARGE)


DAYS = HOURS_PER_MONTH / HOURS_PER_DAY
GPU_HOUR_COST = (
    level_payment(GPU_PRICE, CAPITAL_RATE / 12, ECONOMIC_LIFE_MONTHS)
    + GPU_KW * (RENT + VARIABLE_RENT + STAFF)
    + GPU_KW * power_bill(DAYS, DAYS, DAYS)
) / HOURS_PER_MONTH
"""Capital over the economic life, space, staff and power of a full hall."""


class Operator:
    """The firm, and the processes that happen to it."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.env = simpy.Environment(initial_time=drawn.month_end[0])
        self.month = 1
        self.events = 0
        self.rung: dict[Phase, int] = {}
        # money
        self.cash = OPENING_CASH
        self.cash_days = OPENING_CASH * (drawn.month_end[1] - drawn.month_end[0])
        self.reserved_cash = 0
        self.restricted_cash = 0
        self.receivables = 0
        self.supplier_deposits = 0
        self.construction_in_progress = 0
        self.gross = 0
        self.accumulated = 0
        self.payables_capex = 0
        self.operating_due = [0] * (MONTHS + 1 + PAYABLES_MONTHS)
        self.operating_owed = 0
        self.payables_operating = 0
        self.accrued_interest = 0
        self.deferred_revenue = 0
        self.office = float(OFFICE)
        # customers
        self.contracts: list[Contract] = []
        self.live: list[Tranche] = []
        self.waiting: list[Tranche] = []
        self.slipping: list[Tranche] = []
        self.promises: list[Tranche] = []  # tranches to which GPUs of the pool are promised
        self.unrenewed: list[Tranche] = []  # whose end is known: no renewal is in their terms
        self.tranches = 0
        self.backlog = 0
        # plant
        self.halls = [
            Hall(n, watts, day_of(planned), day_of(planned) + drawn.hall_delay[n])
            for n, (watts, planned) in enumerate(HALLS)
        ]
        self.handed_watts = self.powered_watts = self.used_watts = self.load_watts = 0
        self.handed_days = self.powered_days = self.load_days = 0
        self.site_counted = self.pool_counted = self.today
        self.ordered_watts = 0  # of orders not yet installed
        self.free = 0
        self.promised = 0  # to tranches that have not started; perhaps more than are free
        self.held = 0  # of the free ones, those set aside
        self.free_days = 0
        self.orders = 0
        self.needing: list[Order] = []
        self.coming: list[Order] = []  # placed, not accepted
        self.delivered: list[Order] = []
        self.overdue: list[Bill] = []
        self.assets: list[Asset] = []
        self.loans = [Loan(n, terms, self.today) for n, terms in enumerate(LOANS)]
        self.row = Row()
        self.rows: list[Row] = []

    # --- time ---

    @property
    def today(self) -> int:
        return int(self.env.now)

    def at(self, day: int, phase: Phase, number: int = 0) -> At:
        return At(self.env, day, phase, number)

    def ring(self, phase: Phase, action: Callable[[], None], day: int | None = None) -> None:
        """Have a pass run once in its phase of a day, today if not said."""
        when = self.today if day is None else day
        if self.rung.get(phase) != when:
            self.rung[phase] = when
            self.env.process(self.once(when, phase, action))

    def once(self, day: int, phase: Phase, action: Callable[[], None]) -> Generator:
        yield self.at(day, phase)
        self.events += 1
        action()

    def move_cash(self, amount: int) -> None:
        """Cash comes or goes; it earns interest by the balance at each day's end."""
        self.cash += amount
        self.cash_days += amount * (self.drawn.month_end[self.month] - self.today + 1)

    # --- plant ---

    def count_site(self, through: int) -> None:
        days = through - self.site_counted
        self.handed_days += self.handed_watts * days
        self.powered_days += self.powered_watts * days
        self.load_days += self.load_watts * days
        self.site_counted = through

    def count_pool(self, through: int) -> None:
        self.free_days += self.free * (through - self.pool_counted)
        self.pool_counted = through

    def hall(self, hall: Hall) -> Generator:
        """Handed over late or not, then powered."""
        late = hall.handover > self.today
        if late:
            yield self.at(hall.handover, Phase.HANDOVER, hall.number)
            self.events += 1
            self.count_site(self.today - 1)
        self.handed_watts += hall.watts
        if late:
            power = self.today + self.drawn.power_delay[hall.number]
            yield self.at(power, Phase.ENERGISE, hall.number)
            self.events += 1
            self.count_site(self.today - 1)
            self.ring(Phase.INSTALL, self.install)
        hall.powered = True
        self.powered_watts += hall.watts

    def power_day(self, watts: int) -> int | None:
        """The announced day from which there is power for so many more watts."""
        missing = self.used_watts + self.ordered_watts + watts - self.powered_watts
        if missing <= 0:
            return self.today
        for hall in sorted((h for h in self.halls if not h.powered), key=lambda h: h.planned):
            missing -= hall.watts
            if missing <= 0:
                return hall.planned
        return None

    def install(self) -> None:
        """Delivered orders move into powered halls, in order; one that does not fit is skipped."""
        left = []
        for order in self.delivered:
            if self.used_watts + order.watts <= self.powered_watts:
                self.used_watts += order.watts
                self.ordered_watts -= order.watts
                order.installed.succeed()
            else:
                left.append(order)
        self.delivered = left

    # --- orders ---

    def new_order(self, gpus: int, planned: int, fitout: int, acceptance: int) -> Order:
        events = self.env.event(), self.env.event()
        order = Order(self.orders, gpus, planned, fitout, acceptance, *events)
        self.orders += 1
        self.ordered_watts += order.watts
        return order

    def order(self, order: Order) -> Generator:
        """Funded, placed, delivered, fitted out, accepted."""
        n = order.number
        yield self.at(order.planned, Phase.NEED, n)
        self.events += 1
        self.reuse(order)
        if order.gpus == 0:
            return
        order.cost = self.price(order.gpus)
        insort(self.needing, order)
        self.ring(Phase.FUND, self.fund)

        yield order.funded
        yield self.at(self.today, Phase.PLACE, n)
        self.events += 1
        deposit = cents(order.cost * DEPOSIT_SHARE)
        from_promise = min(order.from_cash, deposit)
        order.from_cash -= from_promise
        self.reserved_cash -= from_promise
        self.move_cash(-deposit)
        self.supplier_deposits += deposit
        self.reach(order, Stage.PLACED)
        self.coming.append(order)

        lead = self.drawn.lead_days[self.month]
        yield self.at(self.today + lead, Phase.DELIVER, n)
        self.events += 1
        self.supplier_deposits -= deposit
        self.construction_in_progress += order.cost
        self.payables_capex += order.cost - deposit
        self.env.process(self.bill(order, Bill(order.cost - deposit)))
        self.reach(order, Stage.DELIVERED)
        insort(self.delivered, order)
        self.ring(Phase.INSTALL, self.install)

        yield order.installed
        yield self.at(self.today + order.fitout_days, Phase.FITTED, n)
        self.events += 1
        self.construction_in_progress -= order.cost
        self.gross += order.cost
        life = later(self.today, BOOK_LIFE_MONTHS) - self.today
        retires = later(self.today, ECONOMIC_LIFE_MONTHS)
        self.assets.append(Asset(order, order.cost, self.today, life, retires))
        self.reach(order, Stage.IN_SERVICE)
        self.count_site(self.today - 1)
        self.load_watts += order.watts

        yield self.at(self.today + order.acceptance_days, Phase.ACCEPT, n)
        self.events += 1
        self.reach(order, Stage.ACCEPTED)
        self.coming.remove(order)
        self.give_back(order.gpus)
        if order.tranche is not None:
            order.tranche.order = None
            self.claim(order.tranche, order.gpus, order.gpus)

    def reach(self, order: Order, stage: Stage) -> None:
        order.stage = stage
        order.since = self.today

    def price(self, gpus: int) -> int:
        """What GPUs cost today: within a month the price moves by its days."""
        drawn, month = self.drawn, self.month
        first, last = drawn.month_end[month - 1], drawn.month_end[month]
        before, after = drawn.hardware_factor[month - 1], drawn.hardware_factor[month]
        part = (self.today - first) / (last - first)
        return cents(gpus * GPU_PRICE * (before + (after - before) * part))

    def fund(self) -> None:
        """Promise money to waiting orders, in order; one that cannot be paid for is skipped.

        While GPUs are free and set aside for nobody they ask again what need not be bought.
        """
        for order in self.needing:
            if self.free > self.held:
                self.reuse(order)
        self.needing = [order for order in self.needing if order.gpus > 0]
        left = []
        for order in self.needing:
            if self.promise(order):
                order.funded.succeed()
            else:
                left.append(order)
        self.needing = left

    def promise(self, order: Order) -> bool:
        """The whole cost from loan and cash, or nothing; the loan does not pay the deposit."""
        loan = 0
        if order.loan is not None:
            rest = order.cost - cents(order.cost * DEPOSIT_SHARE)
            loan = min(order.loan.room, cents(order.cost * order.loan_share), rest)
        own = order.cost - loan
        overdue = sum(bill.amount for bill in self.overdue)
        if own > self.cash - self.reserved_cash - MINIMUM_CASH - self.unpaid() - overdue:
            return False
        order.from_loan, order.from_cash = loan, own
        self.reserved_cash += own
        if order.loan is not None:
            order.loan.promised += loan
        return True

    def bill(self, order: Order, bill: Bill) -> Generator:
        """The supplier is paid on the day, with the loan's part drawn."""
        yield self.at(self.today + SUPPLIER_DAYS, Phase.PAY, order.number)
        self.events += 1
        loan = order.loan
        if loan is not None and order.from_loan > 0:
            loan.promised -= order.from_loan
            if loan.open:
                self.draw(loan, min(order.from_loan, loan.terms.commitment - loan.used))
            self.release(loan)
        self.reserved_cash -= order.from_cash
        self.pay_supplier(bill, max(self.cash - self.unpaid(), 0))
        if bill.amount > 0:
            self.overdue.append(bill)

    def unpaid(self) -> int:
        """What fell due before, ranks before suppliers and waits for cash."""
        return self.operating_owed + sum(getattr(one, due) for due in SERVICE for one in self.loans)

    def pay_supplier(self, bill: Bill, available: int) -> int:
        paid = min(bill.amount, available)
        bill.amount -= paid
        self.move_cash(-paid)
        self.payables_capex -= paid
        return paid

    # --- debt ---

    def draw(self, loan: Loan, amount: int) -> None:
        if amount <= 0:
            return
        terms = loan.terms
        first = self.month + terms.grace_months + 1
        last = min(self.month + terms.months, terms.maturity_month)
        self.accrue_fee(loan, self.today)
        loan.draws.append(Draw(amount, self.today, first, last - first + 1))
        loan.used += amount
        loan.principal += amount
        self.move_cash(amount)

    def accrue_fee(self, loan: Loan, through: int) -> None:
        """Undrawn fee, actual/360, up to the end of a day."""
        if loan.open:
            unused = loan.terms.commitment - loan.used
            days = through - loan.fee_through
            fee = cents(unused * loan.terms.undrawn_fee * days / 360)
            loan.fees += fee
            self.accrued_interest += fee
            self.row.interest_expense += fee
        loan.fee_through = through

    def availability(self, loan: Loan) -> Generator:
        """What is not drawn by the end of the availability period is lost."""
        yield self.at(day_of(loan.terms.available_to) + 1, Phase.LAPSE, loan.number)
        self.events += 1
        self.accrue_fee(loan, self.today - 1)
        loan.open = False

    def accrue_interest(self, loan: Loan) -> None:
        base = self.drawn.base_rate[self.month]
        month_days = self.today - self.drawn.month_end[self.month - 1]
        for draw in loan.draws:
            days = min(self.today - draw.day, month_days)
            interest = cents(draw.principal * loan.rate(base) * days / 360)
            loan.interest += interest
            self.accrued_interest += interest
            self.row.interest_expense += interest
        self.accrue_fee(loan, self.today)

    def fall_due(self, loan: Loan) -> None:
        """Fees and interest of the month, and the instalments of the draws."""
        loan.fees_due += loan.fees
        loan.interest_due += loan.interest
        loan.fees = loan.interest = 0
        rate = loan.rate(self.drawn.base_rate[self.month]) / 12
        for draw in loan.draws:
            left = draw.principal - draw.due
            if left == 0 or self.month < draw.first_month:
                continue
            due = left
            if draw.instalments > 1:
                due = cents(level_payment(left, rate, draw.instalments) - left * rate)
                due = min(max(due, 0), left)
            draw.instalments -= 1
            draw.due += due
            loan.principal_due += due

    def repay(self, loan: Loan, amount: int) -> None:
        paid = amount
        loan.principal -= amount
        loan.principal_due -= amount
        for draw in loan.draws:
            part = min(amount, draw.due)
            draw.due -= part
            draw.principal -= part
            amount -= part
        loan.draws = [draw for draw in loan.draws if draw.principal > 0]
        if paid > 0:
            self.release(loan)

    def release(self, loan: Loan) -> None:
        """What a loan was lent on is looked at anew tomorrow if nothing is owed or promised."""
        if loan.principal + loan.promised > 0:
            return
        if self.needing:
            self.ring(Phase.FUND, self.fund, self.today + 1)
        if self.waiting and self.free > self.held:
            self.ring(Phase.ALLOCATE, self.allocate, self.today + 1)

    # --- customers ---

    def customers(self) -> Generator:
        """Everyone who asks, in order of day."""
        offers = sorted(self.drawn.offers, key=lambda offer: offer.day)
        for offer in offers:
            yield self.at(offer.day, Phase.OFFER)
            self.events += 1
            self.decide(offer)

    def decide(self, offer: Offer) -> None:
        """Sign at the market's price of the term if there is capacity and it pays."""
        from_pool = self.free - self.promised >= offer.gpus
        powered = self.today if from_pool else self.power_day(offer.gpus * GPU_WATTS)
        months = int(offer.term_days / DAYS_PER_MONTH + 0.5)
        ask = self.drawn.rental_index[self.month] * TERM_RATIO[months]
        if powered is None or (not from_pool and ask < GPU_HOUR_COST) or offer.willingness < 1.0:
            return
        start = self.today + max(offer.start_days, 1)
        if not from_pool:
            start = max(start, self.today + BUILT_DAYS, powered + FITOUT_DAYS + ACCEPTANCE_DAYS)
        value = cents(ask * HOURS_PER_DAY * offer.gpus * offer.term_days)
        contract = Contract(
            len(self.contracts),
            offer.payment_days,
            cents(value * offer.prepayment_share),
            CREDIT_MONTHS,
            renewable=True,
        )
        tranche = self.sign(contract, offer.gpus, value, start, offer.term_days, offer.walks)
        if from_pool:
            self.claim(tranche, offer.gpus, offer.gpus)
        else:
            planned = max(start - BUILT_DAYS, self.today)
            order = self.new_order(offer.gpus, planned, offer.fitout_days, offer.acceptance_days)
            order.tranche = tranche
            tranche.order = order
            self.env.process(self.order(order))

    def sign(
        self, contract: Contract, gpus: int, value: int, start: int, term: int, walks: bool
    ) -> Tranche:
        """A contract of one tranche."""
        self.contracts.append(contract)
        self.row.backlog_signed += value
        tranche = self.new_tranche(contract, gpus, value, start, term, walks)
        self.env.process(self.tranche(tranche))
        if contract.prepayment > 0:
            day = max(start - PREPAID_DAYS_BEFORE, self.today + 1)
            self.env.process(self.prepayment(contract, day))
        return tranche

    # --- whose GPUs serve whom ---

    def claim(self, tranche: Tranche, gpus: int, there: int) -> None:
        """GPUs of the pool are promised to a tranche; those that are there are set aside.

        They go on earning on demand until it starts.
        """
        if tranche.promised == 0:
            insort(self.promises, tranche, key=lambda one: (one.planned_start, one.number))
        tranche.promised += gpus
        self.promised += gpus
        self.set_aside(tranche, there)

    def set_aside(self, tranche: Tranche, gpus: int) -> None:
        tranche.held += gpus
        self.held += gpus

    def disclaim(self, tranche: Tranche) -> None:
        """It has its GPUs, or will have none: what was promised is free, its order is let go."""
        if tranche.promised > 0:
            self.promises.remove(tranche)
            self.promised -= tranche.promised
            self.held -= tranche.held
            tranche.promised = tranche.held = 0
        order, tranche.order = tranche.order, None
        if order is not None:
            order.tranche = None
            if order.stage == Stage.WANTED:
                self.needing.remove(order)
                self.ordered_watts -= order.watts

    def reuse(self, order: Order) -> None:
        """A tranche takes GPUs that will do off the number that is ordered for it."""
        tranche = order.tranche
        assert tranche is not None
        if tranche.contract.dedicated:
            return
        gpus = min(self.to_be_had(tranche), order.gpus)
        if gpus <= 0:
            return
        order.cost -= order.cost * gpus // order.gpus
        order.gpus -= gpus
        self.ordered_watts -= gpus * GPU_WATTS
        if order.gpus == 0:
            tranche.order = None
        self.claim(tranche, gpus, min(gpus, max(self.free - self.promised, 0)))
        if tranche in self.waiting:
            self.ring(Phase.ALLOCATE, self.allocate)

    def to_be_had(self, tranche: Tranche) -> int:
        """The lesser of what is free in time and promised to nobody, and of what will do."""
        by = max(tranche.planned_start + REUSE_WAIT_DAYS, self.today + BUILT_DAYS)
        if tranche.contract.credited_months:  # it has a long stop
            by = min(by, tranche.planned_start + PATIENCE_DAYS - 1)
        by = max(by, tranche.planned_start, self.today)
        gpus = self.free - self.promised
        gpus += sum(other.gpus for other in self.unrenewed if self.frees_on(other) <= by)
        for order in self.coming:
            if order.tranche is None and self.accepted_on(order) <= by:
                gpus += order.gpus
        return min(gpus, self.suitable(tranche, by)) if gpus > 0 else 0

    def frees_on(self, tranche: Tranche) -> float:
        """Day on which its GPUs are another's, as known today."""
        if tranche.over or tranche.contract.renewable:
            return math.inf
        if tranche.start is not None:
            return tranche.start + tranche.term_days
        if tranche.order is not None and tranche.order.stage == Stage.WANTED:
            return math.inf
        return max(tranche.planned_start, self.today) + tranche.term_days

    def accepted_on(self, order: Order) -> int:
        """Day on which an order that is placed should be accepted."""
        if order.stage == Stage.IN_SERVICE:
            return max(order.since + ACCEPTANCE_DAYS, self.today)
        delivered = self.today
        if order.stage == Stage.PLACED:
            delivered = max(order.since + LEAD_DAYS, delivered)
        return delivered + FITOUT_DAYS + ACCEPTANCE_DAYS

    def suitable(self, tranche: Tranche, by: int) -> int:
        """GPUs that live through its term, are nobody's by then, and on which no other lent."""
        until = max(tranche.planned_start, self.today) + tranche.term_days
        lasting = [asset.order for asset in self.assets if asset.retires >= until]
        lasting += [order for order in self.coming if order.stage < Stage.IN_SERVICE]
        return sum(o.gpus for o in lasting if self.changes_hands(o, tranche, by))

    def suitable_there(self, tranche: Tranche) -> int:
        """Those that will do today and are accepted."""
        until = max(tranche.planned_start, self.today) + tranche.term_days
        lasting = [asset.order for asset in self.assets if asset.retires >= until]
        there = [order for order in lasting if order.stage == Stage.ACCEPTED]
        return sum(o.gpus for o in there if self.changes_hands(o, tranche, self.today))

    def changes_hands(self, order: Order, tranche: Tranche, by: int) -> bool:
        user = order.tranche
        if user is not None and not user.over and self.frees_on(user) > by:
            return False
        own = tranche.contract.loan
        if order.loan is None or own is None or order.loan is own:
            return True
        return order.loan.principal + order.loan.promised == 0

    def new_tranche(
        self, contract: Contract, gpus: int, value: int, start: int, term: int, walks: bool
    ) -> Tranche:
        granted = self.env.event()
        tranche = Tranche(self.tranches, contract, gpus, value, start, term, walks, granted)
        self.tranches += 1
        self.backlog += value
        self.slipping.append(tranche)
        return tranche

    def prepayment(self, contract: Contract, day: int) -> Generator:
        """Invoiced on its day; deferred revenue once it is received."""
        yield self.at(day, Phase.PREPAY, contract.number)
        self.events += 1
        amount, contract.prepayment = contract.prepayment, 0
        yield self.at(self.today + contract.payment_days, Phase.COLLECT)
        self.events += 1
        contract.balance += amount
        self.deferred_revenue += amount
        self.receive(amount)

    def invoice(self, contract: Contract, amount: int) -> Generator:
        yield self.at(self.today + contract.payment_days, Phase.COLLECT)
        self.events += 1
        self.receivables -= amount
        self.receive(amount)

    def receive(self, amount: int) -> None:
        self.move_cash(amount)
        if self.needing:
            self.ring(Phase.FUND, self.fund)

    def tranche(self, tranche: Tranche) -> Generator:
        """Falls due, waits in the queue or walks away, bills, ends."""
        n = tranche.number
        yield self.at(tranche.planned_start, Phase.FALL_DUE, n)
        self.events += 1
        insort(self.waiting, tranche)
        self.ring(Phase.ALLOCATE, self.allocate)
        if tranche.contract.credited_months:  # only anchors have no long stop
            patience = self.at(self.today + PATIENCE_DAYS, Phase.LONG_STOP, n)
            yield tranche.granted | patience
            if not tranche.granted.triggered:
                self.events += 1
                if tranche.walks:
                    self.lapse(tranche)
                    return
        yield tranche.granted

        yield self.at(self.today, Phase.START, n)
        self.events += 1
        self.row.tranches_started += 1
        tranche.start = self.today
        self.live.append(tranche)
        contract = tranche.contract
        if contract.credited_months and contract.credit_last is None:
            contract.credit_last = self.month + contract.credited_months - 1

        yield self.at(self.today + tranche.term_days, Phase.END, n)
        self.events += 1
        self.recognise(tranche, self.today - 1)
        self.live.remove(tranche)
        tranche.over = True
        tranche.contract.open -= 1
        self.give_back(tranche.gpus)

    def allocate(self) -> None:
        """Free GPUs to whom they are promised, first to start first; then to waiting tranches.

        One that does not fit is skipped.
        """
        for tranche in self.promises:
            lacking = tranche.promised - tranche.held
            self.set_aside(tranche, min(lacking, self.free - self.held))
        left = []
        for tranche in self.waiting:
            if self.may_start(tranche):
                self.count_pool(self.today - 1)
                self.free -= tranche.gpus
                self.disclaim(tranche)
                tranche.granted.succeed()
            else:
                left.append(tranche)
        self.waiting = left

    def may_start(self, tranche: Tranche) -> bool:
        """On its own GPUs and on those set aside for nobody.

        While its order is to come, only if those that will do suffice for all of it, and not at all
        if it is served by what is bought for it.
        """
        missing = tranche.gpus - tranche.held
        if missing > self.free - self.held:
            return False
        if tranche.order is None:
            return True
        return not tranche.contract.dedicated and self.suitable_there(tranche) >= missing

    def give_back(self, gpus: int) -> None:
        self.count_pool(self.today - 1)
        self.free += gpus
        self.ring(Phase.ALLOCATE, self.allocate)

    def lapse(self, tranche: Tranche) -> None:
        """The customer walks away; what it prepaid and never used is earned."""
        self.waiting.remove(tranche)
        if tranche.held > 0:
            self.ring(Phase.ALLOCATE, self.allocate)
        self.disclaim(tranche)
        tranche.over = True
        contract = tranche.contract
        contract.open -= 1
        kept = min(contract.balance, tranche.value)
        contract.balance -= kept
        self.deferred_revenue -= kept
        self.row.revenue += kept
        self.row.backlog_recognised += kept
        tranche.recognised = kept
        tranche.lost = tranche.value - kept
        self.backlog -= tranche.value
        self.row.backlog_cancelled += tranche.lost
        self.row.tranches_lapsed += 1

    def recognise(self, tranche: Tranche, through: int) -> None:
        assert tranche.start is not None
        days = through - tranche.start + 1
        earned = straight_line(tranche.value, days, tranche.term_days) - tranche.recognised
        tranche.recognised += earned
        tranche.contract.earned += earned
        self.backlog -= earned
        self.receivables += earned
        self.row.revenue += earned
        self.row.backlog_recognised += earned

    def bill_month(self, contract: Contract) -> None:
        """The month's invoice in arrears, lowered by the credit of a prepayment.

        What is left of a prepayment once the term is over is earned: nobody can claim it.
        """
        amount, contract.earned = contract.earned, 0
        if amount > 0 and contract.balance > 0 and contract.credit_last is not None:
            months_left = max(contract.credit_last - self.month + 1, 1)
            credit = min(contract.balance // months_left, amount)
            contract.balance -= credit
            self.deferred_revenue -= credit
            self.receivables -= credit
            amount -= credit
        if contract.open == 0 and contract.balance > 0:
            self.deferred_revenue -= contract.balance
            self.row.revenue += contract.balance
            self.row.backlog_recognised += contract.balance
            contract.balance = 0
        if amount > 0:
            self.env.process(self.invoice(contract, amount))

    # --- the books ---

    def books(self) -> Generator:
        for month, day in enumerate(self.drawn.month_end[1:], 1):
            yield self.at(day, Phase.MONTH)
            self.events += 1
            self.close_month()
            if month == MONTHS:
                return
            self.month = month + 1
            days = self.drawn.month_end[month + 1] - day
            self.cash_days = (self.cash + self.restricted_cash) * days
            if self.needing:
                self.ring(Phase.FUND, self.fund, self.today + 1)

    def close_month(self) -> None:
        month, today = self.month, self.today
        days = today - self.drawn.month_end[month - 1]
        for tranche in self.live:
            self.recognise(tranche, today)
        self.sell_on_demand()
        for contract in self.contracts:
            if contract.earned or contract.balance:
                self.bill_month(contract)
        self.running_costs(days)
        for asset in self.assets:
            charged = straight_line(asset.cost, today - asset.day + 1, asset.life_days)
            self.row.depreciation += charged - asset.charged
            self.accumulated += charged - asset.charged
            asset.charged = charged
        for loan in self.loans:
            self.accrue_interest(loan)
        rate = max(self.drawn.base_rate[month] + CASH_YIELD_MARGIN, 0.0)
        income = cents(max(self.cash_days, 0) * rate / 365)
        self.cash += income
        self.row.interest_income += income
        for loan in self.loans:
            self.fall_due(loan)
        self.waterfall()
        self.write_row()

    def sell_on_demand(self) -> None:
        """Unsold GPUs on offer, for the share of hours that the market takes; paid at once."""
        self.count_pool(self.today)
        offered = self.free_days * HOURS_PER_DAY * ON_DEMAND_SHARE
        hours = int(offered * self.drawn.on_demand_use[self.month])
        revenue = cents(self.drawn.on_demand_price[self.month] * hours)
        self.free_days = 0
        self.move_cash(revenue)
        self.row.revenue += revenue
        self.row.revenue_on_demand += revenue

    def running_costs(self, days: int) -> None:
        """Power, staff and rent of the site, and the office; paid next month."""
        self.count_site(self.today)
        power = cents(power_bill(self.load_days / 1000, self.powered_days / 1000, days))
        kw_months = self.handed_days / 1000 / days
        site = cents(kw_months * STAFF) + cents(kw_months * VARIABLE_RENT)
        for hall in self.halls:
            rented = min(max(self.today - hall.handover + 1, 0), days)
            site += cents(RENT * hall.watts / 1000 * (rented / days))
        self.handed_days = self.powered_days = self.load_days = 0
        office = cents(self.office + OFFICE_SHARE * self.row.revenue)
        self.office *= (1 + OFFICE_GROWTH) ** (1 / 12)
        self.row.cost_of_revenue += power + site
        self.row.administration += office
        self.payables_operating += power + site + office
        self.operating_due[self.month + PAYABLES_MONTHS] += power + site + office

    def waterfall(self) -> None:
        """Costs, fees, interest, principal, late suppliers, reserves; the senior claim first.

        What a reserve holds beyond what is asked pays its own loan's service first; what cash does
        not pay of it, the reserve pays then.
        """
        for loan in self.loans:
            self.pay_from_reserve(loan, max(loan.held - loan.reserve, 0))
        owed = self.operating_owed + self.operating_due[self.month]
        paid = min(owed, max(self.cash, 0))
        self.operating_owed = owed - paid
        self.payables_operating -= paid
        self.cash -= paid
        for due in SERVICE:
            for loan in self.loans:
                self.serve(loan, due, self.cash)
        for bill in self.overdue:
            self.pay_supplier(bill, max(self.cash, 0))
        self.overdue = [bill for bill in self.overdue if bill.amount > 0]
        for loan in self.loans:
            self.fill_reserve(loan, min(max(loan.reserve - loan.held, 0), max(self.cash, 0)))
        for loan in self.loans:
            lacking = sum(getattr(loan, due) for due in SERVICE)
            self.pay_from_reserve(loan, min(lacking, loan.held))

    def serve(self, loan: Loan, due: str, most: int) -> int:
        """Pay of a loan's fees, interest or principal what is due, up to an amount."""
        paid = min(getattr(loan, due), max(most, 0))
        self.cash -= paid
        if due == "principal_due":
            self.repay(loan, paid)
        else:
            setattr(loan, due, getattr(loan, due) - paid)
            self.accrued_interest -= paid
        return paid

    def pay_from_reserve(self, loan: Loan, amount: int) -> None:
        """An amount leaves a reserve for its loan's service; what that does not need is free."""
        self.fill_reserve(loan, -amount)
        for due in SERVICE:
            amount -= self.serve(loan, due, amount)

    def fill_reserve(self, loan: Loan, amount: int) -> None:
        loan.held += amount
        self.restricted_cash += amount
        self.cash -= amount

    def slip(self) -> int:
        """Plan frozen at signing, less what is earned and what is lost."""
        slipped = 0
        going_on = []
        for tranche in self.slipping:
            if tranche.over and tranche.start is None:  # what is lost has no plan any more
                continue
            days = self.today - tranche.planned_start + 1
            plan = straight_line(tranche.value, days, tranche.term_days)
            slipped += plan - tranche.recognised - tranche.lost
            if not tranche.over or days < tranche.term_days:
                going_on.append(tranche)
        self.slipping = going_on
        return slipped

    def write_row(self) -> None:
        row = self.row
        row.cash = self.cash
        row.restricted_cash = self.restricted_cash
        row.receivables = self.receivables
        row.supplier_deposits = self.supplier_deposits
        row.construction_in_progress = self.construction_in_progress
        row.ppe_gross = self.gross + self.construction_in_progress
        row.accumulated_depreciation = self.accumulated
        row.payables_operating = self.payables_operating
        row.payables_capex = self.payables_capex
        row.accrued_interest = self.accrued_interest
        row.deferred_revenue = self.deferred_revenue
        row.debt_principal = sum(loan.principal for loan in self.loans)
        row.backlog = self.backlog
        row.slipped = self.slip()
        row.live_tranches = len(self.live)
        row.idle_gpus = self.free
        row.waiting_gpus = sum(tranche.gpus for tranche in self.waiting)
        row.deferred_orders = len(self.needing)
        self.rows.append(row)
        self.row = Row()

    # --- a run ---

    def open(self) -> None:
        """What is signed on the as-of day: the anchors, in order of planned start."""
        for hall in self.halls:
            self.env.process(self.hall(hall))
        for loan in self.loans:
            self.env.process(self.availability(loan))
        lots = []
        for anchor, loan in zip(ANCHORS, self.loans, strict=True):
            contract = Contract(
                len(self.contracts), anchor.payment_days, dedicated=anchor.dedicated, loan=loan
            )
            self.contracts.append(contract)
            lots += [(start, anchor, loan, contract) for start in anchor.starts]
        for start, anchor, loan, contract in sorted(lots, key=lambda lot: lot[0]):
            day = day_of(start)
            term = later(day, anchor.term_months) - day
            value = anchor.price * HOURS_PER_DAY * anchor.gpus * term
            tranche = self.new_tranche(contract, anchor.gpus, value, day, term, False)
            self.unrenewed.append(tranche)
            self.env.process(self.tranche(tranche))
            n = self.orders
            order = self.new_order(
                anchor.gpus,
                max(day - BUILT_DAYS - ORDER_AHEAD_DAYS, self.today + 1),
                self.drawn.anchor_fitout[n],
                self.drawn.anchor_acceptance[n],
            )
            order.loan, order.loan_share = loan, anchor.loan_share
            order.tranche = tranche
            tranche.order = order
            self.env.process(self.order(order))
        self.env.process(self.customers())


def quarters(months: list[Row]) -> list[list[int]]:
    """Flows summed, balances at the quarter's end; one list a quarter, in order of COLUMNS."""
    table = []
    for first in range(0, len(months), 3):
        three = [astuple(row) for row in months[first : first + 3]]
        flows = [sum(column) for column in zip(*three, strict=True)]
        table.append(flows[:FLOWS] + list(three[-1][FLOWS:]))
    return table


def run(drawn: Drawn) -> tuple[list[list[int]], int]:
    """Quarterly rows of one replication, and how many events it took."""
    operator = Operator(drawn)
    operator.open()
    operator.env.run(until=operator.env.process(operator.books()))
    return quarters(operator.rows), operator.events
