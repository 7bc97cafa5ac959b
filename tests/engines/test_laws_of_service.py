"""What holds between a tranche and the GPUs bought for it, and between a loan's draws and
its calendar, in every run of every operator.

Each law is read from docs/definitions.md and from what was seen on each day; none calls a rule.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from hypothesis import given

from gpusim.economics.books import measures
from gpusim.economics.core import agenda, state
from gpusim.economics.core.state import (
    DRAWS,
    NEVER,
    NONE,
    ORDERS,
    TRANCHES,
)
from gpusim.units import add_months, date_of
from tests.engines.generate import plays
from tests.engines.profile import EXAMPLES
from tests.engines.watch import Watched, watch

AVERAGE_MONTH = 31


# --- orders and the tranches that asked for them -----------------------------------------------


def placed_for_nobody(sim: Watched) -> Iterator[str]:
    """Orders placed for a tranche that is served, over or lost, or for more than it has sold."""
    if sim.phase != agenda.PLACE:
        return
    s = sim.s
    o = int(agenda.subject_of_key(sim.key))
    k = s.orders[o].tranche
    if k == NONE:
        return
    tranche = s.tranches[k]
    if tranche.status > state.TRANCHE_WAITING:
        yield f"order {o} is placed for tranche {k} in status {tranche.status}"
    if s.orders[o].gpus + tranche.claims > tranche.gpus:
        yield f"order {o} of {s.orders[o].gpus} and {tranche.claims} claimed: {tranche.gpus} sold"
    customer = s.contracts[tranche.contract].customer
    if s.customers[customer].defaulted:
        yield f"order {o} is placed for a customer that has failed"


class Bought:
    """What was placed in a run, by the tranche that it was placed for."""

    def __init__(self) -> None:
        self.asked: dict[int, int] = defaultdict(int)
        self.seen: set[int] = set()

    def note(self, sim: Watched) -> Iterator[str]:
        """After each placing: no tranche has bought more than it has sold, in all its orders."""
        if sim.phase != agenda.PLACE:
            return
        s = sim.s
        o = int(agenda.subject_of_key(sim.key))
        if o in self.seen:
            yield f"order {o} is placed twice"
        self.seen.add(o)
        k = int(s.orders[o].tranche)
        if k == NONE:
            return
        self.asked[k] += int(s.orders[o].gpus)
        if self.asked[k] > s.tranches[k].gpus:
            yield f"tranche {k} of {s.tranches[k].gpus} GPUs has ordered {self.asked[k]}"


def replaced_beyond_what_failed(sim: Watched) -> Iterator[str]:
    """Replacements and spares placed beyond GPUs that failed and the share kept as spares.

    Spares are a share of all GPUs, themselves included: a fifth of 355 beside 284 that serve.
    """
    if sim.phase != agenda.MONTH:
        return
    s = sim.s
    orders = s.orders[: s.count[ORDERS]]
    placed = (orders.status >= state.ORDER_PLACED) & (orders.status != state.ORDER_WITHDRAWN)
    bought = orders[placed & (orders.replacement != 0)].gpus.sum()
    failed = s.stocks[measures.GPUS_FAILED].sum()
    most = s.stocks[measures.GPUS_IN_SERVICE].max()
    shares = [s.gens[pool.gen].spare_share for pool in s.pools]
    spares = sum(int(np.ceil(share / (1 - share) * max(most, 1))) + 1 for share in shares)
    if bought > failed + spares:
        yield f"{bought} GPUs are bought to replace {failed} that failed and as {spares} spares"


# --- power and hours ---------------------------------------------------------------------------


def more_than_there_is(sim: Watched) -> Iterator[str]:
    """Billing within active within powered within contracted power; billed hours within served."""
    if sim.phase != agenda.MONTH:
        return
    s = sim.s
    month = int(s.clock[0].month) - (0 if s.clock[0].halted else 1)
    of = s.stocks[:, month]
    billing, active = of[measures.BILLING_MICROWATTS], of[measures.ACTIVE_MICROWATTS]
    powered, contracted = of[measures.POWERED_MICROWATTS], of[measures.CONTRACTED_MICROWATTS]
    if not 0 <= billing <= active <= powered <= contracted:
        yield f"billing {billing}, active {active}, powered {powered} of {contracted} uW"
    billed, served = of[measures.BILLED_GPU_HOURS], of[measures.IN_SERVICE_GPU_HOURS]
    if billed > served:
        yield f"{billed} GPU-hours are billed, and {served} are in service"
    if not 0 <= of[measures.ON_DEMAND_GPU_HOURS] <= billed:
        yield f"{of[measures.ON_DEMAND_GPU_HOURS]} of {billed} hours are on demand"


# --- draws and their calendars -----------------------------------------------------------------


def monthly(day: dt.date, months: int) -> dt.date:
    """A day so many months later; from a month's last day to a last day."""
    later = add_months(day, months)
    last_day = (day + dt.timedelta(days=1)).day == 1
    month_end = add_months(later.replace(day=1), 1) - dt.timedelta(days=1)
    return month_end if last_day else later


