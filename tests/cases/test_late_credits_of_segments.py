"""Credits for a late start of customers that come by chance, by hand.

One asks on 10 April 2026 for 100 GPUs for three months, 91 days, at the market's 2.00 an hour:
4,800 a day, 436,800 in all. Its hall is planned for 1 May, the day of its planned start; the hall
is 20 days late, and so is the customer: it starts on 21 May and ends on 19 August.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FROM_CUSTOMERS, REVENUE_COMMITTED
from gpusim.economics.books.measures import LATE_CREDITS
from gpusim.economics.core.state import CONTRACTS, REPRICED, SITE, World
from gpusim.economics.decisions import outlook
from gpusim.economics.hardware.assets import cash_to_come
from gpusim.engines.process import run
from gpusim.scenario.lower import Book
from gpusim.units_of_measure import day_of
from tests.engines.build import Tables, book_of, gpu, merged, quiet, same, site, world_of
from tests.engines.watch import Watched, watch
from tests.parity.difference import first_difference

CENTS = 100
DAY, TERM = 4_800, 91
MAY, JUNE, JULY, AUGUST = 11 * DAY, 30 * DAY, 31 * DAY, 19 * DAY
HALF = {"price_share": 0.5, "grace_days": 5}
ASKS = day_of(dt.date(2026, 4, 10))
OF_SEGMENT: Tables = {
    "gpu": "G",
    "arrivals_per_year": same(40),
    "gpus_median": 100,
    "gpus_log_sd": 0,
    "gpus_multiple": 100,
    "term_months": [3],
    "term_weights": [1],
    "start": {"planned_days": 0, "sd_days": 0},
    "willingness": 2,
    "willingness_log_sd": 0,
    "payment_days": 0,
}


def asked(agreed: Tables | None, *more: Tables, **terms: Any) -> tuple[Book, World]:
    """The operator of the heading, and a world in which one customer asks, on that day."""
    own = OF_SEGMENT | ({"late_credits": agreed} if agreed else {}) | terms
    late = {"probability": 1, "mean_days": 20, "sd_days": 0}
    tables = quiet(
        gpus={"G": gpu(on_demand_usd_per_gpu_hour=2)},
        sites={"S": site([{"it_mw": 1, "ready": dt.date(2026, 5, 1)}], delay=late)},
        segments={"labs": own},
        levers={"hurdle_margin": -0.9},
    )
    for tables_of in more:
        tables = merged(tables, tables_of)
    book = book_of(tables)
    world = world_of(book)
    offers = world.offers[:1].copy()
    offers.day = ASKS
    return book, world._replace(offers=offers)


def outcome(state: Any) -> tuple[list[float], list[float]]:
    """Committed revenue and credits, May to August [USD]; they are repriced by the late hall."""
    assert first_breach(state.ledger, state.stocks, state.backlog) is None
    revenue = (-state.ledger[REVENUE_COMMITTED, 2:6] / CENTS).tolist()
    given = (state.stocks[LATE_CREDITS, 2:6] / CENTS).tolist()
    repriced = state.backlog[:, REPRICED].sum(axis=(0, 2)) / CENTS
    assert repriced[SITE] == repriced.sum() == -sum(given)
    return revenue, given


@pytest.mark.parametrize(
    ("agreed", "given"),
    [
        (None, [0, 0, 0, 0]),
        (HALF, [15 * DAY / 2, 0, 0, 0]),
        ({"price_share": 1.0}, [MAY, 20 * DAY - MAY, 0, 0]),
        (HALF | {"cap_share": 0.05}, [0.05 * TERM * DAY, 0, 0, 0]),
        ({"price_share": 1.0, "grace_days": 20}, [0, 0, 0, 0]),
    ],
    ids=["none", "half", "two invoices", "capped", "within its grace"],
)
def test_a_customer_to_come_is_credited_for_a_late_start(agreed, given):
    """In both engines alike; what it pays is what it is billed."""
    book, world = asked(agreed)
    assert first_difference(book, world) is None
    state = run(book.state, world)
    assert state.count[CONTRACTS] == 1
    billed = [own - part for own, part in zip([MAY, JUNE, JULY, AUGUST], given, strict=True)]
    assert outcome(state) == (billed, given)
    assert state.ledger[CASH_FROM_CUSTOMERS, 2:6].tolist() == [part * CENTS for part in billed]


def test_a_renewal_starts_on_time_and_keeps_the_terms():
    book, world = asked(HALF, renewal={"chance": 1, "term_months": 3, "times": 1})
    state = run(book.state, world)
    first, second = state.contracts[0], state.contracts[1]
    for name in ("late_price_share", "late_grace_days", "late_cap_share"):
        assert second[name] == first[name] > 0
    assert state.stocks[LATE_CREDITS].sum() == 15 * DAY / 2 * CENTS


def foreseen(book: Book, world: World, day: dt.date) -> list[int]:
    """What the outlook of a day expects of May to August [USD]."""
    book.state.policy.liquidity_months = 12
    seen: list[list[int]] = []

    def note(sim: Watched) -> Iterator[Any]:
        if sim.day == day_of(day) and not seen:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen.append((sim.s.outlook[2:6] // CENTS).tolist())
        yield from ()

    watch(book, world, event=note)
    return seen[0]


def seen_on(day: dt.date, agreed: Tables) -> list[int]:
    """What the outlook of a day expects of May to August [USD], with 20 days to pay."""
    dollar = {"equity": {"note": {"date": day, "amount_usd": 1}}}
    return foreseen(*asked(agreed, dollar, payment_days=20), day)


def test_the_outlook_knows_a_credit_as_it_grows():
    """Nine days of delay on 10 May. The plan, from 1 May: 31 days are paid on 20 June, 30 on 20
    July, 30 on 20 August. What the hardware costs is the same with credits and without."""
    day = dt.date(2026, 5, 10)
    without, credited = (seen_on(day, {"price_share": 1.0, "grace_days": g}) for g in (60, 0))
    assert [b - a for a, b in zip(without, credited, strict=True)] == [0, -9 * DAY, 0, 0]


def test_hardware_brings_what_its_customer_is_still_to_be_credited_less():
    """Three days' price a day from the sixth on, 45 days of it: 11 are given in May, 34 are left.

    Of the term 80 days are left then. That is what the test of impairment and LLCR count.
    """
    worth: list[float] = []
    end_of_may = day_of(dt.date(2026, 5, 31))

    def note(sim: Watched) -> Iterator[Any]:
        if int(sim.s.clock[0].month) == 3 and not worth:
            cents = cash_to_come(sim.h, sim.w, np.int64(0), np.int64(2), end_of_may)
            worth.append(cents / CENTS)
        yield from ()

    book, world = asked({"price_share": 3.0, "grace_days": 5})
    watch(book, world, event=note)
    assert worth == [(80 - 34) * DAY]
