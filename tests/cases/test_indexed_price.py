"""A price that follows the rental index, by hand: nine months from 1 April 2026, two resets.

100 GPUs at 2.00 USD an hour, 2,400 hours a day, reset every three months. The index is 2.00 when
it is signed, 1.60 from July on and 1.00 from October on, whatever the market draws; half of the
price follows it, 80% of it is the floor: 1.80 from 1 July, and 1.60, not 1.50, from 1 October on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gpusim.appraisal.unit_lots import lots_of
from gpusim.economics.books.checks import first_breach
from gpusim.economics.books.ledger import CASH_FROM_CUSTOMERS, REVENUE_COMMITTED
from gpusim.economics.books.measures import BACKLOG, RPO
from gpusim.economics.core.state import N_CAUSES, REPRICED, TRANCHES, State
from gpusim.economics.decisions import outlook
from gpusim.engines import batch, process
from gpusim.engines.story import Trace, tell
from gpusim.scenario import ScenarioError
from gpusim.units_of_measure import day_of
from tests.engines.build import (
    Tables,
    book_of,
    contract,
    gpu,
    merged,
    quiet,
    scenario_of,
    world_of,
)
from tests.engines.watch import Watched, watch

CENTS = 100
HOURS = 2_400
"""GPU-hours of a day."""
DAYS = [30, 31, 30, 31, 31, 30, 31, 30, 31]
"""Of April to December."""
FALLS = [2.0, 2.0, 2.0, 2.0, 1.6, 1.6, 1.6, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
"""Rental index of March 2026, the as-of month, and of each month after it [USD/GPU-hour]."""
HALF = {"every_months": 3, "share": 0.5, "floor_share": 0.8, "cap_share": 1.2}
FIRST, SECOND, THIRD = 2.0, 1.8, 1.6
PRICES = [FIRST] * 3 + [SECOND] * 3 + [THIRD] * 3
APRIL = dt.date(2026, 4, 1)


def firm(index: Tables | None = HALF, delivery: dt.date = APRIL, **terms: Any) -> Tables:
    """The operator of the heading; index: of its price; terms: of its contract."""
    hardware = {"status": "ordered", "delivery": delivery}
    tranche = {"gpus": 100, "start": APRIL, "hardware": hardware} | terms.pop("tranche", {})
    own = {"price_index": index} if index else {}
    whole: Tables = {"price_usd_per_gpu_hour": 2.0, "term_months": 9} | own | terms
    return quiet(
        contracts={"C": contract([tranche], **whole)},
        gpus={"G": gpu(on_demand_usd_per_gpu_hour=2.0)},
    )


def run(tables: Tables, index: list[float] = FALLS, engine: Any = process) -> State:
    """The final State where the index is as said."""
    book = book_of(tables)
    world = world_of(book)
    drawn = np.array([index[: world.rental_index.shape[1]]]) * CENTS
    final = engine.run(book.state, world._replace(rental_index=drawn))
    assert first_breach(final.ledger, final.stocks, final.backlog) is None
    return final


def revenue(final: State) -> list[float]:
    """Committed revenue of April to December [USD]."""
    return (-final.ledger[REVENUE_COMMITTED, 1:10] / CENTS).tolist()


def repriced(final: State) -> list[float]:
    """By month, April to December [USD]; none of it has a cause of delay."""
    moved = final.backlog[:, REPRICED]
    assert not moved[:, :N_CAUSES].any()
    return (moved.sum(axis=(0, 1))[1:10] / CENTS).tolist()


def at(prices: list[float]) -> list[float]:
    return [round(d * HOURS * price, 2) for d, price in zip(DAYS, prices, strict=True)]


@pytest.mark.parametrize("engine", [process, batch])
def test_each_month_is_earned_and_collected_at_the_price_of_its_last_reset(engine):
    final = run(firm(), engine=engine)
    assert revenue(final) == at(PRICES)
    assert (final.ledger[CASH_FROM_CUSTOMERS, 1:10] / CENTS).tolist() == at(PRICES)


def test_the_days_to_come_are_repriced_on_the_day_of_a_reset():
    """184 days are left on 1 July, 92 on 1 October, each 20 cents an hour less."""
    final = run(firm())
    down, again = -184 * HOURS * 0.2, -92 * HOURS * 0.2
    assert repriced(final) == [0, 0, 0, pytest.approx(down), 0, 0, pytest.approx(again), 0, 0]
    left = [sum(at([SECOND] * 9)[m:]) for m in (4, 5, 6)]
    assert (final.stocks[BACKLOG, 4:7] / CENTS).tolist() == pytest.approx(left)
    assert final.stocks[BACKLOG, 3] / CENTS == pytest.approx(184 * HOURS * FIRST)


def test_a_replay_tells_the_reset_and_what_it_follows():
    """On 1 July and on 1 October; the floor is told by the price beside the index."""
    book, trace = book_of(firm()), Trace()
    world = world_of(book)
    drawn = np.array([FALLS[: world.rental_index.shape[1]]]) * CENTS
    process.run(book.state, world._replace(rental_index=drawn), trace=trace)
    told = [line for line in tell(book.names, trace) if "is reset" in line]
    assert [line[:10] for line in told] == ["2026-07-01", "2026-10-01"]
    assert "to 90.0% of the price stated <- the rental index is at 80.0% of its base" in told[0]
    assert "to 80.0% of the price stated <- the rental index is at 50.0% of its base" in told[1]


def test_a_share_of_nothing_and_a_collar_without_room_are_the_fixed_price_to_the_cent():
    fixed = run(firm(None))
    for index in ({"every_months": 1, "share": 0.0}, HALF | {"floor_share": 1, "cap_share": 1}):
        final = run(firm(index))
        for column in ("ledger", "stocks", "backlog", "plan", "planned"):
            assert (getattr(final, column) == getattr(fixed, column)).all(), column


@pytest.mark.parametrize(
    ("changes", "index", "prices"),
    [
        ({"share": 1.0, "floor_share": 0.0}, FALLS, [2.0] * 3 + [1.6] * 3 + [1.0] * 3),
        ({}, [2.0] * 4 + [3.0] * 3 + [1.9] * 6, [2.0] * 3 + [2.4] * 3 + [1.95] * 3),
        ({"cap_share": 4.0}, [2.0] * 4 + [6.0] * 9, [2.0] * 3 + [4.0] * 6),
        ({"base_usd_per_gpu_hour": 1.6}, FALLS, [2.0] * 6 + [1.625] * 3),
        ({"every_months": 6}, FALLS, [2.0] * 6 + [1.6] * 3),
    ],
    ids=["all of it", "capped, then back", "far up", "another base", "twice a year"],
)
def test_the_price_follows_its_share_within_floor_and_cap(changes, index, prices):
    final = run(firm(HALF | changes), index)
    assert revenue(final) == pytest.approx(at(prices), abs=0.01)
    assert sum(revenue(final)) == pytest.approx(sum(at(prices)), abs=0.01)


def test_the_price_stands_for_the_index_of_the_day_of_signature():
    """Signed on 10 May at an index of 4.00: half as much in August is a quarter off the price."""
    index = [2.0, 2.0, 4.0, 4.0, *[2.0] * 9]
    signed = {"signed": dt.date(2026, 5, 10), "term_months": 6}
    june = {"start": dt.date(2026, 6, 1), "hardware": {"status": "planned"}}
    final = run(firm(HALF | {"floor_share": 0}, tranche=june, **signed), index)
    prices = [0.0, 0.0, 2.0, 2.0, 2.0, 1.5, 1.5, 1.5, 0.0]
    assert revenue(final) == pytest.approx(at(prices))


def test_a_term_that_begins_within_a_month_counts_whole_months_from_the_next():
    """From 10 April to 9 January: resets on 1 August and on 1 November."""
    final = run(firm(tranche={"start": dt.date(2026, 4, 10)}), FALLS)
    assert revenue(final)[0] == 21 * HOURS * FIRST
    assert revenue(final)[1:] == at([2.0] * 4 + [1.8] * 3 + [1.6] * 2)[1:]


def test_a_late_start_has_its_resets_later():
    """21 days late: it starts on 22 April, and counts from 1 May; what slipped comes back."""
    final = run(firm(delivery=dt.date(2026, 4, 22)))
    assert revenue(final)[0] == 9 * HOURS * FIRST
    assert revenue(final)[1:] == at([2.0] * 4 + [1.8] * 3 + [1.6] * 2)[1:]
    january = -final.ledger[REVENUE_COMMITTED, 10] / CENTS
    assert january == pytest.approx(21 * HOURS * THIRD)
    assert int(final.tranches[0].slipped) == 0
    assert int(final.tranches[0].planned) == int(final.tranches[0].recognised)


def test_a_minimum_commitment_is_paid_for_at_the_price_of_the_reset():
    """Half of the GPUs for four months, then all of them."""
    steps = [{"after_months": 0, "share": 0.5}, {"after_months": 4, "share": 1}]
    final = run(firm(commitment=steps))
    shares = [0.5] * 4 + [1] * 5
    due = [round(a * b, 2) for a, b in zip(at(PRICES), shares, strict=True)]
    assert revenue(final) == pytest.approx(due, abs=0.01)


def test_a_prepayment_is_a_share_of_the_price_stated_and_credited_to_what_is_invoiced():
    """A fifth of 275 days at 2.00; a quarter of each invoice until nothing is left of it."""
    plan = {"share": 0.2, "due": APRIL, "credit_share": 0.25}
    final = run(firm(prepayment=plan))
    assert revenue(final) == at(PRICES)
    ahead = 0.2 * 275 * HOURS * FIRST
    left, paid = ahead, []
    for invoice in at(PRICES):
        credit = min(left, invoice / 4)
        paid.append(invoice - credit)
        left -= credit
    paid[0] += ahead
    got = (final.ledger[CASH_FROM_CUSTOMERS, 1:10] / CENTS).tolist()
    assert got == pytest.approx(paid, abs=0.02)


def test_what_a_customer_leaves_by_notice_is_lost_at_the_price_of_the_day():
    """Notice of 90 days on 15 May: it leaves on 13 August; 141 days of 2.00 are lost, 1.80 then."""
    leaves = {"exit_on": dt.date(2026, 5, 15), "exit_notice_days": 90}
    final = run(firm(**leaves))
    assert revenue(final)[:5] == [*at(PRICES)[:4], 12 * HOURS * SECOND]
    assert final.stocks[BACKLOG, 5] == 0
    assert final.stocks[BACKLOG, 4] / CENTS == 12 * HOURS * SECOND
    assert final.stocks[RPO, 4] / CENTS == 12 * HOURS * SECOND


def test_rpo_binds_the_days_of_notice_at_the_price_of_the_day():
    final = run(firm(exit_notice_days=30))
    got = (final.stocks[RPO, [3, 4, 7]] / CENTS).tolist()
    assert got == [30 * HOURS * FIRST, 30 * HOURS * SECOND, 30 * HOURS * THIRD]


def test_a_renewal_has_a_share_of_the_last_price_and_no_resets():
    renewal = {"chance": 1, "term_months": 3, "price_share": 0.5}
    final = run(firm(renewal=renewal))
    later = (-final.ledger[REVENUE_COMMITTED, 10:] / CENTS).tolist()
    assert later == pytest.approx([d * HOURS * 0.8 for d in (31, 28, 31)])
    assert int(final.count[TRANCHES]) == 2


def test_a_renewal_at_the_markets_price_goes_by_the_index():
    final = run(firm(renewal={"chance": 1, "term_months": 3}))
    later = (-final.ledger[REVENUE_COMMITTED, 10:] / CENTS).tolist()
    assert later == pytest.approx([d * HOURS * 1.0 for d in (31, 28, 31)])


def test_a_customer_that_fails_owes_what_is_left_at_the_price_of_the_day():
    final = run(merged(firm(), {"customers": {"customer": {"defaults_on": dt.date(2026, 9, 1)}}}))
    assert revenue(final) == [*at(PRICES)[:5], 0, 0, 0, 0]
    assert final.stocks[BACKLOG, 6] == 0


def test_a_live_contract_has_the_price_stated_until_its_first_reset_after_the_as_of_day():
    """Since 1 December 2025, reset every three months: on 1 June and on 1 September."""
    live = {"start": dt.date(2025, 12, 1), "hardware": {"status": "in-service"}}
    index = [2.0, 2.0, 2.0, 1.6, 1.6, 1.6, 1.0, 1.0, *[1.0] * 5]
    tables = firm(tranche=live, term_months=12, signed=dt.date(2025, 11, 1))
    own = {
        "category": "servers",
        "gpu": "G",
        "site": "S",
        "gpus": 100,
        "gross_usd": 1_000_000,
        "accumulated_usd": 0,
        "salvage_usd": 0,
        "remaining_life_years": 5,
    }
    final = run(merged(tables, {"assets": {"own": own}}), index)
    assert revenue(final) == at([2.0] * 2 + [1.8] * 3 + [1.6] * 3 + [0.0])


def expected(tables: Tables, day: dt.date) -> list[float]:
    """What the outlook of a day expects of the months to December [USD]."""
    seen: list[list[float]] = []

    def note(sim: Watched) -> Iterator[Any]:
        if sim.day == day_of(day) and not seen:
            outlook.look_ahead(sim.h, sim.w, 9)
            seen.append((sim.s.outlook[:10] / CENTS).tolist())
        yield from ()

    book = book_of(merged(tables, {"equity": {"note": {"date": day, "amount_usd": 1}}}))
    book.state.policy.liquidity_months = 12
    world = world_of(book)
    drawn = np.array([FALLS[: world.rental_index.shape[1]]]) * CENTS
    watch(book, world._replace(rental_index=drawn), event=note)
    return seen[0]


def test_the_outlook_expects_the_price_of_the_day_to_go_on():
    """On 2 June nobody knows of July's index; on 2 July all of what is left is at 1.80."""
    before, after = (expected(firm(), dt.date(2026, month, 2)) for month in (6, 7))
    assert before[3:] == at([FIRST] * 9)[2:]
    assert after[4:] == at([SECOND] * 9)[3:]


