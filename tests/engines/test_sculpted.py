"""A sculpted loan is repaid by what its contract was planned to bring, covered as stated."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from gpusim.economics.books.checks import residuals
from gpusim.economics.books.ledger import DEBT_DISCOUNT
from gpusim.economics.books.measures import DEBT_DRAWN, DEBT_REPAID, DEBT_SERVICE
from gpusim.economics.core.state import NEVER, SCULPTED, State
from gpusim.economics.core.state_pointer import to_pointer, world_to_pointer
from gpusim.economics.sales.contracted_cash_schedule import collection_ratio
from gpusim.units_of_measure import day_of
from tests.engines.build import book_of, contract, merged, played, quiet, world_of

FAR = dt.date(2031, 3, 31)
LAW = {"law": "sculpted", "months": 36, "every_months": 1, "dscr": 1.25}


def loan(**changes: Any) -> dict[str, Any]:
    """USD 8m at 12% fixed, drawn whole against 1,000 GPUs that cost 10m."""
    return merged(
        {
            "kind": "delayed-draw",
            "commitment_usd": 8_000_000,
            "available_to": FAR,
            "advance_rate": 0.8,
            "base": "fixed",
            "margin": 0.12,
            "day_count": "30/360",
            "undrawn_fee": 0,
            "draw_discount": 0,
            "maturity": FAR,
            "seniority": 1,
            "running_cost_share": 0.2,
            "amortisation": LAW,
        },
        changes,
    )


def tables(debt: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Two years at USD 2 from May 2026 on, paid fifteen days after the month."""
    tranches = [{"gpus": 1000, "start": dt.date(2026, 5, 1)}]
    terms = {"facility": "loan", "price_usd_per_gpu_hour": 2, "term_months": 24, "payment_days": 15}
    one = contract(tranches, **terms)
    model = {"model": {"quarters": 5}}
    return quiet(debt={"loan": debt}, contracts={"one": one}, **(model | changes))


def firm(debt: dict[str, Any], **changes: Any) -> State:
    final = played(tables(debt, **changes))
    left = residuals(final.ledger[None], final.stocks[None], final.backlog[None])
    assert not any(left.values()), left
    return final


def test_cover_on_the_plan_is_the_stated_one_until_the_loan_is_repaid():
    final = firm(loan())
    repaid = final.stocks[DEBT_REPAID]
    drawn = int(np.flatnonzero(final.stocks[DEBT_DRAWN])[0])
    last = int(np.flatnonzero(repaid)[-1])
    assert repaid.sum() == 8_000_000_00
    # drawn on 31 May; 0.8 x 1.488m / 1.25 = 952,320 in June, and so on: the ninth month ends it
    assert (drawn, last) == (2, 11)
    for month in range(drawn + 2, last):
        left_for_service = 0.8 * final.received[0, month]
        assert final.received[0, month] == final.plan[0, month - 1]
        assert left_for_service / final.stocks[DEBT_SERVICE, month] == pytest.approx(1.25, abs=1e-7)
    assert 0 < repaid[last] < repaid[last - 1]  # the remainder, to the cent


def test_what_is_due_follows_the_plan_and_not_the_luck():
    """A month in which customers pay nothing does not change what falls due."""
    pays = {"late_payment": {"chance": 1, "mean_days": 70}}
    late = played(merged(tables(loan()), {"contracts": {"one": pays}}))
    plain = firm(loan())
    assert (late.received[0] != plain.received[0]).any()
    assert (late.stocks[DEBT_SERVICE] == plain.stocks[DEBT_SERVICE]).all()


def test_a_renewal_is_in_no_schedule():
    """May to July bring 1.488m, 1.44m and 1.488m; 0.8 of that over 1.25 is due a month later.

    Two years more at the same price repay nothing until the last instalment, though they pay.
    """
    renewal = {"chance": 1, "term_months": 24, "price_share": 1}
    short = {"term_months": 3, "renewal": renewal}
    final = played(merged(tables(loan()), {"contracts": {"one": short}}))
    assert final.stocks[DEBT_SERVICE, 3:6].tolist() == [952_320_00, 921_600_00, 952_320_00]
    assert final.stocks[DEBT_REPAID, 6:].sum() == 0
    assert final.contracts[1].facility == final.contracts[0].facility
    world = world_to_pointer(world_of(book_of(tables(loan()))))
    realised = collection_ratio(to_pointer(final), world, np.int64(0), 7, 3)
    assert realised == (4_416_000_00, 4_416_000_00)  # of July to September, a month later


def test_draws_share_the_planned_cash_by_their_part_of_the_commitment():
    """A loan drawn to half of its commitment takes half of the cash, so it lasts as long."""
    half = firm(loan(commitment_usd=16_000_000))
    whole = firm(loan())
    month = 5
    assert half.stocks[DEBT_SERVICE, month] == pytest.approx(
        0.5 * whole.stocks[DEBT_SERVICE, month], abs=2
    )


def test_the_last_instalment_takes_what_the_plan_does_not_cover():
    final = firm(loan(amortisation={"months": 6}))
    repaid = final.stocks[DEBT_REPAID]
    assert repaid[8] > 3 * repaid[7]
    assert repaid.sum() == 8_000_000_00


def test_other_laws_are_left_as_they_are():
    level = loan(amortisation={"law": "level"})
    del level["running_cost_share"], level["amortisation"]["dscr"]
    final = firm(level)
    assert final.terms[final.facilities[0].terms].law != SCULPTED
    assert final.plan.shape[1] == 16  # nobody looks beyond the horizon
    assert np.ptp(final.stocks[DEBT_SERVICE, 5:]) <= 1


def test_a_discount_is_gone_when_a_sculpted_draw_is_repaid():
    final = firm(loan(draw_discount=0.02))
    assert final.ledger[DEBT_DISCOUNT].sum() == 0
    posted = final.ledger[DEBT_DISCOUNT]
    assert posted[2] > 0
    # A constant yield: less month by month, as the balance falls.
    assert (np.diff(-posted[3:8]) < 0).all()


def test_the_plan_reaches_as_far_as_the_loan():
    """The schedule beyond the horizon is there: reserves can look at it."""
    slow = loan(amortisation={"dscr": 3})
    book = book_of(tables(slow))
    assert book.state.plan.shape[1] == 16 + 36 + 1  # to the payment date after the term
    world = world_of(book)
    assert world.market.shape == (16,)
    assert world.month_end.shape == (16 + 36 + 1,)
    assert world.month_end[-1] == day_of(dt.date(2030, 7, 31))
    final = firm(slow)
    assert final.facilities[0].principal > 0
    assert final.plan[0, 16:].sum() > 0
    assert final.clock[0].first_shortfall == NEVER
