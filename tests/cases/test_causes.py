"""Every waiting day has the cause that was true on it."""

from __future__ import annotations

import polars as pl
import pytest

from tests.cases.reading import happened, table

DAY = 6_000 * 24 * 3.20
"""What a day of the tranche is worth [USD]."""


def test_money_that_came_late_is_the_cause_for_as_long_as_it_was_missing() -> None:
    """Asked for on 1 July, paid in on 10 July; 120 days of delivery, 60 of fit-out and acceptance.

    The start was planned for 1 September, and is on 6 January: 30 + 31 + 30 + 31 + 5 = 127 days.
    With money on 1 July it had been 28 December, 118 days late, so 9 are for want of money.
    """
    assert happened("need", "late-money")[0][0] == "2026-07-01"
    assert happened("start", "late-money")[0][0] == "2027-01-06"
    rows = table("backlog_monthly", "late-money").filter(movement="slipped")
    until = rows.filter(pl.col("period") <= "2027-01")
    slipped = dict(until.group_by("cause").agg(pl.col("cents").sum()).iter_rows())
    assert {cause: cents / 100 for cause, cents in slipped.items() if cents} == {
        "delivery": 118 * DAY,
        "funding": 9 * DAY,
    }


@pytest.mark.parametrize(
    ("money", "start", "late"),
    [
        ("2026-07-02", "2026-09-01", {"delivery": 118, "funding": 1}),
        ("2026-08-15", "2026-09-01", {"delivery": 118, "funding": 45}),
        ("2026-07-24", "2027-01-31", {}),
        ("2026-08-04", "2027-01-31", {}),
        ("2026-08-05", "2027-01-31", {"funding": 1}),
        ("2026-08-15", "2027-01-31", {"funding": 11}),
    ],
)
def test_want_of_money_is_told_for_the_days_by_which_it_made_a_start_late(money, start, late):
    """120 + 30 + 30 days from the order to its acceptance, which is planned ten days ahead.

    So GPUs for 31 January are asked for on 25 July, and are in time if ordered by 4 August.
    """
    changes = (f"equity.a.date={money}", f"contracts.c1.tranches=[{{gpus=6_000,start={start}}}]")
    slipped = table("backlog_monthly", "late-money", *changes).filter(movement="slipped")
    until = slipped.filter(pl.col("period") <= "2027-02")
    cents = until.group_by("cause").agg(pl.col("cents").sum())
    assert {cause: days / 100 for cause, days in cents.iter_rows() if days} == {
        cause: days * DAY for cause, days in late.items()
    }


def test_a_wait_whose_cause_changes_has_slipped_once() -> None:
    """The hall is late until 9 December, its power until the 19th; 25 days later GPUs bill.

    13 January is 58 days after 16 November: 58 x 2,000 GPUs x 24 hours x 2.50 = USD 6.96m. In
    November the hall was missing, 15 days of it; in December they turn out to be for power.
    """
    rows = table("backlog_monthly", "late-hall").filter(movement="slipped", period="2026-11")
    told = {cause: cents / 100 for cause, cents in rows["cause", "cents"].rows() if cents}
    assert told == {"site": 15 * 2_000 * 24 * 2.50}
    ended = table("outcomes", "late-hall").row(0, named=True)
    slipped = {word: ended[f"slipped_{word}"] / 100 for word in ("power", "site", "delivery")}
    assert slipped == {"power": 6_960_000, "site": 0, "delivery": 0}
    assert ended["slipped"] == 696_000_000
    assert ended["binding_cause"] == "power"