def test_the_outlook_knows_what_is_left_to_be_credited():
    """A quarter of each invoice until 264,000 are used: 110,100 are left on 1 July."""
    plan = {"share": 0.2, "due": APRIL, "credit_share": 0.25}
    after = expected(firm(prepayment=plan), dt.date(2026, 7, 2))
    left, due = 264_000 - 0.25 * 91 * HOURS * FIRST, []
    for invoice in at([SECOND] * 9)[3:]:
        credit = min(left, invoice / 4)
        due.append(invoice - credit)
        left -= credit
    assert after[4:] == pytest.approx(due, abs=0.02)


def test_lenders_count_on_the_price_stated_and_then_on_the_floor():
    """The plan that a loan reads is fixed at signing, whatever the index does."""
    loan = {
        "kind": "delayed-draw",
        "base": "fixed",
        "margin": 0.0,
        "day_count": "30/360",
        "seniority": 1,
        "commitment_usd": 1_000,
        "advance_rate": 1.0,
        "amortisation": {"months": 9, "every_months": 3, "law": "level"},
        "maturity": dt.date(2029, 3, 31),
    }
    low, none = HALF | {"floor_share": 0.1}, HALF | {"share": 0}
    for least, index in ((0.8, HALF), (0.5, low), (1.0, none)):
        final = run(merged(firm(index, facility="L"), {"debt": {"L": loan}}))
        promised = at([FIRST] * 3 + [FIRST * least] * 6)
        assert (final.base_case[0, 1:10] / CENTS).tolist() == pytest.approx(promised, abs=0.01)


