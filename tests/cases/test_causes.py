"""Every waiting day has the cause that was true on it."""

from __future__ import annotations

import polars as pl

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
