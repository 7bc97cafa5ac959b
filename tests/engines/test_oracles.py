"""Oracles at day ends: nobody waits in vain; each status holds its events only, each on its day.

None knows a rule: they read State and the event calendar after the last event of each day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given

from gpusim.economics.core import agenda
from gpusim.economics.core.agenda import PHASES, key_of, schedule
from gpusim.economics.core.state import (
    BILLS,
    CONTRACTS,
    FACILITIES,
    FACILITY_CLOSED,
    FACILITY_OPEN,
    FACILITY_PLANNED,
    HALL_HANDED_OVER,
    HALL_PLANNED,
    HALL_POWERED,
    HALL_RETURNED,
    INVOICES,
    NEEDING,
    NEVER,
    NONE,
    OPEN,
    ORDER_ACCEPTED,
    ORDER_DEFERRED,
    ORDER_DELIVERED,
    ORDER_FITTING,
    ORDER_IN_SERVICE,
    ORDER_PLACED,
    ORDER_PLANNED,
    ORDER_WITHDRAWN,
    ORDERS,
    OVERDUE,
    SETTLED,
    TRANCHE_ENDED,
    TRANCHE_GRANTED,
    TRANCHE_LIVE,
    TRANCHE_LOST,
    TRANCHE_SIGNED,
    TRANCHE_WAITING,
    TRANCHES,
    WAITING,
    State,
)
from gpusim.economics.core.state_pointer import to_pointer
from gpusim.economics.hardware.funding import promise
from gpusim.economics.plant.reuse import suitable_there
from gpusim.engines.process import run
from gpusim.engines.process.simulation import UnhandledEventError
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.scenario.reading import bundled
from tests.engines import event_days
from tests.engines.build import book_of, contract, quiet, world_of
from tests.engines.event_days import events_off_their_day
from tests.engines.generate import plays
from tests.engines.profile import SCENARIOS
from tests.engines.watch import Watched, read, watch


def waits_in_vain(sim: Watched) -> Iterator[str]:
    """Who waits for what is there."""
    s = sim.s
    if s.clock[0].halted:
        return  # the last books were the run's last event
    for k in s.waiting[: s.count[WAITING]].tolist():
        tranche = s.tranches[k]
        if tranche.microwatts > 0:
            yield from tenant_in_vain(sim, k)
            continue
        pool, own = s.pools[tranche.pool], s.orders[tranche.order]
        there = tranche.held + pool.free - pool.held
        dedicated = s.contracts[tranche.contract].dedicated
        coming = tranche.order != NONE and own.tranche == k and own.status < ORDER_ACCEPTED
        short = int(s.gens[tranche.gen].short_start * tranche.gpus)
        if coming and not dedicated:
            short = 0
            today = s.clock[0].today
            there = tranche.held + suitable_there(sim.h, k, today, there - tranche.held)
        if coming and dedicated:
            continue  # served by what is bought for it
        tomorrow = s.clock[0].today + 1
        asks = tomorrow in (s.due[agenda.FUND, 0], s.due[agenda.ALLOCATE, tranche.pool])
        if sim.phase > agenda.ALLOCATE and asks:
            continue  # what came free late in the day is handed out tomorrow
        if s.contracts[tranche.contract].signed >= s.clock[0].today:
            continue  # nobody starts on the day of signature
        if there > 0 and tranche.gpus <= there + min(tranche.failed, short):
            yield f"tranche {k} waits for {tranche.gpus} GPUs, and {there} are there for it"
        if tranche.held < tranche.promised and pool.free > pool.held:
            yield f"tranche {k} is promised {tranche.promised} GPUs, not given loose ones"
    for k, order in enumerate(read(s.orders[: s.count[ORDERS]])):
        if order.status != ORDER_DELIVERED:
            continue
        site = s.sites[order.site]
        microwatts = order.gpus * s.gens[order.gen].it_microwatts
        # GPUs fail in the books: the room they leave is handed out tomorrow
        told = sim.phase == agenda.MONTH and s.due[agenda.INSTALL, order.site] < NEVER
        fits = site.used_microwatts + microwatts <= site.powered_microwatts
        if fits and not told:
            yield f"order {k} is delivered, its site has room, and it is not installed"
    yield from halls_not_asked_for(s)
    yield from nobody_told(s)
    yield from orders_for_nobody(s)
    later = sim.phase > agenda.FUND and s.due[agenda.FUND, 0] < NEVER
    if s.count[NEEDING] == 0 or later:
        return  # nobody asks, or what came after FUND is handed out tomorrow
    trial = State._make(column.copy() for column in s)
    pointer = to_pointer(trial)
    for k in s.needing[: s.count[NEEDING]].tolist():
        if promise(pointer, k):
            yield f"order {k} waits for money that is there"
            return


def tenant_in_vain(sim: Watched, k: int) -> Iterator[str]:
    """A tenant who signed before today, has no power, and whose site has room for all of it."""
    s = sim.s
    tranche, today = s.tranches[k], s.clock[0].today
    site = s.sites[tranche.site]
    # GPUs fail, and terms end, in the books: the room they leave is handed out tomorrow
    told = sim.phase > agenda.INSTALL and s.due[agenda.INSTALL, tranche.site] < NEVER
    fits = site.used_microwatts + tranche.microwatts <= site.powered_microwatts
    signed = s.contracts[tranche.contract].signed < today
    if fits and signed and not told:
        yield f"tranche {k} waits for power that is there"


def orders_for_nobody(s: State) -> Iterator[str]:
    """Orders not yet placed whose tranche has what it needs, is over or is lost."""
    for k, order in enumerate(read(s.orders[: s.count[ORDERS]])):
        if order.status > ORDER_DEFERRED or order.tranche == NONE:
            continue
        tranche = s.tranches[order.tranche]
        if tranche.status > TRANCHE_WAITING or tranche.order != k:
            yield f"order {k} is to be placed for tranche {order.tranche}, which wants none"


def nobody_told(s: State) -> Iterator[str]:
    """Orders and tranches that wait and stand in no queue; tranches of a customer that failed."""
    deferred = np.flatnonzero(s.orders[: s.count[ORDERS]].status == ORDER_DEFERRED)
    if deferred.tolist() != sorted(s.needing[: s.count[NEEDING]].tolist()):
        yield f"orders {deferred} want money, and the treasury knows of others"
    tranches = s.tranches[: s.count[TRANCHES]]
    waits = np.flatnonzero(tranches.status == TRANCHE_WAITING)
    if waits.tolist() != sorted(s.waiting[: s.count[WAITING]].tolist()):
        yield f"tranches {waits} wait, and others stand in the queue"
    failed = s.customers.defaulted[s.contracts.customer[tranches.contract]] != 0
    if (failed & (tranches.status < TRANCHE_ENDED)).any():
        yield f"tranches {np.flatnonzero(failed)} of a customer that has failed go on"


def halls_not_asked_for(s: State) -> Iterator[str]:
    """Sites whose orders outgrow the halls in sight while another could be had."""
    halls, orders = s.halls, s.orders[: s.count[ORDERS]]
    microwatts = orders.gpus * s.gens.it_microwatts[orders.gen]
    asked = s.due[agenda.HANDOVER, : len(halls)] < NEVER
    could = (halls.status == HALL_PLANNED) & (halls.with_first_order != 0) & ~asked
    for k in range(len(s.sites)):
        on_the_way = (orders.site == k) & np.isin(orders.status, (ORDER_PLACED, ORDER_DELIVERED))
        wanted = s.sites[k].used_microwatts + microwatts[on_the_way].sum()
        own = halls.site == k
        if (own & could).any() and wanted > halls.microwatts[own & ~could].sum():
            yield f"orders for site {k} need a hall that nobody asks for"


TABLE = {
    "halls": {
        HALL_PLANNED: (set(), {"HANDOVER"}),
        HALL_HANDED_OVER: ({"ENERGISE"}, {"GIVE_BACK"}),
        HALL_POWERED: (set(), {"GIVE_BACK"}),
        HALL_RETURNED: (set(), set()),
    },
    "orders": {
        ORDER_PLANNED: ({"NEED"}, set()),
        ORDER_DEFERRED: (set(), set()),
        ORDER_PLACED: ({"DELIVER"}, set()),
        ORDER_DELIVERED: (set(), set()),
        ORDER_FITTING: ({"FITTED"}, set()),
        ORDER_IN_SERVICE: ({"ACCEPT"}, set()),
        ORDER_ACCEPTED: (set(), set()),
        ORDER_WITHDRAWN: (set(), set()),
    },
    "tranches": {
        TRANCHE_SIGNED: ({"PLANNED_START"}, {"NOTICE", "LEAVE"}),
        TRANCHE_WAITING: (set(), {"END", "LONG_STOP", "NOTICE", "LEAVE"}),
        TRANCHE_LIVE: ({"END"}, {"NOTICE", "LEAVE", "RESET"}),
        TRANCHE_ENDED: (set(), {"RETURN"}),
        TRANCHE_LOST: (set(), {"RETURN"}),
    },
    "facilities": {
        FACILITY_PLANNED: ({"CLOSE"}, {"SERVE"}),
        FACILITY_OPEN: ({"LAPSE"}, {"SERVE"}),
        FACILITY_CLOSED: (set(), {"LAPSE", "SERVE"}),
    },
    "invoices": {OPEN: ({"COLLECT"}, set()), SETTLED: (set(), set())},
    "bills": {OPEN: ({"PAY"}, set()), SETTLED: (set(), set()), OVERDUE: (set(), set())},
}
"""For each status of a noun: the events it must hold, and those it may hold. GRANTED is in no
row: it may not survive the day."""
NOUNS = {
    "halls": ({"HANDOVER", "ENERGISE", "GIVE_BACK"}, None),
    "orders": ({"NEED", "PLACE", "DELIVER", "FITTED", "ACCEPT"}, ORDERS),
    "tranches": (
        {"PLANNED_START", "START", "END", "RESET", "LONG_STOP", "NOTICE", "LEAVE", "RETURN"},
        TRANCHES,
    ),
    "facilities": ({"CLOSE", "LAPSE", "SERVE"}, FACILITIES),
    "invoices": ({"COLLECT"}, INVOICES),
    "bills": ({"PAY"}, BILLS),
}


def wrong_events(sim: Watched) -> Iterator[str]:
    """Rows whose events do not fit their status."""
    s = sim.s
    if s.firm[0].defaulted < NEVER:
        return  # the firm has ended: its rows stay as they were left
    for noun, (phases, place) in NOUNS.items():
        rows = getattr(s, noun)
        scheduled = {p: (s.due[PHASES.index(p)] < NEVER).tolist() for p in phases}
        known = rows.status if place is None else rows.status[: s.count[place]]
        for k, status in enumerate(known.tolist()):
            held = {p for p in phases if scheduled[p][k]}
            if status not in TABLE[noun]:
                yield f"{noun} {k} is left in status {status}"
                continue
            must, may = TABLE[noun][status]
            if not must <= held <= must | may:
                yield f"{noun} {k} in status {status} holds {sorted(held)}"
    for k in s.waiting[: s.count[WAITING]].tolist():
        ends = s.due[agenda.END, k] < NEVER
        keeps_end = s.contracts[s.tranches[k].contract].shifts == 0
        if ends != keeps_end:
            yield f"tranche {k} waits, keeps its end: {keeps_end}, holds END: {ends}"
    today = s.clock[0].today
    for c, row in enumerate(read(s.contracts[: s.count[CONTRACTS]])):
        if (s.due[agenda.SIGN, c] < NEVER) != (today < row.signed < NEVER):
            yield f"contract {c}: SIGN does not fit its signature"
        if (s.due[agenda.PREPAY, c] < NEVER) != (row.prepayment > 0):
            yield f"contract {c}: PREPAY does not fit what it still has to pay"
    for a, asset in enumerate(read(s.assets)):
        held = s.due[agenda.RETIRE, a]
        left = asset.gpus > 0 or asset.gross == 0  # all of which have failed in use
        if left and asset.retires <= today and not asset.retired:
            # in use: told when they come free; a month's end may have changed their life
            if held < NEVER and held != today + 1:
                yield f"asset {a}: beyond its life it holds RETIRE for a later day"
            continue
        if (held < NEVER) != (asset.life_days > 0 and not asset.retired):
            yield f"asset {a}: RETIRE does not fit"
    if (s.due[agenda.MONTH, 0] < NEVER) == bool(s.clock[0].halted):
        yield "the books are not scheduled, or scheduled after the end"


def faults_of_a_day(sim: Watched) -> Iterator[str]:
    """What any of the oracles has to say."""
    yield from waits_in_vain(sim)
    yield from wrong_events(sim)
    yield from events_off_their_day(sim)


@SCENARIOS
@given(plays())
def test_nobody_waits_in_vain_and_every_event_stands_where_it_should(play):
    assert watch(play.book, play.world, day=faults_of_a_day).faults == []


@pytest.mark.parametrize("model", bundled.names("operators"))
def test_the_oracles_hold_for_bundled_operators(model):
    book = lower(load(model))
    assert watch(book, world_of(book, seed=5), day=faults_of_a_day).faults == []


def test_every_event_is_known_to_an_oracle(book):
    known = {phase for phases, _ in NOUNS.values() for phase in phases}
    known |= {*event_days.PASSES, *event_days.WITHIN_A_DAY, "RETIRE", "SELL"}
    sim = watch(book, world_of(book))
    known |= {name for question in event_days.NAMED for name in question(sim)}
    assert known == set(PHASES)


def test_status_table_knows_every_status_that_may_see_a_day_end():
    missing = set(range(TRANCHE_SIGNED, TRANCHE_LOST + 1)) - set(TABLE["tranches"])
    assert missing == {TRANCHE_GRANTED}
    assert set(TABLE["orders"]) == set(range(ORDER_PLANNED, ORDER_WITHDRAWN + 1))


@pytest.fixture
def book():
    tranche = {"gpus": 100, "start": dt.date(2026, 5, 1), "value_usd": 9_000}
    return book_of(quiet(contracts={"C": contract([tranche])}))


def test_an_event_that_nobody_awaits_is_an_error(book):
    schedule(to_pointer(book.state), agenda.HANDOVER, 0, book.state.clock[0].today + 20)
    with pytest.raises(UnhandledEventError, match="HANDOVER of row 0"):
        run(book.state, world_of(book))


def test_an_event_set_again_comes_once_on_its_last_day(book):
    today = book.state.clock[0].today
    moved = book.state.due[agenda.PLANNED_START, 0] + 15
    pointer = to_pointer(book.state)
    schedule(pointer, agenda.PLANNED_START, 0, moved)
    final = run(book.state, world_of(book))
    assert final.tranches[0].due_since == moved > today


def test_a_cancelled_event_never_comes(book):
    agenda.cancel(to_pointer(book.state), agenda.PLANNED_START, 0)
    final = run(book.state, world_of(book))
    assert final.tranches[0].status == TRANCHE_SIGNED


def test_an_event_in_the_past_comes_tomorrow(book):
    today = int(book.state.clock[0].today)
    pointer = to_pointer(book.state)
    schedule(pointer, agenda.PLANNED_START, 0, today - 10)
    assert book.state.due[agenda.PLANNED_START, 0] == today + 1
    assert book.state.outbox[book.state.clock[0].outbox - 1] == key_of(
        today + 1, agenda.PLANNED_START, 0
    )
