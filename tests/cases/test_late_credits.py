"""Credits for a late start, by hand: 20 days late, five of them free, 15 credited.

100 GPUs at 2.00 USD an hour are to start on 1 May 2026 for three months, 92 days of 4,800 USD,
441,600 in all; they are delivered on 21 May and start then, to 20 August.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import REVENUE_COMMITTED
from gpusim.economics.books.measures import LATE_CREDITS
from gpusim.economics.core.state import DELIVERY, REPRICED
from gpusim.economics.decisions import outlook
from gpusim.economics.hardware.assets import cash_to_come
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import day_of
from tests.engines.build import Tables, book_of, contract, merged, played, quiet, world_of
from tests.engines.watch import Watched, watch

CENTS = 100
DAY, VALUE = 4_800, 441_600
MAY, JUNE, JULY, AUGUST = 11 * DAY, 30 * DAY, 31 * DAY, 20 * DAY
END_OF_MAY = day_of(dt.date(2026, 5, 31))
HALF = {"price_share": 0.5, "grace_days": 5}


def late(terms_of: Tables | None, **terms: Any) -> Tables:
    """The operator of the heading; terms_of: its credits; terms: of its contract."""
    coming = {"status": "ordered", "delivery": dt.date(2026, 5, 21)}
    tranche = {"gpus": 100, "start": dt.date(2026, 5, 1), "hardware": coming}
    own = {"late_credits": terms_of} if terms_of else {}
    return quiet(contracts={"C": contract([tranche], price_usd_per_gpu_hour=2.0, **own, **terms)})


def outcome(tables: Tables) -> tuple[list[float], list[float], float]:
    """Committed revenue and credits, May to August [USD]; what was repriced by late delivery."""
    final = played(tables)
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    revenue = (-final.ledger[REVENUE_COMMITTED, 2:6] / CENTS).tolist()
    given = (final.stocks[LATE_CREDITS, 2:6] / CENTS).tolist()
    repriced = final.backlog[:, REPRICED].sum(axis=(0, 2)) / CENTS
    assert repriced.sum() == repriced[DELIVERY]
    return revenue, given, float(repriced[DELIVERY])


def test_a_late_start_without_such_terms_costs_no_price():
    assert outcome(late(None)) == ([MAY, JUNE, JULY, AUGUST], [0, 0, 0, 0], 0)


@pytest.mark.parametrize(
    ("agreed", "given"),
    [
        (HALF, [15 * DAY / 2, 0, 0, 0]),
        ({"price_share": 1.0}, [MAY, 20 * DAY - MAY, 0, 0]),
        ({"price_share": 3.0, "grace_days": 5}, [MAY, JUNE, 45 * DAY - MAY - JUNE, 0]),
        (HALF | {"cap_share": 0.05}, [0.05 * VALUE, 0, 0, 0]),
        ({"price_share": 10.0}, [MAY, JUNE, JULY, AUGUST]),
        ({"price_share": 1.0, "grace_days": 20}, [0, 0, 0, 0]),
    ],
    ids=["half", "whole", "three invoices", "capped", "all of it", "within its grace"],
)
def test_a_late_start_is_credited_on_the_invoices_that_follow(agreed, given):
    earned = [MAY, JUNE, JULY, AUGUST]
    revenue = [whole - part for whole, part in zip(earned, given, strict=True)]
    assert outcome(late(agreed)) == (revenue, given, -sum(given))


def test_an_end_that_is_kept_loses_its_days_and_has_credits_too():
    """It ends on 31 July whatever happens: the 20 days are lost, the credit comes on top."""
    final = played(late(HALF, late_start="keeps-end"))
    revenue = (-final.ledger[REVENUE_COMMITTED, 2:6] / CENTS).tolist()
    assert revenue == [MAY - 15 * DAY / 2, JUNE, JULY, 0]
    assert first_breach(final.ledger, final.stocks, final.backlog) is None


def expected_on_10_may(agreed: Tables, **terms: Any) -> list[int]:
    """What the outlook of 10 May expects of May to August [USD], with 20 days to pay.

    A dollar of new shares that day lets it be asked.
    """
    seen: list[list[int]] = []

    def note(sim: Watched) -> Iterator[Any]:
        if sim.day == day_of(dt.date(2026, 5, 10)) and not seen:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen.append((sim.s.outlook[2:6] // CENTS).tolist())
        yield from ()

    dollar = {"equity": {"note": {"date": dt.date(2026, 5, 10), "amount_usd": 1}}}
    book = book_of(merged(late(agreed, payment_days=20, **terms), dollar))
    book.state.policy.liquidity_months = 12
    watch(book, world_of(book), event=note)
    return seen[0]


def test_the_outlook_knows_a_credit_as_it_grows():
    """Nine days of delay on 10 May. The plan, from 1 May: 31 days are paid on 20 June, 30 on 20
    July, 31 on 20 August; the 100 GPUs are paid for on 20 June."""
    flows = expected_on_10_may({"price_share": 1.0})
    assert flows[1:] == [31 * DAY - 9 * DAY - 1_000_000, 30 * DAY, 31 * DAY]


def test_what_is_credited_is_no_more_than_what_a_customer_that_leaves_still_pays():
    """Notice of 75 days on 1 April: it leaves on 15 June; 45 planned days, 90 credited."""
    leaves = {"exit_on": dt.date(2026, 4, 1), "exit_notice_days": 75}
    flows = expected_on_10_may({"price_share": 10.0}, **leaves)
    assert flows[1:] == [-1_000_000, 0, 0]


def test_hardware_brings_what_its_customer_is_still_to_be_credited_less():
    """Three days' price a day from the sixth on, 45 days of it: 11 are given in May, 34 are left.

    Of the term 81 days are left then; nothing is sold on demand, nothing fetched, no cost.
    """
    worth: list[float] = []

    def note(sim: Watched) -> Iterator[Any]:
        if int(sim.s.clock[0].month) == 3 and not worth:
            cents = cash_to_come(sim.h, sim.w, np.int64(0), np.int64(2), END_OF_MAY)
            worth.append(cents / CENTS)
        yield from ()

    book = book_of(late({"price_share": 3.0, "grace_days": 5}))
    watch(book, world_of(book), event=note)
    assert worth == [(81 - 34) * DAY]


def test_credits_are_refused_on_a_backstop():
    tables = late(HALF, kind="backstop")
    tables["contracts"]["C"]["tranches"] = [
        {"start": dt.date(2026, 5, 1), "value_usd": 1, "term_months": 3}
    ]
    del tables["contracts"]["C"]["price_usd_per_gpu_hour"]
    with pytest.raises(ScenarioError, match="late_credits"):
        book_of(tables)