class Instalments:
    """How many payments each draw makes, and what is open when it is gone."""

    def __init__(self, play) -> None:
        debt, names = play.tables["debt"], play.book.names.facilities
        own = [debt[name] for name in names if name in debt]
        self.plans = [terms.get("amortisation") for terms in own]
        self.programme = play.tables.get("programme", {}).get("amortisation")
        self.left: dict[int, int] = {}
        self.gone: dict[int, int] = {}
        self.counted = 0
        self.as_of = int(play.book.state.clock[0].today)

    def plan_of(self, sim: Watched, f: int):
        facility = sim.s.facilities[f]
        if facility.stated == 0 and facility.contract != NONE:
            return self.programme
        return self.plans[f] if f < len(self.plans) else None

    def note(self, sim: Watched) -> Iterator[str]:
        """After every event."""
        s = sim.s
        today = int(s.clock[0].today)
        for d in range(s.count[DRAWS]):
            draw = s.draws[d]
            if draw.scheduled != NONE:
                continue  # its amounts are stated
            if d not in self.left:
                yield from self.count(sim, d)
            fewer = self.left[d] - int(draw.instalments)
            self.left[d] = int(draw.instalments)
            swept = s.facilities[draw.facility].stopped < NEVER
            if fewer > 1 and not swept and draw.principal > 0:
                yield f"draw {d} passes {fewer} instalments at once"
            if draw.principal == 0:
                since = self.gone.setdefault(d, today)
                period = AVERAGE_MONTH * (int(s.facilities[draw.facility].pay_every) + 1)
                if draw.accrued != 0 and today > since + period:
                    yield f"draw {d} is repaid since day {since} and {draw.accrued} is open"
            else:
                self.gone.pop(d, None)

    def expected(self, sim: Watched, d: int, plan) -> int:
        """Instalments of a draw by its terms; what falls on or after a last stub falls on it."""
        if plan["law"] == "bullet":
            return 1
        grace, every = plan.get("grace_months", 0), plan["every_months"]
        payments, rest = divmod(plan["months"] - grace, every)
        if rest == 0 or plan.get("stub") != "last":
            return payments + (rest > 0)
        facility = sim.s.facilities[sim.s.draws[d].facility]
        drawn = date_of(int(sim.s.draws[d].drawn))
        dates = (self.date(facility, n) for n in range(-100, 1000))
        first = next(date for date in dates if date >= monthly(drawn, grace + every))
        place = next(n for n in range(-100, 1000) if self.date(facility, n) == first)
        whole = [self.date(facility, place + n) for n in range(payments)]
        return sum(date < monthly(drawn, plan["months"]) for date in whole) + 1

    @staticmethod
    def date(facility, n: int) -> dt.date:
        """A facility's payment date, the first being number 0."""
        number = int(facility.pay_from) + n * int(facility.pay_every)
        first = dt.date(1970 + number // 12, number % 12 + 1, 1)
        length = (add_months(first, 1) - first).days
        return first.replace(day=min(int(facility.pay_day), length))

    def count(self, sim: Watched, d: int) -> Iterator[str]:
        """A draw's instalments on its first day: (months - grace) / every, and one for a stub."""
        s = sim.s
        draw = s.draws[d]
        self.left[d] = int(draw.instalments)
        plan = self.plan_of(sim, int(draw.facility))
        if plan is None or draw.drawn <= self.as_of:
            return
        if plan["law"] == "sculpted":
            return
        expected = self.expected(sim, d, plan)
        last = int(draw.drawn) + AVERAGE_MONTH * (plan["months"] + plan["every_months"])
        if last < s.facilities[draw.facility].maturity:
            self.counted += 1
            if draw.instalments != expected:
                yield f"draw {d} has {draw.instalments} instalments, and its terms say {expected}"


# --- why a tranche waits -----------------------------------------------------------------------


class Causes:
    """What was seen to be missing at each day's end, against the days that causes are given."""

    def __init__(self) -> None:
        self.days: dict[tuple[int, int], int] = defaultdict(int)
        self.facts: list[tuple[int, int]] = []
        self.seen = 0
        self.checked = 0

    def count(self, upto: int) -> None:
        """Nothing happened since the last day seen: what was missing then was missing until now."""
        for fact in self.facts:
            self.days[fact] += upto - self.seen
        self.seen = upto

    def day(self, sim: Watched) -> Iterator[str]:
        """What is missing at the end of a day on which something happened."""
        s = sim.s
        self.count(sim.day - 1)
        self.facts = []
        for n in range(s.count[state.RUNNING]):
            k = int(s.running[n])
            tranche = s.tranches[k]
            if tranche.status > state.TRANCHE_WAITING:
                continue
            if tranche.failed > 0:
                self.facts.append((k, int(state.FAILURE)))
            if tranche.order == NONE:
                continue
            missing = {
                int(state.ORDER_DEFERRED): state.FUNDING,
                int(state.ORDER_FITTING): state.FITOUT,
                int(state.ORDER_IN_SERVICE): state.CUSTOMER,
            }.get(int(s.orders[tranche.order].status))
            if missing is not None:
                self.facts.append((k, int(missing)))
        self.count(sim.day)
        yield from ()

    def event(self, sim: Watched) -> Iterator[str]:
        """After the books: no cause has more days of a tranche's wait than it was true on."""
        if sim.phase != agenda.MONTH:
            return
        s = sim.s
        today = int(s.clock[0].today)
        self.count(today - 1)
        for k in range(s.count[TRANCHES]):
            tranche = s.tranches[k]
            contract = s.contracts[tranche.contract]
            waits = tranche.status == state.TRANCHE_WAITING and contract.shifts != 0
            if not waits or tranche.slipped <= 0 or tranche.a_day <= 0:
                continue
            self.checked += 1
            due = today - int(tranche.planned_start) + 1
            for cause in (state.FAILURE, state.FITOUT, state.CUSTOMER, state.FUNDING):
                told = s.waits[k, cause] / tranche.slipped * due
                seen = self.days[k, int(cause)]
                if told > seen + 1.01:
                    name = state.CAUSES[cause]
                    yield f"tranche {k}: {told:.1f} of {due} days by {name}, seen on {seen}"


@EXAMPLES
@given(plays())
def test_no_order_is_placed_for_a_tranche_that_wants_none(play):
    bought = Bought()

    def event(sim: Watched) -> Iterator[str]:
        yield from placed_for_nobody(sim)
        yield from bought.note(sim)

    assert watch(play.book, play.world, event=event).faults == []


@EXAMPLES
@given(plays())
def test_replacements_are_bought_for_what_failed(play):
    assert watch(play.book, play.world, event=replaced_beyond_what_failed).faults == []


@EXAMPLES
@given(plays())
def test_billing_is_within_active_within_powered(play):
    assert watch(play.book, play.world, event=more_than_there_is).faults == []


@EXAMPLES
@given(plays())
def test_a_draw_has_the_instalments_of_its_terms_and_leaves_no_interest_open(play):
    assert watch(play.book, play.world, event=Instalments(play).note).faults == []


@EXAMPLES
@given(plays())
def test_a_cause_is_given_no_more_days_than_it_was_true_on(play):
    causes = Causes()
    assert watch(play.book, play.world, event=causes.event, day=causes.day).faults == []
