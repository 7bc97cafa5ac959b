"""The word list's examples of slippage, leakage and their causes, through the engine.

One tranche of USD 100 a day, planned from 1 July 2026 for three months. Ordered on 2 April, 60 days
to delivery, 10 to fit out, 20 to be accepted: hall, power and hardware are needed by 1 June.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pytest

from gpusim.economics.core import state
from gpusim.economics.core.state import CAUSES, State
from gpusim.engines.process import run
from tests.engines.build import Tables, book_of, contract, gpu, merged, quiet, site, world_of

CASE = "definitions"
NEEDED, START = dt.date(2026, 6, 1), dt.date(2026, 7, 1)
ORDERED = dt.date(2026, 4, 2)
DAYS = 92
LATE = dt.timedelta(30)


class Luck(NamedTuple):
    """Days beyond plan."""

    lead: int = 0
    fitout: int = 0
    acceptance: int = 0
    failed: int = 0  # GPUs of a hundred, in June


ON_PLAN = Luck()


def firm(**contract_terms: Any) -> Tables:
    """The firm when all goes to plan."""
    tranche = {"gpus": 100, "start": START, "value_usd": 100 * DAYS}
    days = {"lead": 60, "fitout": 10, "acceptance": 20}
    durations = {step: {"planned_days": n, "sd_days": 0} for step, n in days.items()}
    return quiet(
        sites={"S": site([{"it_mw": 1, "ready": NEEDED}])},
        gpus={"G": gpu(**durations)},
        contracts={"C": contract([tranche], **contract_terms)},
    )


def play(tables: Tables, luck: Luck = ON_PLAN) -> State:
    """Play it with luck that is some days worse."""
    book = book_of(tables)
    w = world_of(book)
    june = np.zeros_like(w.failure_factor)
    june[:, 3] = (luck.failed + 0.001) * 365 / (100 * 10)  # one a GPU and year, ten days of June
    return run(
        book.state,
        w._replace(
            failure_factor=june,
            lead_days=w.lead_days + luck.lead,
            fitout_days=w.fitout_days + luck.fitout,
            acceptance_days=w.acceptance_days + luck.acceptance,
        ),
    )


def quarters(final: State, move: int, cause: str = "") -> list[float]:
    """A backlog movement by quarter, of one cause or of all [USD]."""
    cells = final.backlog[0, move]
    months = cells[CAUSES.index(cause)] if cause else cells.sum(axis=0)
    return (months[1:].reshape(-1, 3).sum(axis=1) / 100).tolist()


def halls(ready: dt.date, power: dt.date | None = None) -> Tables:
    phase: Tables = {"it_mw": 1, "ready": ready}
    if power:
        phase["power_ready"] = power
    return {"sites": {"S": {"phases": [phase]}}}


NO_MONEY = {
    "balance": {"cash_usd": 0},
    "equity": {"E": {"date": ORDERED + LATE, "amount_usd": 5_000_000, "costs_usd": 0}},
}
FAILING = {
    "operator": {"order_ahead_days": 20},
    "gpus": {
        "G": {step: {"planned_days": 10, "sd_days": 0} for step in ("lead", "fitout", "acceptance")}
        | {
            "failures": {
                "rate_per_year": 1,
                "log_sd": 0,
                "repair": {"rate_per_year": 0, "days": 0},
                "spare_share": 0,
                "short_start_share": 0,
            }
        }
    },
}
"""Accepted on 21 June; one fails and is ordered again on 1 July, and is accepted 30 days later."""
HELD_UP: dict[str, tuple[Tables, Luck]] = {
    "power": (halls(NEEDED, NEEDED + LATE), ON_PLAN),
    "site": (halls(NEEDED + LATE), ON_PLAN),
    "delivery": ({}, Luck(lead=30)),
    "fit-out": ({}, Luck(fitout=30)),
    "failure": (FAILING, Luck(failed=1)),
    "funding": (NO_MONEY, ON_PLAN),
    "customer": ({}, Luck(acceptance=30)),
}
"""What makes the same tranche 30 days late, one cause at a time."""


def test_on_time_nothing_slips(compare):
    final = play(firm())
    compare("day of the start", final.tranches[0].start, final.tranches[0].planned_start)
    compare("planned by quarter [USD]", quarters(final, state.PLANNED), [0, 9_200, 0, 0])
    compare("recognised by quarter [USD]", quarters(final, state.RECOGNISED), [0, 9_200, 0, 0])
    assert not final.backlog[0, state.SLIPPED].any()


@pytest.mark.parametrize("cause", CAUSES)
def test_a_late_start_that_shifts_slips_and_comes_back_past_the_planned_end(cause, compare):
    changes, luck = HELD_UP[cause]
    final = play(merged(firm(), changes), luck)
    compare("planned by quarter [USD]", quarters(final, state.PLANNED), [0, 9_200, 0, 0])
    compare("recognised by quarter [USD]", quarters(final, state.RECOGNISED), [0, 6_200, 3_000, 0])
    compare(
        f"slipped by quarter, held up by {cause} [USD]",
        quarters(final, state.SLIPPED, cause),
        [0, 3_000, -3_000, 0],
    )
    compare("slipped by quarter [USD]", quarters(final, state.SLIPPED), [0, 3_000, -3_000, 0])
    compare("expired by quarter [USD]", quarters(final, state.EXPIRED), [0, 0, 0, 0])


@pytest.mark.parametrize("cause", CAUSES)
def test_a_late_start_that_keeps_its_end_is_lost(cause, compare):
    changes, luck = HELD_UP[cause]
    final = play(merged(firm(late_start="keeps-end"), changes), luck)
    compare("recognised by quarter [USD]", quarters(final, state.RECOGNISED), [0, 6_200, 0, 0])
    compare(
        f"expired by quarter, held up by {cause} [USD]",
        quarters(final, state.EXPIRED, cause),
        [0, 3_000, 0, 0],
    )
    compare("expired by quarter [USD]", quarters(final, state.EXPIRED), [0, 3_000, 0, 0])
    compare("slipped by quarter [USD]", quarters(final, state.SLIPPED), [0, 0, 0, 0])


def test_a_loss_is_booked_in_the_month_of_the_day_it_is_certain(compare):
    final = play(merged(firm(late_start="keeps-end"), halls(NEEDED + 2 * LATE)))
    lost = final.backlog[0, state.EXPIRED].sum(axis=0) / 100
    compare("lost in July, August, September [USD]", lost[4:7].tolist(), [3_100, 2_900, 0])


def test_a_tranche_that_never_starts_is_lost_whole_by_its_planned_end(compare):
    final = play(merged(firm(late_start="keeps-end"), halls(dt.date(2027, 1, 1))))
    compare(
        "expired by quarter, held up by site [USD]",
        quarters(final, state.EXPIRED, "site"),
        [0, 9_200, 0, 0],
    )
    compare("recognised by quarter [USD]", quarters(final, state.RECOGNISED), [0, 0, 0, 0])
    assert final.tranches[0].status == state.TRANCHE_LOST


def test_of_two_that_are_missing_the_one_that_comes_last_is_the_cause(compare):
    final = play(merged(firm(), halls(NEEDED + LATE)), Luck(lead=10))
    compare(
        "slipped by quarter, held up by site [USD]",
        quarters(final, state.SLIPPED, "site"),
        [0, 3_000, -3_000, 0],
    )
    compare(
        "slipped by quarter, held up by delivery [USD]",
        quarters(final, state.SLIPPED, "delivery"),
        [0, 0, 0, 0],
    )


def test_a_tie_goes_to_the_site_before_the_delivery(compare):
    final = play(merged(firm(), halls(NEEDED + LATE)), Luck(lead=30))
    compare(
        "slipped by quarter, held up by site [USD]",
        quarters(final, state.SLIPPED, "site"),
        [0, 3_000, -3_000, 0],
    )


def test_delays_one_after_another_share_the_waiting_days(compare):
    final = play(merged(firm(), halls(NEEDED + LATE)), Luck(fitout=6, acceptance=4))
    compare(
        "slipped by quarter, held up by site [USD]",
        quarters(final, state.SLIPPED, "site"),
        [0, 3_000, -3_000, 0],
    )
    compare(
        "slipped by quarter, held up by fit-out [USD]",
        quarters(final, state.SLIPPED, "fit-out"),
        [0, 600, -600, 0],
    )
    compare(
        "slipped by quarter, held up by customer [USD]",
        quarters(final, state.SLIPPED, "customer"),
        [0, 400, -400, 0],
    )


def test_money_is_the_cause_no_longer_than_until_hardware_is_there():
    """30 days late for money, of which a short lead gives 20 back; 5 more for the customer."""
    final = play(merged(firm(), NO_MONEY), Luck(lead=-20, acceptance=5))
    assert quarters(final, state.SLIPPED, "funding") == [0, 1_000, -1_000, 0]
    assert quarters(final, state.SLIPPED, "customer") == [0, 500, -500, 0]
    assert quarters(final, state.SLIPPED) == [0, 1_500, -1_500, 0]


def test_early_acceptance_waits_for_the_planned_start(compare):
    final = play(firm(), Luck(acceptance=-10))
    compare("day of the start", final.tranches[0].start, final.tranches[0].planned_start)
    assert not final.backlog[0, state.SLIPPED].any()


def test_slipped_stock_is_the_plan_less_recognised_less_lost(compare):
    changes, luck = HELD_UP["delivery"]
    final = play(merged(firm(), changes), luck)
    moves = final.backlog[0].sum(axis=1).cumsum(axis=-1) / 100
    slipped = moves[state.PLANNED] - moves[state.RECOGNISED] - moves[state.EXPIRED]
    compare("slipped stock by month [USD]", moves[state.SLIPPED].tolist(), slipped.tolist())
    compare("largest slipped stock [USD]", np.max(slipped), 3_000)
