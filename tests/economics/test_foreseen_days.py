"""What the outlook reads from the calendar it has, and works out once: against the long way."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.economics.closing.opening import open_run
from gpusim.economics.core.calendar import month_number, month_of
from gpusim.economics.core.state import (
    ACT_360,
    LOAD,
    NEVER,
    ORDER_FITTING,
    ORDER_IN_SERVICE,
    ORDERS,
    THIRTY_360,
)
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.debt.service.foresight import count_of, grid_day
from gpusim.economics.decisions import expected_sites
from gpusim.economics.plant import sites
from gpusim.scenario import load
from gpusim.scenario.lower import lower
from gpusim.units_of_measure import date_of, day_of
from gpusim.world import draw
from tests.engines.build import book_of, quiet, world_of

WORLD = world_of(book_of(quiet()))
AS_OF = date_of(int(WORLD.month_end[0]))
"""A calendar of some months; days before, in and beyond it are asked for."""
DAYS = st.dates(AS_OF - dt.timedelta(100), AS_OF + dt.timedelta(4_000))


@settings(max_examples=300)
@given(DAYS, st.integers(1, 31))
def test_the_payment_day_of_a_month_is_the_calendars(date: dt.date, day_of_month: int) -> None:
    number = (date.year - 1970) * 12 + date.month - 1
    wanted = date.replace(day=min(day_of_month, monthrange(date.year, date.month)[1]))
    w = world_to_pointer(WORLD)
    base = month_number(int(w.month_end[0]))
    assert grid_day(w, number, base, day_of_month) == day_of(wanted)


@settings(max_examples=300)
@given(DAYS, DAYS)
def test_days_of_two_counts_differ_by_what_earns_interest(one: dt.date, other: dt.date) -> None:
    """30E/360 with last days as thirtieths: (y2 - y1) x 360 + (m2 - m1) x 30 + d2 - d1."""

    def thirty(date: dt.date) -> int:
        is_last = date.day == monthrange(date.year, date.month)[1]
        return date.year * 360 + date.month * 30 + (30 if is_last else date.day)

    w = world_to_pointer(WORLD)
    base = month_number(int(w.month_end[0]))
    counted = {
        convention: [
            count_of(w, month_of(w, day_of(date)), day_of(date), base, convention)
            for date in (one, other)
        ]
        for convention in (ACT_360, THIRTY_360)
    }
    assert counted[ACT_360][1] - counted[ACT_360][0] == (other - one).days
    assert counted[THIRTY_360][1] - counted[THIRTY_360][0] == thirty(other) - thirty(one)


def test_orders_are_expected_to_draw_power_when_it_is_planned_for_all_before_them() -> None:
    """Each order by itself, its power sought among all halls from the first day on."""
    book = lower(load("coreweave-2025q1"))
    s, w = to_pointer(book.state), world_to_pointer(draw(book.spec, 1, 0))
    open_run(s, w)
    last = 24
    ends = [int(end) for end in w.month_end[: last + 1]]
    today, orders, late = int(s.clock[0].today), 0, set()
    wanted = {}
    for site in range(len(s.sites)):
        place = s.sites[site]
        taken, base = int(place.used_microwatts), int(place.load_microwatts)
        wanted[site] = [base * (ends[m] - ends[m - 1]) for m in range(1, last + 1)]
        for k in range(s.count[ORDERS]):
            order = s.orders[k]
            if order.site != site or order.status >= ORDER_IN_SERVICE:
                continue
            microwatts = int(sites.order_microwatts(s, k))
            taken += microwatts if order.status < ORDER_FITTING else 0
            powered = sites.planned_power_day(s, site, taken)
            if powered >= NEVER:
                continue
            orders += 1
            late.add(int(powered))
            first = max(int(expected_sites.service_day(s, k, powered)), today)
            for m in range(1, last + 1):
                days = ends[m] - max(ends[m - 1], first - 1)
                wanted[site][m - 1] += microwatts * max(days, 0)
    expected_sites.fill_sites(s, w, last)
    for site, by_month in wanted.items():
        assert s.expected[LOAD, site, 1 : last + 1].tolist() == by_month
    assert orders > 20
    assert len(late) > 5
