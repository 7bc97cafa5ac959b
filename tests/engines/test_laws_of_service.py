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
from gpusim.units_of_measure import add_months, date_of
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
    if s.orders[o].gpus + tranche.reserved_gpus > tranche.gpus:
        yield f"order {o} of {s.orders[o].gpus} and {tranche.reserved_gpus}: {tranche.gpus} sold"
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
                terms = s.terms[s.facilities[draw.facility].terms]
                period = AVERAGE_MONTH * (int(terms.every_months) + 1)
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
        dates = (self.date(facility, every, n) for n in range(-100, 1000))
        first = next(date for date in dates if date >= monthly(drawn, grace + every))
        place = next(n for n in range(-100, 1000) if self.date(facility, every, n) == first)
        whole = [self.date(facility, every, place + n) for n in range(payments)]
        return sum(date < monthly(drawn, plan["months"]) for date in whole) + 1

    @staticmethod
    def date(facility, every: int, n: int) -> dt.date:
        """A facility's payment date, the first being number 0."""
        number = int(facility.pay_from) + n * every
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
    """The days that a cause is given, against those on which it was seen to be true.

    A fact counts for the day that it moves: one day without a hall is one day of a start that is a
    planned fit-out and acceptance later. What was before a tranche was first seen may have lacked
    its hall, power and hardware. A part that is cut off a tranche has the past of the whole.
    """

    def __init__(self) -> None:
        self.days: dict[tuple[int, int], set[int]] = defaultdict(set)
        self.fitting: dict[int, int] = defaultdict(int)
        self.known: set[int] = set()
        self.facts: list[tuple[int, int, int]] = []
        self.seen = 0
        self.checked = 0

    def count(self, upto: int) -> None:
        """Nothing happened since the last day seen: what was missing then was missing until now."""
        for k, cause, later in self.facts:
            self.days[k, cause].update(range(self.seen + 1 + later, upto + 1 + later))
            if cause == state.FITOUT:
                self.fitting[k] += upto - self.seen
        self.seen = upto

    def day(self, sim: Watched) -> Iterator[str]:
        """What is missing at the end of a day on which something happened."""
        s = sim.s
        self.count(sim.day - 1)
        self.facts = []
        for n in range(s.count[state.UNSETTLED]):
            k = int(s.unsettled[n])
            if k not in self.known:
                self.meet(s, k, sim.day)
            if s.tranches[k].status <= state.TRANCHE_WAITING:
                self.facts += [(k, *fact) for fact in missing(s, k)]
        self.count(sim.day)
        yield from ()

    def meet(self, s: state.State, k: int, day: int) -> None:
        """A tranche is seen for the first time."""
        self.known.add(k)
        whole, order = int(s.tranches[k].rest_of), int(s.tranches[k].order)
        if whole != NONE:
            self.fitting[k] = self.fitting[whole]
            for cause in range(state.N_CAUSES):
                self.days[k, cause] |= self.days[whole, cause]
        elif order != NONE:
            later = s.gens[s.orders[order].gen].fitout_days + s.orders[order].acceptance_planned
            for cause in (state.POWER, state.SITE, state.DELIVERY):
                before = range(int(s.tranches[k].planned_start), day + 1 + int(later))
                self.days[k, int(cause)].update(before)

    def event(self, sim: Watched) -> Iterator[str]:
        """After the books: no cause has more days of a tranche's wait than it was true on."""
        if sim.phase != agenda.MONTH:
            return
        s = sim.s
        today = int(s.clock[0].today)
        self.count(today - 1)
        for k in range(s.count[TRANCHES]):
            tranche = s.tranches[k]
            planned, until = int(tranche.planned_start), min(int(tranche.start), today + 1)
            waits = tranche.status in (state.TRANCHE_WAITING, state.TRANCHE_LIVE)
            told, due = s.waits[k], until - planned
            if not waits or due <= 0 or told.sum() < max(tranche.daily_amount, 1):
                continue
            self.checked += 1
            for cause, name in enumerate(state.CAUSES):
                days = told[cause] / told.sum() * due
                seen = len(self.days[k, cause].intersection(range(planned, until)))
                if cause == state.FITOUT and days > 0:
                    plan = s.gens[s.orders[tranche.order].gen].fitout_days
                    seen = min(seen, max(self.fitting[k] - int(plan), 0))
                if days > seen + 1.01:
                    yield f"tranche {k}: {days:.1f} of {due} days by {name}, seen on {seen}"


def missing(s: state.State, k: int) -> Iterator[tuple[int, int]]:
    """What a tranche lacks that waits, and how many days later each would let it start, by plan."""
    tranche = s.tranches[k]
    if tranche.failed > 0:
        yield int(state.FAILURE), 0
    if tranche.microwatts > 0:  # a tenant lacks power or the hall, and nothing of ours
        place = s.sites[tranche.site]
        if place.powered_microwatts - place.used_microwatts < tranche.microwatts:
            yield int(state.SITE), 0
            yield int(state.POWER), 0
        return
    if tranche.order == NONE:
        yield int(state.DELIVERY), 0
        return
    order = s.orders[tranche.order]
    gen, place = s.gens[order.gen], s.sites[order.site]
    tests = int(order.acceptance_planned)
    later = int(gen.fitout_days) + tests
    if order.status == state.ORDER_DEFERRED:
        yield int(state.FUNDING), int(gen.lead_days) + later
    if order.status < state.ORDER_DELIVERED:
        yield int(state.DELIVERY), later
    needs = order.gpus * gen.it_microwatts
    full = place.powered_microwatts - place.used_microwatts < needs
    if order.status == state.ORDER_DELIVERED or (order.status < state.ORDER_DELIVERED and full):
        yield int(state.SITE), later
        yield int(state.POWER), later
    if order.status == state.ORDER_FITTING:
        yield int(state.FITOUT), tests
    if order.status == state.ORDER_IN_SERVICE:
        yield int(state.CUSTOMER), 0
    if order.status == state.ORDER_ACCEPTED:
        yield int(state.DELIVERY), 0


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
