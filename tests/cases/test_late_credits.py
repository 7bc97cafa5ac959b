"""Credits for a late start, by hand: 20 days late, five of them free, 15 credited.

100 GPUs at 2.00 USD an hour are to start on 1 May 2026 for three months, 92 days of 4,800 USD,
441,600 in all; they are delivered on 21 May and start then, to 20 August.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import REVENUE_COMMITTED
from gpusim.economics.books.measures import LATE_CREDITS
from gpusim.economics.core.state import DELIVERY, REPRICED
from gpusim.economics.decisions import outlook
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import day_of
from tests.engines.build import Tables, book_of, contract, merged, played, quiet, world_of
from tests.engines.watch import Watched, watch

CENTS = 100
DAY, VALUE = 4_800, 441_600
MAY, JUNE, JULY, AUGUST = 11 * DAY, 30 * DAY, 31 * DAY, 20 * DAY
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


def test_the_outlook_knows_a_credit_as_it_grows_and_until_it_is_given():
    """On 10 May, with 20 days to pay and no free days, nine days of delay; May's books have 20.

    The plan, from 1 May: 31 days are paid on 20 June, 30 on 20 July, 31 on 20 August. What the
    outlook takes off comes off May's, which it still expects to be earned from the 1st on.
    """
    days = [day_of(dt.date(2026, 5, 10))]
    seen: dict[int, list[int]] = {}

    def note(sim: Watched) -> Iterator[Any]:
        if sim.day in days and sim.day not in seen:
            outlook.look_ahead(sim.h, sim.w, 6)
            seen[sim.day] = (sim.s.outlook[2:6] // CENTS).tolist()
        yield from ()

    tables = late({"price_share": 1.0}, payment_days=20)
    tables = merged(tables, {"equity": {"note": {"date": dt.date(2026, 5, 10), "amount_usd": 1}}})
    book = book_of(tables)
    book.state.policy.liquidity_months = 12
    watch(book, world_of(book), event=note)
    (flows,) = seen.values()
    assert flows[1:] == [31 * DAY - 9 * DAY - 1_000_000, 30 * DAY, 31 * DAY]


def test_credits_are_refused_on_a_backstop():
    tables = late(HALF, kind="backstop")
    tables["contracts"]["C"]["tranches"] = [
        {"start": dt.date(2026, 5, 1), "value_usd": 1, "term_months": 3}
    ]
    del tables["contracts"]["C"]["price_usd_per_gpu_hour"]
    with pytest.raises(ScenarioError, match="late_credits"):
        book_of(tables)