def test_units_have_the_index_of_today_or_of_the_price_path():
    """The path's second year is half of today's: of 24 months from April 2026, the last twelve."""
    scenario = scenario_of(firm(HALF | {"every_months": 12}, term_months=24))
    flat, fallen = (lots_of(scenario, None, path)[0].cash for path in ((1.0,), (1.0, 0.5)))
    hours = 100 * 730
    assert flat.revenue[1:] == pytest.approx([2.0 * hours] * 24)
    assert fallen.revenue[1:] == pytest.approx([2.0 * hours] * 12 + [1.6 * hours] * 12)
    assert fallen.unpromised[1:] == pytest.approx([0.0] * 24)
    assert flat.unpromised[1:] == pytest.approx([0.0] * 12 + [0.4 * hours] * 12)


REFUSED = {
    "a value": ({"tranche": {"value_usd": 1}, "price_usd_per_gpu_hour": None}, "value_usd"),
    "an escalator": ({"price_escalator": 0.1}, "price_escalator"),
    "a step": (
        {"price_steps": [{"after_months": 2, "price_usd_per_gpu_hour": 1.0}]},
        "price_steps",
    ),
    "a fixed end": ({"late_start": "keeps-end"}, "shifts"),
    "a term that never gets there": ({"term_months": 3}, "less than the longest term"),
}


@pytest.mark.parametrize(("terms", "said"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_stand_beside_is_refused_with_what_to_write_instead(terms, said):
    tables = firm(**terms)
    own = tables["contracts"]["C"]
    tables["contracts"]["C"] = {key: value for key, value in own.items() if value is not None}
    with pytest.raises(ScenarioError, match=said):
        book_of(tables)


def test_an_index_of_a_generation_without_a_rental_price_is_refused():
    with pytest.raises(ScenarioError, match="on_demand_usd_per_gpu_hour above 0"):
        book_of(merged(firm(), {"gpus": {"G": {"on_demand_usd_per_gpu_hour": 0.0}}}))
